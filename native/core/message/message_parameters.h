// The message parameters that may change while the system runs (P2), with their ranges in one place: the
// configuration, the parameter protocol and the message thread refuse the same values.
#pragma once
#include <cstdint>

namespace heartwire {

struct MessageParameters {
  std::uint32_t fragment_bytes_max = 1200;        // body of one fragment frame, its header included
  std::uint32_t retry_timer_us = 20'000;          // first resend; doubles, another network each time
  std::uint32_t retry_time_max_ms = 5'000;        // without progress; then undeliverable
  std::uint32_t queue_overflow_threshold = 1024;  // messages queued for one peer, beyond which a sender is refused
  std::uint32_t send_window = 32;                 // unacknowledged fragments at once, per peer
};

struct ParameterRange { std::uint32_t MessageParameters::*field; const char* name; const char* script_name; /* in JavaScript */ std::uint32_t min, max; };

inline constexpr ParameterRange kMessageParameterRanges[] = {
    {&MessageParameters::fragment_bytes_max, "fragment_bytes_max", "fragmentBytesMax", 256, 1400},
    {&MessageParameters::retry_timer_us, "retry_timer_us", "retryTimerUs", 500, 5'000'000},
    {&MessageParameters::retry_time_max_ms, "retry_time_max_ms", "retryTimeMaxMs", 10, 600'000},
    {&MessageParameters::queue_overflow_threshold, "queue_overflow_threshold", "queueOverflowThreshold", 1, 1'000'000},
    {&MessageParameters::send_window, "send_window", "sendWindow", 1, 256},
};

// Null: all in range; else the range that is broken.
inline const ParameterRange* broken_range(const MessageParameters& parameters) {
  for (const ParameterRange& range : kMessageParameterRanges) {
    const std::uint32_t value = parameters.*range.field;
    if (value < range.min || value > range.max) return &range;
  }
  return nullptr;
}

}  // namespace heartwire
