// A ring between exactly two threads, one on each side: fixed capacity, no lock, no allocation after construction
// (the vendored queue, held to try_enqueue). What does not fit is refused and counted, never waited for.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "vendor/readerwriterqueue/readerwriterqueue.h"

namespace heartwire {

template <typename T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : queue_(capacity) {}
  // Producer's side.
  bool push(const T& item) {
    if (queue_.try_enqueue(item)) return true;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // Consumer's side.
  bool pop(T& item) { return queue_.try_dequeue(item); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  moodycamel::ReaderWriterQueue<T> queue_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace heartwire
