// One peer on one link: is it heard, how much is lost, how long is the round trip. Pure: fed with
// sequences and kernel arrival stamps, asked with the time. A gap in sequences is loss; silence beyond the
// time-out is failure; being late ourselves is nobody's failure (`excuse_ns`).
#pragma once
#include <cstdint>

#include "core/heartbeat/statistics_page.h"

namespace heartwire {

class PathMonitor {
 public:
  // A frame that passed the replay window: `sequence` of the peer on this path.
  void on_frame(std::uint64_t sequence, std::uint64_t arrival_ns, PagePath& page) {
    if (sequence > highest_sequence_) {
      if (highest_sequence_ != 0) page.lost.add(sequence - highest_sequence_ - 1);
      highest_sequence_ = sequence;
    } else if (page.lost.get() > 0) {  // late rather than lost
      page.lost.set(page.lost.get() - 1);
      page.late.add();
    }
    if (arrival_ns > last_arrival_ns_) last_arrival_ns_ = arrival_ns;
    page.received.add();
    page.last_arrival_ns.set(last_arrival_ns_);
  }

  // A sign of life: heard, and no part of the count of beats.
  void on_sign(std::uint64_t arrival_ns, PagePath& page) {
    if (arrival_ns > last_arrival_ns_) last_arrival_ns_ = arrival_ns;
    page.last_arrival_ns.set(last_arrival_ns_);
  }

  // Smoothed as in RFC 6298 (gain 1/8).
  void on_round_trip(std::uint64_t round_trip_ns, PagePath& page) {
    const std::uint64_t smoothed = page.round_trip_ns.get();
    page.round_trip_ns.set(smoothed == 0 ? round_trip_ns : smoothed - smoothed / 8 + round_trip_ns / 8);
    page.acked.add();
  }

  bool silent(std::uint64_t now_ns, std::uint64_t timeout_ns, std::uint64_t excuse_ns) const {
    return last_arrival_ns_ == 0 || now_ns > last_arrival_ns_ + timeout_ns + excuse_ns;
  }
  bool ever_heard() const { return last_arrival_ns_ != 0; }
  std::uint64_t last_arrival_ns() const { return last_arrival_ns_; }
  void reset() { *this = PathMonitor{}; }

 private:
  std::uint64_t highest_sequence_ = 0;
  std::uint64_t last_arrival_ns_ = 0;
};

}  // namespace heartwire
