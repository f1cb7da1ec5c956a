// The thread of the shared disk (X9): ordinary priority, and alone with the disk, which may hang. The beat thread only stores
// an order in one word and goes on; what the disk answered comes back through a ring, if it ever does.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/disk/disk_device.h"
#include "core/disk/disk_order.h"

namespace heartwire {

struct DiskOptions {
  std::string path;              // empty: no disk
  DiskIdentity identity;
  std::uint64_t boot = 0;
  std::uint32_t lease_us = 0;    // several times the worst I/O
};

struct DiskHealth {
  std::string error;             // empty: the last I/O went well
  std::uint64_t worst_io_us = 0;
  std::uint64_t waiting_us = 0;  // for how long the present I/O has not come back
};

class DiskThread {
 public:
  using Answer = std::function<bool(const DiskAnswer&)>;  // called on the disk thread
  static std::unique_ptr<DiskThread> start(const DiskOptions& options, Answer answer);
  ~DiskThread() { stop(); }
  // Idempotent; nothing is answered after it. A thread that hangs in the disk is left behind, and can do nothing any more.
  void stop();

  void order(const DiskOrder& order);  // beat thread; takes no lock
  DiskHealth health() const;           // JavaScript thread

 private:
  struct Parts;
  explicit DiskThread(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<Parts> parts_;
};

}  // namespace heartwire
