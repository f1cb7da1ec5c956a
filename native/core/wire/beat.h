// The bodies of beats and ACKs (and of signs of life): the part of the wire that decides who owns what. Fixed-size records,
// counts bounded before they are used. decode(encode(x)) == x, and every accepted body re-encodes to the
// same bytes (the fuzzers' oracle).
#pragma once
#include <cstdint>
#include <span>

#include "core/wire/frame.h"

namespace heartwire {

// What an owner says of a seat (safety.md, 'Leases' 3 and 7).
enum class ClaimState : std::uint8_t {
  valid = 1,     // I own it: renews the grant
  lapsed = 2,    // I hold the epoch but no majority: frees the promise
  released = 3,  // I ended this epoch, address already closed: frees the grant; carries my vote for `successor`
};

struct Claim {
  std::uint8_t seat = 0;
  ClaimState state = ClaimState::valid;
  std::uint16_t successor = 0;   // released: node id that has this voter's vote for epoch + 1; valid: that is about to get it; 0: none
  std::uint32_t lease_us = 0;    // the lease asked for
  std::uint64_t epoch = 0;
};

struct Ask {  // a candidate's request, valid for this beat only
  std::uint8_t seat = 0;
  std::uint16_t voter_set = 0;
  std::uint32_t lease_us = 0;
  std::uint64_t epoch = 0;
  std::uint64_t orders_id = 0;
};

struct Beat {
  std::uint64_t sent_ns = 0;      // sender's CLOCK_BOOTTIME; echoed by the ACK
  std::uint32_t interval_us = 0;
  std::uint32_t timeout_us = 0;
  bool stalled = false;           // JavaScript does not renew its liveness deadline
  bool change_request = false;    // P3: interval_us is what the sender asks for, not yet what it sends by
  std::uint8_t serves = 0;        // networks that its sender can serve on, a bit each (heartbeat/fitness.cc)
  std::uint8_t claim_count = 0;
  std::uint8_t ask_count = 0;
  Claim claims[kSeatsMax];
  Ask asks[kSeatsMax];
};

enum class Answer : std::uint8_t {
  yes = 1,
  held = 2,       // another's grant runs for `wait_us` more
  epoch_old = 3,  // a higher or equal epoch is promised already; `epoch` tells which
  orders = 4,     // not in the standing orders of this voter, or the orders are older
  voters = 5,     // another voter set
  quiet = 6,      // restarted: silent for `wait_us` more
  reserve = 7,    // above the reserved epoch: needs a write first
  unfit = 8,      // voting is off here (disk failed, duplicate id, offline)
};

struct Grant {  // answer to a claim
  std::uint8_t seat = 0;
  Answer answer = Answer::yes;
  std::uint32_t lease_us = 0;  // promised; 0 unless yes
  std::uint64_t epoch = 0;     // yes: the claimed epoch; else the highest epoch promised here
};

struct Vote {  // answer to an ask
  std::uint8_t seat = 0;
  Answer answer = Answer::yes;
  std::uint32_t wait_us = 0;   // yes, without an ask (a release): the number of the voter set
  std::uint32_t lease_us = 0;  // a vote is also the first grant
  std::uint64_t epoch = 0;     // yes: the asked epoch; else the highest epoch promised here
};

struct Ack {
  std::uint64_t echo_sequence = 0;
  std::uint64_t echo_sent_ns = 0;
  std::uint32_t held_ns = 0;  // from the beat's arrival (kernel stamp) to this answer
  bool stalled = false;
  bool change_done = false;   // P3: the interval that the beat asked for is applied here
  std::uint8_t serves = 0;    // as in a beat
  std::uint8_t grant_count = 0;
  std::uint8_t vote_count = 0;
  Grant grants[kSeatsMax];
  Vote votes[kSeatsMax];
};

// Each returns the bytes written (never more than kBodyBytesMax).
std::size_t encode_beat(const Beat& beat, std::span<std::uint8_t> out);
std::size_t encode_ack(const Ack& ack, std::span<std::uint8_t> out);
// Other words on the interval in an encoded beat (P3).
void set_interval(std::span<std::uint8_t> body, std::uint32_t interval_us, bool change_request);
// Each returns false, and leaves the target unspecified, unless the body is exactly well formed
// (known states, counts in bounds, exact length, reserved bytes zero).
bool decode_beat(std::span<const std::uint8_t> body, Beat& beat);
bool decode_ack(std::span<const std::uint8_t> body, Ack& ack);

// A sign of life: when it was sent (sender's CLOCK_BOOTTIME), and nothing else.
inline constexpr std::size_t kLifeBytes = 8;
void encode_life(std::uint64_t sent_ns, std::span<std::uint8_t, kLifeBytes> out);
bool decode_life(std::span<const std::uint8_t> body, std::uint64_t& sent_ns);

}  // namespace heartwire
