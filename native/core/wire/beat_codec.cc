// The bytes of beats and ACKs. Both bodies are 24 bytes of fixed fields and two counted lists:
//
//   beat  0 sent ns u64 | 8 interval us u32 | 12 timeout us u32 | 16 flags u8 | 17 claims u8 | 18 asks u8 | 19 serves u8 | 20 zero x 4
//   claim 0 seat u8 | 1 state u8 | 2 successor u16 | 4 lease us u32 | 8 epoch u64
//   ask   0 seat u8 | 1 zero u8 | 2 voter set u16 | 4 lease us u32 | 8 epoch u64 | 16 orders id u64
//   ack   0 echo sequence u64 | 8 echo sent ns u64 | 16 held ns u32 | 20 flags u8 | 21 grants u8 | 22 votes u8 | 23 serves u8
//   grant 0 seat u8 | 1 answer u8 | 2 zero u16 | 4 lease us u32 | 8 epoch u64
//   vote  0 seat u8 | 1 answer u8 | 2 zero u16 | 4 wait us u32 | 8 lease us u32 | 12 zero u32 | 16 epoch u64
//
//   life  0 sent ns u64
//
// Flags: 1 stalled, 2 change request (beat) or change done (ACK).
#include "core/wire/beat.h"
#include "core/wire/bytes.h"

namespace heartwire {
namespace {

constexpr std::size_t kFixedBytes = 24, kIntervalAt = 8, kFlagsAt = 16;
constexpr std::size_t kClaimBytes = 16, kAskBytes = 24, kGrantBytes = 16, kVoteBytes = 24;
static_assert(kFixedBytes + kSeatsMax * (kClaimBytes + kAskBytes) <= kBodyBytesMax);
static_assert(kFixedBytes + kSeatsMax * (kGrantBytes + kVoteBytes) <= kBodyBytesMax);
constexpr std::uint8_t kStalled = 1, kChange = 2;

std::uint8_t flags_of(bool stalled, bool change) {
  return static_cast<std::uint8_t>((stalled ? kStalled : 0) | (change ? kChange : 0));
}

void read_flags(ByteReader& reader, bool& stalled, bool& change) {
  const std::uint8_t flags = reader.u8();
  reader.require((flags & ~(kStalled | kChange)) == 0);
  stalled = (flags & kStalled) != 0;
  change = (flags & kChange) != 0;
}

// Seats index arrays, and one list names a seat once only.
class Seats {
 public:
  std::uint8_t read(ByteReader& reader) {
    const std::uint8_t seat = reader.u8();
    reader.require(seat < kSeatsMax);
    if (!reader.good()) return 0;
    reader.require((seen_ & (1u << seat)) == 0);
    seen_ |= 1u << seat;
    return seat;
  }

