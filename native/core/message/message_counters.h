// What the message thread counts, by name: each written by who holds its lock (but for the last), read by anybody. MessageThread::counters() has this
// order: first the frames refused, by reason (wire/frame.h, `Reject`), then the rest.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/wire/frame.h"

namespace heartwire {

inline constexpr std::size_t kRejectReasons = static_cast<std::size_t>(Reject::count);

enum class MessageCounter : std::uint8_t {
  frames_received = kRejectReasons,  // all that came, good or bad
  frames_sent,
  send_dropped,          // the kernel did not take it (ENOBUFS...), or the link is not open
  fragments_sent,        // copies over several networks count once
  fragments_resent,
  fragments_accepted,
  fragments_duplicate,   // had before: the copy over another network, or a resend
  fragments_refused,     // beyond the window, no room, of a closed stream, contradictory, or stale
  acks_sent,
  acks_refused,          // stale, or of what was never sent
  messages_submitted,
  messages_delivered,    // ours, acknowledged
  messages_undeliverable,
  messages_received,
  announces_sent,
  announces_received,
  announces_dropped,     // repeated, or no room to hold them until the handshake is done
  hellos_sent,
  hellos_refused,        // too many wanted at once
  paths_proven,
  sessions_built,
  handovers_retried,
  questions_sent,        // copies over several networks count each, here and below
  questions_received,
  questions_refused,     // too many of one node
  answers_sent,          // pieces
  answers_received,
  answers_refused,       // of what was never asked, or there already
  frames_relayed,        // passed on for others
  relays_refused,        // not passed on: from or for whom we do not know, or too many
  relays_sent,           // ours, to a member that passes them on
  multicasts_sent,       // frames to several at once; copies over several networks count each, here and below
  multicasts_received,
  multicasts_of_others,  // well formed, and nothing in them is for us
  sends_refused,         // too much waited for that node (HW_QUEUE_OVERFLOW); written by JavaScript's thread alone
  count,
};

inline constexpr std::size_t kMessageCounters = static_cast<std::size_t>(MessageCounter::count);

inline constexpr std::array<std::string_view, kMessageCounters> kMessageCounterNames = {
    "reject_none", "reject_length", "reject_magic", "reject_version", "reject_type", "reject_cluster", "reject_sender",
    "reject_link", "reject_source", "reject_boot", "reject_replay", "reject_tag", "reject_body",
    "frames_received", "frames_sent", "send_dropped", "fragments_sent", "fragments_resent", "fragments_accepted",
    "fragments_duplicate", "fragments_refused", "acks_sent", "acks_refused", "messages_submitted", "messages_delivered",
    "messages_undeliverable", "messages_received", "announces_sent", "announces_received", "announces_dropped",
    "hellos_sent", "hellos_refused", "paths_proven", "sessions_built", "handovers_retried",
    "questions_sent", "questions_received", "questions_refused", "answers_sent", "answers_received", "answers_refused",
    "frames_relayed", "relays_refused", "relays_sent", "multicasts_sent", "multicasts_received", "multicasts_of_others", "sends_refused"};

class MessageCounters {
 public:
  void add(MessageCounter counter, std::uint64_t amount = 1) { add(static_cast<std::size_t>(counter), amount); }
  void add(Reject reason) { add(static_cast<std::size_t>(reason), 1); }
  std::uint64_t get(MessageCounter counter) const { return values_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed); }
  std::uint64_t get(Reject reason) const { return values_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed); }
  std::vector<std::uint64_t> all() const {
    std::vector<std::uint64_t> values;
    for (const auto& value : values_) values.push_back(value.load(std::memory_order_relaxed));
    return values;
  }

 private:
  // One writer: a load and a store are enough.
  void add(std::size_t index, std::uint64_t amount) {
    values_[index].store(values_[index].load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::array<std::atomic<std::uint64_t>, kMessageCounters> values_{};
};

}  // namespace heartwire
