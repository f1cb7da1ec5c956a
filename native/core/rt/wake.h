// Wakes a thread that waits in epoll: an eventfd with an owner.
#pragma once
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace heartwire {

class Wake {
 public:
  Wake() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Wake() { if (descriptor_ >= 0) close(descriptor_); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  int descriptor() const { return descriptor_; }
  void signal() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof one);  // full means: a wake-up is under way
  }
  void clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(descriptor_, &count, sizeof count);
  }

 private:
  int descriptor_;
};

}  // namespace heartwire