 private:
  unsigned seen_ = 0;
};

ClaimState read_state(ByteReader& reader) {
  const std::uint8_t state = reader.u8();
  reader.require(state >= 1 && state <= static_cast<std::uint8_t>(ClaimState::released));
  return static_cast<ClaimState>(state);
}

Answer read_answer(ByteReader& reader) {
  const std::uint8_t answer = reader.u8();
  reader.require(answer >= 1 && answer <= static_cast<std::uint8_t>(Answer::unfit));
  return static_cast<Answer>(answer);
}

// Both counts in bounds, and the body exactly as long as they say; in size_t, so nothing wraps.
bool counts_fit(std::size_t body, std::size_t first, std::size_t first_bytes, std::size_t second, std::size_t second_bytes) {
  if (first > kSeatsMax || second > kSeatsMax) return false;
  return body == kFixedBytes + first * first_bytes + second * second_bytes;
}

}  // namespace

std::size_t encode_beat(const Beat& beat, std::span<std::uint8_t> out) {
  if (beat.claim_count > kSeatsMax || beat.ask_count > kSeatsMax) return 0;
  ByteWriter writer(out);
  writer.u64(beat.sent_ns);
  writer.u32(beat.interval_us);
  writer.u32(beat.timeout_us);
  writer.u8(flags_of(beat.stalled, beat.change_request));
  writer.u8(beat.claim_count);
  writer.u8(beat.ask_count);
  writer.u8(beat.serves);
  writer.zeros(4);
  for (const Claim& claim : std::span(beat.claims, beat.claim_count)) {
    writer.u8(claim.seat);
    writer.u8(static_cast<std::uint8_t>(claim.state));
    writer.u16(claim.successor);
    writer.u32(claim.lease_us);
    writer.u64(claim.epoch);
  }
  for (const Ask& ask : std::span(beat.asks, beat.ask_count)) {
    writer.u8(ask.seat);
    writer.u8(0);
    writer.u16(ask.voter_set);
    writer.u32(ask.lease_us);
    writer.u64(ask.epoch);
    writer.u64(ask.orders_id);
  }
  return writer.done();
}

void set_interval(std::span<std::uint8_t> body, std::uint32_t interval_us, bool change_request) {
  if (body.size() < kFixedBytes) return;
  ByteWriter(body.subspan(kIntervalAt, sizeof interval_us)).u32(interval_us);
  std::uint8_t& flags = body[kFlagsAt];
  flags = static_cast<std::uint8_t>(change_request ? flags | kChange : flags & ~kChange);
}

bool decode_beat(std::span<const std::uint8_t> body, Beat& beat) {
  ByteReader reader(body);
  beat.sent_ns = reader.u64();
  beat.interval_us = reader.u32();
  beat.timeout_us = reader.u32();
  read_flags(reader, beat.stalled, beat.change_request);
  beat.claim_count = reader.u8();
  beat.ask_count = reader.u8();
  beat.serves = reader.u8();
  reader.zeros(4);
  if (!reader.good() || !counts_fit(body.size(), beat.claim_count, kClaimBytes, beat.ask_count, kAskBytes)) return false;
  Seats claimed, asked;
  for (Claim& claim : std::span(beat.claims, beat.claim_count)) {
    claim.seat = claimed.read(reader);
    claim.state = read_state(reader);
    claim.successor = reader.u16();
    claim.lease_us = reader.u32();
    claim.epoch = reader.u64();
  }
  for (Ask& ask : std::span(beat.asks, beat.ask_count)) {
    ask.seat = asked.read(reader);
    reader.zeros(1);
    ask.voter_set = reader.u16();
    ask.lease_us = reader.u32();
    ask.epoch = reader.u64();
    ask.orders_id = reader.u64();
  }
  return reader.done();
}

std::size_t encode_ack(const Ack& ack, std::span<std::uint8_t> out) {
  if (ack.grant_count > kSeatsMax || ack.vote_count > kSeatsMax) return 0;
  ByteWriter writer(out);
  writer.u64(ack.echo_sequence);
  writer.u64(ack.echo_sent_ns);
  writer.u32(ack.held_ns);
  writer.u8(flags_of(ack.stalled, ack.change_done));
  writer.u8(ack.grant_count);
  writer.u8(ack.vote_count);
  writer.u8(ack.serves);
  for (const Grant& grant : std::span(ack.grants, ack.grant_count)) {
    writer.u8(grant.seat);
    writer.u8(static_cast<std::uint8_t>(grant.answer));
    writer.zeros(2);
    writer.u32(grant.lease_us);
    writer.u64(grant.epoch);
  }
  for (const Vote& vote : std::span(ack.votes, ack.vote_count)) {
    writer.u8(vote.seat);
    writer.u8(static_cast<std::uint8_t>(vote.answer));
    writer.zeros(2);
    writer.u32(vote.wait_us);
    writer.u32(vote.lease_us);
    writer.zeros(4);
    writer.u64(vote.epoch);
  }
  return writer.done();
}

bool decode_ack(std::span<const std::uint8_t> body, Ack& ack) {
  ByteReader reader(body);
  ack.echo_sequence = reader.u64();
  ack.echo_sent_ns = reader.u64();
  ack.held_ns = reader.u32();
  read_flags(reader, ack.stalled, ack.change_done);
  ack.grant_count = reader.u8();
  ack.vote_count = reader.u8();
  ack.serves = reader.u8();
  if (!reader.good() || !counts_fit(body.size(), ack.grant_count, kGrantBytes, ack.vote_count, kVoteBytes)) return false;
  Seats granted, voted;
  for (Grant& grant : std::span(ack.grants, ack.grant_count)) {
    grant.seat = granted.read(reader);
    grant.answer = read_answer(reader);
    reader.zeros(2);
    grant.lease_us = reader.u32();
    grant.epoch = reader.u64();
  }
  for (Vote& vote : std::span(ack.votes, ack.vote_count)) {
    vote.seat = voted.read(reader);
    vote.answer = read_answer(reader);
    reader.zeros(2);
    vote.wait_us = reader.u32();
    vote.lease_us = reader.u32();
    reader.zeros(4);
    vote.epoch = reader.u64();
  }
  return reader.done();
}

void encode_life(std::uint64_t sent_ns, std::span<std::uint8_t, kLifeBytes> out) {
  ByteWriter writer(out);
  writer.u64(sent_ns);
}

bool decode_life(std::span<const std::uint8_t> body, std::uint64_t& sent_ns) {
  ByteReader reader(body);
  sent_ns = reader.u64();
  return reader.done();
}

}  // namespace heartwire
