// The native half of one node, without JavaScript: its three threads, the doors between them, and the order in which
// they start and stop.
//
//   start: disk thread where there is a shared disk, address thread, beat thread (orders go to the address thread), message thread (sessions go to the beat thread)
//   stop:  message thread, then the addresses come off while beats still claim them, then the beat thread
//
// Whoever ends the process without stop() still has threads that use OpenSSL and hold addresses; so an exit handler,
// registered after OpenSSL's own and therefore run before it, stops whatever runs.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "binding/node_options.h"
#include "core/disk/disk_thread.h"
#include "core/guard/guardian.h"
#include "core/guard/kernel_guard.h"
#include "core/heartbeat/statistics_page.h"
#include "core/rt/cpu_latency.h"

namespace heartwire::binding {

struct GuardianReport {
  std::string reason;  // why there is none; empty: there is one
  unsigned restarts = 0;
  bool has_own_group = false;
};

struct StartReport {
  BeatReport beat;
  GuardReport guard;
  GuardianReport guardian;
  std::string awake_reason;           // why CPUs are not kept awake while messages are dense; empty: they are, or need not be
  std::vector<std::string> problems;  // of discovery and messages; each is tried again every second
  LinkError failure;                  // why nothing runs
};

class NodeThreads {
 public:
  // `notify` is called on each of the threads: something waits. Null: see report.failure.
  static std::unique_ptr<NodeThreads> start(const NodeOptions& options, std::uint64_t boot, std::shared_ptr<StatisticsPage> page,
                                            std::function<void()> notify, StartReport& report);
  ~NodeThreads();
  NodeThreads(const NodeThreads&) = delete;
  NodeThreads& operator=(const NodeThreads&) = delete;
  void stop();  // idempotent; after it only the destructor may be called

  // A link comes; absent: it goes. What cannot be opened is tried again every second.
  void set_link(const NodeLink& link);

  AddressThread& address() { return *address_; }
  BeatThread& beat() { return *beat_; }
  MessageThread& message() { return *message_; }
  GuardReport guard() const { return guard_ == nullptr ? no_guard_ : guard_->report(); }
  GuardianReport guardian() const;
  unsigned guardian_restarts() const { return guardian_ == nullptr ? 0 : guardian_->restarts(); }
  DiskThread* disk() { return disk_.get(); }  // null: there is no shared disk

 private:
  NodeThreads();
  bool open(const NodeOptions& options, std::uint64_t boot, std::shared_ptr<StatisticsPage> page, const std::function<void()>& notify,
            StartReport& report);

  std::unique_ptr<KernelGuard> guard_;   // outlives all who write into it
  std::unique_ptr<Guardian> guardian_;  // outlives the threads that it waits for
  std::unique_ptr<AddressThread> address_;
  std::unique_ptr<BeatThread> beat_;
  std::unique_ptr<CpuLatency> cpu_latency_;  // outlives the message thread; null: CPUs sleep as they like
  std::unique_ptr<MessageThread> message_;
  GuardReport no_guard_;                    // why there is none
  std::string no_guardian_;
  std::unique_ptr<DiskThread> disk_;
  std::atomic<BeatThread*> door_{nullptr};  // the beat thread, as the address thread reaches it
};

}  // namespace heartwire::binding
