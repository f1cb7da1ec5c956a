// Beats and ACKs: decode(encode(x)) == x, every accepted body re-encodes to the same bytes, and whatever is
// not exactly well formed is refused.
#include <gtest/gtest.h>

#include <array>

#include <cstring>
#include <random>

#include "test/wire/samples.h"

namespace heartwire {
namespace {

using samples::Bytes;

// True when accepted; an accepted body must re-encode to itself.
template <class Body, class Decode>
bool accepted(const Bytes& bytes, Decode decode) {
  Body body;
  if (!decode(std::span<const std::uint8_t>(bytes), body)) return false;
  EXPECT_EQ(samples::body_of(body), bytes);
  return true;
}
bool beat_accepted(const Bytes& bytes) { return accepted<Beat>(bytes, decode_beat); }
bool ack_accepted(const Bytes& bytes) { return accepted<Ack>(bytes, decode_ack); }

TEST(Life, IsItsSendingTimeAndNothingElse) {
  std::array<std::uint8_t, kLifeBytes> body{};
  encode_life(0x0102030405060708, body);
  EXPECT_EQ(body, (std::array<std::uint8_t, kLifeBytes>{8, 7, 6, 5, 4, 3, 2, 1}));
  std::uint64_t sent_ns = 0;
  EXPECT_TRUE(decode_life(body, sent_ns));
  EXPECT_EQ(sent_ns, 0x0102030405060708u);
  EXPECT_FALSE(decode_life(std::span(body).first(7), sent_ns));
  const std::array<std::uint8_t, kLifeBytes + 1> longer{};
  EXPECT_FALSE(decode_life(longer, sent_ns));
}

TEST(BeatCodec, EveryCountOfClaimsAndAsksSurvives) {
  for (std::uint8_t claims = 0; claims <= kSeatsMax; claims++)
    for (std::uint8_t asks = 0; asks <= kSeatsMax; asks++) {
      const Bytes bytes = samples::body_of(samples::beat(claims, asks));
      EXPECT_EQ(bytes.size(), 24u + 16u * claims + 24u * asks);
      EXPECT_TRUE(beat_accepted(bytes));
      const Bytes answer = samples::body_of(samples::ack(claims, asks));
      EXPECT_EQ(answer.size(), 24u + 16u * claims + 24u * asks);
      EXPECT_TRUE(ack_accepted(answer));
    }
}

TEST(BeatCodec, FieldsArriveWhereTheyWerePut) {
  Beat beat;
  ASSERT_TRUE(decode_beat(samples::body_of(samples::beat()), beat));
  EXPECT_EQ(beat.sent_ns, 0x0807060504030201u);
  EXPECT_EQ(beat.interval_us, 1000u);
  EXPECT_EQ(beat.timeout_us, 3000u);
  EXPECT_TRUE(beat.stalled);
  EXPECT_FALSE(beat.change_request);
  EXPECT_EQ(beat.serves, 0x85u);
  EXPECT_EQ(beat.claims[2].state, ClaimState::released);
  EXPECT_EQ(beat.claims[2].successor, 502);
  EXPECT_EQ(beat.claims[2].epoch, 902u);
  EXPECT_EQ(beat.asks[1].seat, 6);
  EXPECT_EQ(beat.asks[1].voter_set, 77);
  EXPECT_EQ(beat.asks[1].lease_us, 4001u);
  EXPECT_EQ(beat.asks[1].orders_id, 0xf000000000000001u);
  Ack ack;
  ASSERT_TRUE(decode_ack(samples::body_of(samples::ack()), ack));
  EXPECT_EQ(ack.held_ns, 45678u);
  EXPECT_TRUE(ack.change_done);
  EXPECT_EQ(ack.serves, 0x83u);
  EXPECT_EQ(ack.grants[1].answer, Answer::held);
  EXPECT_EQ(ack.votes[7].answer, Answer::unfit);
  EXPECT_EQ(ack.votes[7].wait_us, 107u);
  EXPECT_EQ(ack.votes[7].lease_us, 4007u);
  EXPECT_EQ(ack.votes[7].epoch, 1007u);
}

TEST(BeatCodec, TruncatedOrLongerAtEveryLengthIsRefused) {
  const auto check = [](Bytes bytes, bool (*is_accepted)(const Bytes&)) {
    for (std::size_t length = 0; length < bytes.size(); length++)
      EXPECT_FALSE(is_accepted(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)))) << length;
    bytes.push_back(0);
    EXPECT_FALSE(is_accepted(bytes));
  };
  check(samples::body_of(samples::beat()), beat_accepted);
  check(samples::body_of(samples::ack()), ack_accepted);
}

