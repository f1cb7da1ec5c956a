// What the two small programs of the stage share: the clock, the datagram and the scheduling class.
// The clock is CLOCK_BOOTTIME, which the engine's events use too, so that what a client saw and what the
// nodes did can be laid on one time line of one machine.
#pragma once
#include <sched.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace heartwire::tools {

constexpr std::uint32_t kProbeMagic = 0x48575654;   // "HWVT"
constexpr std::uint32_t kAnswerMagic = 0x48575641;  // "HWVA"

// Host byte order: both ends always run on one machine.
struct Probe {
  std::uint32_t magic;
  std::uint32_t node;  // 0 in a question; in an answer the id of the node that gave it
  std::uint64_t sequence;
  std::int64_t said_ns;  // in an answer: when it was given, since a full queue may carry it long after
};
static_assert(sizeof(Probe) == 24);

inline std::int64_t to_ns(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

inline std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return to_ns(now);
}

inline std::int64_t now_ns() { return clock_ns(CLOCK_BOOTTIME); }

// Priority 1-99 asks for SCHED_FIFO; 0 leaves the thread as it is. A refusal is told and is no error: an
// ordinary user may run the stage too, only with a coarser measure.
inline void prefer_this_thread(int priority) {
  if (priority <= 0) return;
  sched_param parameters{};
  parameters.sched_priority = priority;
  if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0)
    std::fprintf(stderr, "SCHED_FIFO %d refused: %s\n", priority, std::strerror(errno));
}

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

}  // namespace heartwire::tools
