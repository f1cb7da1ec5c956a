// The daemon's side of its guardian (guardian_process.cc): makes the page, starts the process, starts it again should it die
// alone, and lends it the sockets of the links, from which the death notices must come.
#pragma once
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/guard/crash_mark.h"
#include "core/guard/guardian_page.h"
#include "core/guard/own_group.h"
#include "core/rt/wake.h"

namespace heartwire {

inline constexpr int kGuardianControlDescriptor = 3, kGuardianPageDescriptor = 4;
inline constexpr int kGuardianSeatsDescriptor = 5;  // of the kernel guard, where there is one

// Over the control socket, with the link's descriptor or without (the link is gone); answered with the same when done.
struct GuardianLinkChange { std::uint8_t link_id = 0; };

struct GuardianOptions {
  std::string executable;   // path of heartwire-guardian
  int priority = 0;         // SCHED_FIFO 1-99; 0: ordinary scheduling
  std::function<void()> restarted = {};  // called on the guardian's thread after each start anew; empty: nobody wants to know
  int guard_seats = -1;     // the kernel guard's seats (KernelGuard::seats_descriptor()), open as long as the guardian; -1: none
};

class Guardian {
 public:
  // Null: `reason` says why, for people.
  static std::unique_ptr<Guardian> start(const GuardianOptions& options, std::string& reason);
  ~Guardian();  // after the threads have ended as they should, or have never begun
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  GuardianPage& page() { return *page_; }
  // Not on the beat thread: it waits for the answer. -1: the link is gone; when this returns, nobody holds its socket any more.
  void lend_link(std::uint8_t link_id, int descriptor);
  pid_t process() const { return process_.load(); }
  // In a control group of its own, where one was delegated to the daemon.
  bool has_own_group() const { return has_own_group_.load(); }
  unsigned restarts() const { return restarts_.load(); }

 private:
  explicit Guardian(GuardianOptions options) : options_(std::move(options)) {}
  int open_page();
  int spawn();
  void end_process();
  void tell(std::uint8_t link_id, int descriptor) const;
  void watch();

  const GuardianOptions options_;
  GuardianPage* page_ = nullptr;
  std::unique_ptr<CrashMark> crash_mark_;
  int page_descriptor_ = -1;
  std::mutex mutex_;                          // of the control socket and the links
  int control_ = -1;
  std::array<int, kLinksMax> links_{};
  std::unique_ptr<OwnGroup> group_;           // null: no group was delegated
  std::atomic<pid_t> process_{-1};
  std::atomic<bool> has_own_group_{false};
  std::atomic<unsigned> restarts_{0};
  std::atomic<bool> stopping_{false};
  Wake wake_;
  std::thread watcher_;
};

}  // namespace heartwire
