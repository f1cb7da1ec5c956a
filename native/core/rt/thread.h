// Threads with a scheduling policy: as asked where the machine allows it, else the best that it allows, with the
// reason in words for `status`.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace heartwire {

struct ThreadOptions {
  std::string name;               // up to 15 characters, seen in top -H
  int priority = 0;               // SCHED_FIFO 1-99; 0: ordinary scheduling
  std::vector<int> affinity;      // CPU numbers; empty: any
  bool lock_stack = false;        // kStackBytes of the stack stay in memory
};

struct ThreadReport {
  std::string policy = "other";   // fifo or other
  int priority = 0;
  std::string reason;             // why not as asked; empty: as asked
};

inline constexpr std::size_t kStackBytes = 128 * 1024;  // touched before the body runs, so that it meets no page fault there

// The CPUs that this thread may use.
std::vector<int> allowed_processors();

// Starts `body` with all signals blocked (they belong to the main thread) but those of a crash, which are its own; returns after the thread has its policy, so
// that the report is true. Where no thread can be had, the result is not joinable and the report says why.
std::thread start_thread(const ThreadOptions& options, std::function<void()> body, ThreadReport& report);

}  // namespace heartwire
