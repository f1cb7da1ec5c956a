// Threads with a scheduling policy: as asked where the machine allows it, else the best that it allows, with the
// reason in words for `status`.
#pragma once
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace heartwire {

struct ThreadOptions {
  std::string name;               // up to 15 characters, seen in top -H
  int priority = 0;               // SCHED_FIFO 1-99; 0: ordinary scheduling
  std::vector<int> affinity;      // CPU numbers; empty: any
};

struct ThreadReport {
  std::string policy = "other";   // fifo or other
  int priority = 0;
  std::string reason;             // empty: as asked
};

// Starts `body`; returns after the thread has its policy, so that the report is true.
std::thread start_thread(const ThreadOptions& options, std::function<void()> body, ThreadReport& report);

// Keeps the process's pages in memory once they have been touched (not before: V8 reserves gigabytes). Empty: done;
// else why not.
std::string lock_memory();
// Where the whole is refused: one range.
std::string lock_range(const void* start, std::size_t bytes);

}  // namespace heartwire
