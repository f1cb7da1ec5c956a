// The clocks. CLOCK_BOOTTIME everywhere (safety.md, 'Leases' 9): it goes on while the machine sleeps, and nobody
// can step it. Kernel receive stamps are wall clock; arrival_ns() brings them over.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstdint>

namespace heartwire {

inline std::uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

inline std::uint64_t boot_time_ns() { return clock_ns(CLOCK_BOOTTIME); }
inline std::uint64_t wall_time_ns() { return clock_ns(CLOCK_REALTIME); }

// When a frame arrived, on CLOCK_BOOTTIME: never before the last time its socket was found empty and never after
// now, so that a step of the wall clock can shift it by one drain at most.
inline std::uint64_t arrival_ns(std::uint64_t now_ns, std::uint64_t wall_now_ns, std::uint64_t wall_stamp_ns,
                                std::uint64_t last_drain_ns) {
  const std::uint64_t age_ns = wall_now_ns > wall_stamp_ns ? wall_now_ns - wall_stamp_ns : 0;
  const std::uint64_t arrived_ns = age_ns < now_ns ? now_ns - age_ns : 0;
  return std::min(std::max(arrived_ns, std::min(last_drain_ns, now_ns)), now_ns);
}

}  // namespace heartwire
