// See disk_record.h. Layout, little-endian: magic 8, version 2, kind 1, wants 1, node 2, zeros 2, cluster 8, boot 8,
// counter 8, epoch 8, lease 4, zeros to 480, SHA-256 of all that to 512; the rest of the block is zero.
#include "core/disk/disk_record.h"

#include <openssl/evp.h>

#include <algorithm>

#include "core/wire/bytes.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kMagic = 0x31304b5349445748;  // "HWDISK01"
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kChecked = 480, kSum = 32, kFields = 52;

std::array<std::uint8_t, kSum> sum_of(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, kSum> sum{};
  unsigned size = kSum;
  EVP_Digest(bytes.data(), bytes.size(), sum.data(), &size, EVP_sha256(), nullptr);
  return sum;
}

}  // namespace

void encode_disk_record(const DiskRecord& record, std::span<std::uint8_t, kDiskBlockBytes> out) {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  ByteWriter writer(out);
  writer.u64(kMagic);
  writer.u16(kVersion);
  writer.u8(static_cast<std::uint8_t>(record.kind));
  writer.u8(record.wants ? 1 : 0);
  writer.u16(record.node_id);
  writer.u16(0);
  writer.u64(record.cluster_id);
  writer.u64(record.boot);
  writer.u64(record.counter);
  writer.u64(record.epoch);
  writer.u32(record.lease_us);
  const auto sum = sum_of(out.first(kChecked));
  std::copy(sum.begin(), sum.end(), out.begin() + kChecked);
}

DiskFlaw decode_disk_record(std::span<const std::uint8_t, kDiskBlockBytes> block, DiskKind kind, std::uint64_t cluster_id,
                            std::uint16_t node_id, DiskRecord& record) {
  if (std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; })) return DiskFlaw::empty;
  const auto sum = sum_of(block.first(kChecked));
  if (!std::equal(sum.begin(), sum.end(), block.begin() + kChecked)) return DiskFlaw::checksum;
  ByteReader reader(block);
  if (reader.u64() != kMagic || reader.u16() != kVersion) return DiskFlaw::version;
  const std::uint8_t of_kind = reader.u8(), wants = reader.u8();
  if (of_kind != static_cast<std::uint8_t>(kind) || wants > 1) return DiskFlaw::version;
  record.kind = kind;
  record.wants = wants == 1;
  record.node_id = reader.u16();
  reader.zeros(2);
  record.cluster_id = reader.u64();
  record.boot = reader.u64();
  record.counter = reader.u64();
  record.epoch = reader.u64();
  record.lease_us = reader.u32();
  reader.zeros(kChecked - kFields);
  reader.u64(), reader.u64(), reader.u64(), reader.u64();  // the sum
  reader.zeros(kDiskBlockBytes - kChecked - kSum);
  if (!reader.done()) return DiskFlaw::version;
  if (record.cluster_id != cluster_id) return DiskFlaw::cluster;
  return node_id == 0 || record.node_id == node_id ? DiskFlaw::none : DiskFlaw::node;
}

const char* describe(DiskFlaw flaw) {
  switch (flaw) {
    case DiskFlaw::none: return "well formed";
    case DiskFlaw::empty: return "empty; run `heartwire disk init` once";
    case DiskFlaw::checksum: return "torn, or not written by Heartwire";
    case DiskFlaw::version: return "written by another version";
    case DiskFlaw::cluster: return "of another cluster";
    case DiskFlaw::node: return "of other nodes than these two";
  }
  return "unknown";
}

}  // namespace heartwire