TEST(BeatCodec, CountsBeyondTheirBoundsAreRefusedWithoutUse) {
  // A body of the length that a count of 255, or a sum that wraps at 8 or 16 bits, would ask for.
  for (const std::size_t size : {24u, 24u + 16u * 9u, 24u + 255u * 16u, 24u + 255u * 40u, 24u + 65536u})
    for (const unsigned counts : {0x0009u, 0x0900u, 0x00ffu, 0xff00u, 0xffffu}) {
      Bytes beat(size), ack(size);
      beat[17] = ack[21] = static_cast<std::uint8_t>(counts);
      beat[18] = ack[22] = static_cast<std::uint8_t>(counts >> 8);
      EXPECT_FALSE(beat_accepted(beat) || ack_accepted(ack)) << size << " " << counts;
    }
}

TEST(BeatCodec, UnknownStatesFlagsSeatsAndReservedBytesAreRefused) {
  const struct { std::size_t at; std::uint8_t value; } wrong_in_beat[] = {
      {16, 4}, {16, 0x81}, {20, 1}, {21, 1}, {23, 1}, {24, 8}, {24, 255}, {25, 0}, {25, 4}, {72, 8}, {73, 1}};
  for (const auto& [at, value] : wrong_in_beat) {
    Bytes bytes = samples::body_of(samples::beat());
    bytes[at] = value;
    EXPECT_FALSE(beat_accepted(bytes)) << at;
  }
  const struct { std::size_t at; std::uint8_t value; } wrong_in_ack[] = {
      {20, 4}, {24, 8}, {25, 0}, {25, 9}, {26, 1}, {27, 1}, {72, 8}, {73, 9}, {74, 1}, {84, 1}, {87, 1}};
  for (const auto& [at, value] : wrong_in_ack) {
    Bytes bytes = samples::body_of(samples::ack());
    bytes[at] = value;
    EXPECT_FALSE(ack_accepted(bytes)) << at;
  }
}

TEST(BeatCodec, AListNamesASeatOnlyOnce) {
  Bytes beat = samples::body_of(samples::beat());
  beat[24 + 16] = beat[24];
  EXPECT_FALSE(beat_accepted(beat));
  Bytes ack = samples::body_of(samples::ack());
  ack[72 + 24] = ack[72];
  EXPECT_FALSE(ack_accepted(ack));
}

TEST(BeatCodec, EncodingRefusesWhatDoesNotFit) {
  Bytes out(kBodyBytesMax);
  EXPECT_EQ(encode_beat(samples::beat(9, 0), out), 0u);
  EXPECT_EQ(encode_beat(samples::beat(0, 9), out), 0u);
  EXPECT_EQ(encode_ack(samples::ack(9, 0), out), 0u);
  EXPECT_EQ(encode_ack(samples::ack(0, 255), out), 0u);
  const std::size_t size = samples::body_of(samples::beat()).size();
  for (std::size_t room = 0; room < size; room++)
    EXPECT_EQ(encode_beat(samples::beat(), std::span(out).first(room)), 0u);
}

TEST(BeatCodec, EverySingleBitFlipIsRefusedOrMeansSomethingElse) {
  for (const Bytes& good : {samples::body_of(samples::beat()), samples::body_of(samples::ack())})
    for (std::size_t bit = 0; bit < 8 * good.size(); bit++) {
      Bytes bytes = good;
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      beat_accepted(bytes);  // each holds accepted bodies to re-encode to themselves, hence to differ from `good`
      ack_accepted(bytes);
    }
}

TEST(BeatCodec, RandomBodiesNeverReencodeToOtherBytes) {
  std::mt19937 random(20240611);
  unsigned taken = 0;
  for (int i = 0; i < 20000; i++) {
    Bytes bytes = samples::body_of(samples::beat(random() % 9, random() % 9));
    for (unsigned changes = random() % 3; changes > 0; changes--) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    taken += beat_accepted(bytes) ? 1 : 0;
    ack_accepted(bytes);
  }
  EXPECT_GT(taken, 5000u);
}

}  // namespace
}  // namespace heartwire
