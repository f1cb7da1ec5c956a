// A shared disk as blocks: past every cache of this machine (O_DIRECT), and on the platter when a write returns (O_DSYNC).
// Whatever it does may hang for as long as the disk does.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "core/disk/disk_record.h"

namespace heartwire {

struct DiskIdentity {
  std::uint64_t cluster_id = 0;
  std::uint16_t node_id = 0, other_id = 0;
};

class DiskDevice {
 public:
  // Opens what `disk init` has prepared for these two nodes. Null: `error` says why, for people.
  static std::unique_ptr<DiskDevice> open(const std::string& path, const DiskIdentity& identity, std::string& error);
  ~DiskDevice();
  DiskDevice(const DiskDevice&) = delete;
  DiskDevice& operator=(const DiskDevice&) = delete;

  bool read(bool own, DiskRecord& record, std::string& error);
  bool write(const DiskRecord& record, std::string& error);

  // Prepares it for two nodes. Refuses what has anything in its first 128 KiB unless `force`. Empty: done; else why not.
  static std::string prepare(const std::string& path, const DiskIdentity& identity, bool force);

 private:
  DiskDevice(int descriptor, const DiskIdentity& identity);
  std::size_t block_of(bool own) const;
  bool transfer(std::size_t block, bool write, std::string& error);

  const int descriptor_;
  const DiskIdentity identity_;
  DiskBlock* const block_;  // aligned, as direct I/O asks
};

}  // namespace heartwire
