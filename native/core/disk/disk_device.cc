// See disk_device.h.
#include "core/disk/disk_device.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace heartwire {

namespace {

constexpr std::size_t kForeignBlocks = 32;  // file systems, partition tables and volumes say who they are within 128 KiB

std::string failure(const std::string& what) { return what + ": " + std::strerror(errno); }

int open_direct(const std::string& path, std::string& error) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
  if (descriptor < 0) error = errno == EINVAL ? path + " offers no direct I/O" : failure(path);
  return descriptor;
}

}  // namespace

DiskDevice::DiskDevice(int descriptor, const DiskIdentity& identity)
    : descriptor_(descriptor), identity_(identity), block_(static_cast<DiskBlock*>(std::aligned_alloc(kDiskBlockBytes, kDiskBlockBytes))) {}

DiskDevice::~DiskDevice() {
  close(descriptor_);
  std::free(block_);
}

// The lower id has the first block behind the header.
std::size_t DiskDevice::block_of(bool own) const { return (identity_.node_id < identity_.other_id) == own ? 1 : 2; }

bool DiskDevice::transfer(std::size_t block, bool write, std::string& error) {
  const auto at = static_cast<off_t>(block * kDiskBlockBytes);
  const ssize_t moved = write ? pwrite(descriptor_, block_, kDiskBlockBytes, at) : pread(descriptor_, block_, kDiskBlockBytes, at);
  if (moved == static_cast<ssize_t>(kDiskBlockBytes)) return true;
  const std::string what = (write ? "writing block " : "reading block ") + std::to_string(block);
  error = moved < 0 ? failure(what) : what + ": the disk is too small";
  return false;
}

std::unique_ptr<DiskDevice> DiskDevice::open(const std::string& path, const DiskIdentity& identity, std::string& error) {
  const int descriptor = open_direct(path, error);
  if (descriptor < 0) return nullptr;
  std::unique_ptr<DiskDevice> device(new DiskDevice(descriptor, identity));
  DiskRecord header;
  if (!device->transfer(0, false, error)) return nullptr;
  const DiskFlaw flaw = decode_disk_record(*device->block_, DiskKind::header, identity.cluster_id, 0, header);
  if (flaw == DiskFlaw::none) return device;
  error = path + " is " + describe(flaw);
  return nullptr;
}

bool DiskDevice::read(bool own, DiskRecord& record, std::string& error) {
  if (!transfer(block_of(own), false, error)) return false;
  const std::uint16_t node_id = own ? identity_.node_id : identity_.other_id;
  const DiskFlaw flaw = decode_disk_record(*block_, DiskKind::record, identity_.cluster_id, node_id, record);
  if (flaw == DiskFlaw::none) return true;
  error = "the record of node " + std::to_string(node_id) + " is " + describe(flaw);
  return false;
}

bool DiskDevice::write(const DiskRecord& record, std::string& error) {
  encode_disk_record(record, *block_);
  return transfer(block_of(true), true, error);
}

std::string DiskDevice::prepare(const std::string& path, const DiskIdentity& identity, bool force) {
  std::string error;
  const int descriptor = open_direct(path, error);
  if (descriptor < 0) return error;
  DiskDevice device(descriptor, identity);
  for (std::size_t block = 0; !force && block < kForeignBlocks; ++block) {
    if (!device.transfer(block, false, error)) {
      if (block >= kDiskBlocks) break;  // a small one ends here
      return error;
    }
    if (std::any_of(device.block_->begin(), device.block_->end(), [](std::uint8_t byte) { return byte != 0; })) return "not empty";
  }
  const auto put = [&](std::size_t block, DiskKind kind, std::uint16_t node_id) {
    DiskRecord record;
    record.kind = kind;
    record.node_id = node_id;
    record.cluster_id = identity.cluster_id;
    encode_disk_record(record, *device.block_);
    return device.transfer(block, true, error);
  };
  // The header last: until it stands, nobody uses the disk.
  const bool done = put(1, DiskKind::record, std::min(identity.node_id, identity.other_id)) &&
                    put(2, DiskKind::record, std::max(identity.node_id, identity.other_id)) && put(0, DiskKind::header, 0);
  return done ? "" : error;
}

}  // namespace heartwire
