// Changes of links on their way from JavaScript to the beat thread. Its ring may be full while that thread is held up: then what
// does not fit waits here, in front of whatever is asked for meanwhile. A close that got lost would leave a link which nobody
// wants, and one that was overtaken would close what was opened after it.
#pragma once
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "core/heartbeat/beat_thread.h"

namespace heartwire {

class PendingLinks {
 public:
  // JavaScript's thread.
  void add(const BeatLink& link) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(link);
  }

  // The keeper: `take` gets them in order, until it refuses one. That one and those behind it wait for the next call.
  // Returns whether none is left of those that were there.
  template <typename Take>
  bool hand_over(Take take) {
    std::vector<BeatLink> present;
    {
      const std::lock_guard lock(mutex_);
      present.swap(waiting_);
    }
    auto next = present.begin();
    while (next != present.end() && take(std::as_const(*next))) ++next;
    if (next == present.end()) return true;
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(next), std::make_move_iterator(present.end()));
    return false;
  }

 private:
  std::mutex mutex_;
  std::vector<BeatLink> waiting_;
};

}  // namespace heartwire
