// How long what is sent now waits in an interface's egress queue, from what the kernel counts there: bytes that wait, at the
// rate at which the others have left. An owner's lease ends by so much earlier, since the kernel guard stops what is sent,
// not what had been sent before (safety.md, 'Leases' 1). The worst of the last second counts: a queue that has been full
// fills again. Pure; the address thread asks the kernel.
#pragma once
#include <algorithm>
#include <cstdint>

namespace heartwire {

class EgressBacklog {
 public:
  // More is not counted: whoever waits for longer has asked again, and what is dropped never counts as sent.
  static constexpr std::uint64_t kDrainNsMax = 1'000'000'000;

  void read(std::uint64_t now_ns, std::uint64_t bytes_sent, std::uint64_t bytes_queued) {
    if (now_ns - peak_since_ns_ >= kPeakNs) {
      earlier_peak_ns_ = now_ns - peak_since_ns_ < 2 * kPeakNs ? peak_ns_ : 0;
      peak_ns_ = 0;
      peak_since_ns_ = now_ns;
    }
    if (bytes_queued == 0) {
      waiting_ = false;
      return;
    }
    const Reading reading{now_ns, bytes_sent};
    if (!waiting_ || bytes_sent < from_.bytes_sent) from_ = next_ = reading;
    waiting_ = true;
    peak_ns_ = std::max(peak_ns_, std::min(wait_ns(reading, bytes_queued), kDrainNsMax));
    if (now_ns - next_.at_ns < kRateNs || bytes_sent == from_.bytes_sent) return;
    from_ = next_;
    next_ = reading;
  }
  // 0: at once.
  std::uint64_t drain_ns() const { return std::max(peak_ns_, earlier_peak_ns_); }
  bool waiting() const { return waiting_; }

 private:
  struct Reading { std::uint64_t at_ns = 0, bytes_sent = 0; };
  static constexpr std::uint64_t kPeakNs = 500'000'000;
  static constexpr std::uint64_t kRateNs = 50'000'000;  // the rate is that of the last 50 to 100 ms

  // Where nothing has left yet, what waits has waited for that long at least.
  std::uint64_t wait_ns(const Reading& now, std::uint64_t bytes_queued) const {
    const std::uint64_t during_ns = now.at_ns - from_.at_ns;
    const std::uint64_t left = now.bytes_sent - from_.bytes_sent;
    if (left == 0) return during_ns;
    const double wait_ns = static_cast<double>(bytes_queued) * static_cast<double>(during_ns) / static_cast<double>(left);
    return wait_ns < static_cast<double>(kDrainNsMax) ? static_cast<std::uint64_t>(wait_ns) : kDrainNsMax;
  }

  bool waiting_ = false;
  Reading from_, next_;
  std::uint64_t peak_ns_ = 0, earlier_peak_ns_ = 0, peak_since_ns_ = 0;
};

}  // namespace heartwire
