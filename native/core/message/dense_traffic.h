// Whether messages follow each other so closely that a CPU which falls asleep between two of them costs more than it saves: to
// wake one takes longer than to carry a message, in a virtual machine many times longer. Pure.
#pragma once
#include <cstdint>

namespace heartwire {

class DenseTraffic {
 public:
  static constexpr std::uint64_t kGapNs = 2'000'000;    // further apart: not close
  static constexpr std::uint64_t kRunNs = 5'000'000;    // so long without a longer gap: dense ...
  static constexpr std::uint64_t kHoldNs = 20'000'000;  // ... and still so long after that, so that a hiccup ends nothing

  void came(std::uint64_t now_ns) {
    if (now_ns - last_ns_ > kGapNs) began_ns_ = now_ns;
    last_ns_ = now_ns;
    if (now_ns - began_ns_ >= kRunNs) until_ns_ = now_ns + kHoldNs;
  }
  bool dense(std::uint64_t now_ns) const { return now_ns < until_ns_; }

 private:
  std::uint64_t began_ns_ = 0, last_ns_ = 0, until_ns_ = 0;
};

}  // namespace heartwire
