// What a block says, and what is refused: torn, foreign, of another cluster, of other nodes.
#include "core/disk/disk_record.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

DiskRecord sample() {
  DiskRecord record;
  record.wants = true;
  record.node_id = 2;
  record.cluster_id = 0x1122334455667788;
  record.boot = 1'700'000'000;
  record.counter = 42;
  record.epoch = 7;
  record.lease_us = 5'000'000;
  return record;
}

DiskFlaw read(const DiskBlock& block, DiskRecord& record, std::uint16_t node_id = 2) {
  return decode_disk_record(block, DiskKind::record, sample().cluster_id, node_id, record);
}

TEST(DiskRecord, SaysWhatWasWritten) {
  DiskBlock block;
  encode_disk_record(sample(), block);
  DiskRecord record;
  EXPECT_EQ(read(block, record), DiskFlaw::none);
  EXPECT_EQ(record, sample());
  EXPECT_EQ(std::string(block.begin(), block.begin() + 8), "HWDISK01");
}

TEST(DiskRecord, RefusesEveryFlippedBit) {
  for (std::size_t bit = 0; bit < 512 * 8; ++bit) {
    DiskBlock block;
    encode_disk_record(sample(), block);
    block[bit / 8] = static_cast<std::uint8_t>(block[bit / 8] ^ 1u << bit % 8);
    DiskRecord record;
    EXPECT_EQ(read(block, record), DiskFlaw::checksum) << bit;
  }
}

TEST(DiskRecord, RefusesATornOne) {
  DiskBlock old, torn;
  encode_disk_record(sample(), old);
  DiskRecord next = sample();
  ++next.counter;
  encode_disk_record(next, torn);
  std::copy(old.begin() + 256, old.end(), torn.begin() + 256);
  DiskRecord record;
  EXPECT_EQ(read(torn, record), DiskFlaw::checksum);
}

TEST(DiskRecord, RefusesWhatIsNotItsOwn) {
  DiskBlock block{};
  DiskRecord record;
  EXPECT_EQ(read(block, record), DiskFlaw::empty);
  block.fill(0xAB);
  EXPECT_EQ(read(block, record), DiskFlaw::checksum);
  encode_disk_record(sample(), block);
  EXPECT_EQ(read(block, record, 3), DiskFlaw::node);
  EXPECT_EQ(read(block, record, 0), DiskFlaw::none) << "any node";
  EXPECT_EQ(decode_disk_record(block, DiskKind::header, sample().cluster_id, 2, record), DiskFlaw::version);
  EXPECT_EQ(decode_disk_record(block, DiskKind::record, 1, 2, record), DiskFlaw::cluster);
  block[600] = 1;  // behind the record
  EXPECT_EQ(read(block, record), DiskFlaw::version);
}

}  // namespace
}  // namespace heartwire
