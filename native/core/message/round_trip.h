// How long to wait for an acknowledgement before a fragment is sent again: the configured timer, raised where
// the measured round trip is longer (RFC 6298's estimator), doubled with each try up to a ceiling.
#pragma once
#include <algorithm>
#include <cstdint>

namespace heartwire {

class RoundTrip {
 public:
  // Only for fragments that were sent once: nobody knows which copy of a resent one was acknowledged.
  void sample(std::uint64_t round_trip_ns) {
    if (smoothed_ns_ == 0) {
      smoothed_ns_ = std::max<std::uint64_t>(round_trip_ns, 1);
      variation_ns_ = round_trip_ns / 2;
      return;
    }
    const std::uint64_t difference = round_trip_ns > smoothed_ns_ ? round_trip_ns - smoothed_ns_ : smoothed_ns_ - round_trip_ns;
    variation_ns_ = (3 * variation_ns_ + difference) / 4;
    smoothed_ns_ = std::max<std::uint64_t>((7 * smoothed_ns_ + round_trip_ns) / 8, 1);
  }

  // 0: nothing measured yet.
  std::uint64_t smoothed_ns() const { return smoothed_ns_; }

  // Until the resend after try number `tries` (1 or higher).
  std::uint64_t retry_ns(std::uint64_t retry_timer_ns, unsigned tries) const {
    const std::uint64_t first_ns = std::max(retry_timer_ns, smoothed_ns_ + 4 * variation_ns_);
    const std::uint64_t ceiling_ns = std::max(first_ns, kCeilingNs);
    return std::min(first_ns << std::min(tries - 1, 16u), ceiling_ns);
  }

 private:
  static constexpr std::uint64_t kCeilingNs = 250'000'000;  // so that a path that is back is found soon
  std::uint64_t smoothed_ns_ = 0;
  std::uint64_t variation_ns_ = 0;
};

}  // namespace heartwire
