// The ring: what it refuses and says, what it finds, and that sessions built from it understand each other
// while keys rotate.
#include <gtest/gtest.h>

#include "test/wire/samples.h"

namespace heartwire {
namespace {

using samples::Bytes;

std::string complaint(std::vector<std::pair<std::uint8_t, std::size_t>> ids_and_sizes) {
  std::vector<Bytes> keys;
  std::vector<KeyRing::Entry> entries;
  for (const auto& [id, size] : ids_and_sizes) keys.push_back(samples::counting(size, id));
  for (std::size_t i = 0; i < keys.size(); i++) entries.push_back({ids_and_sizes[i].first, keys[i]});
  std::string why;
  const bool built = KeyRing::build(entries, why) != nullptr;
  EXPECT_EQ(built, why.empty());
  return why;
}

TEST(KeyRing, RefusesAndSaysWhy) {
  EXPECT_EQ(complaint({{1, 32}}), "");
  EXPECT_EQ(complaint({{255, 64}, {1, 48}}), "");
  EXPECT_EQ(complaint({}), "a key ring has 1 to 8 keys");
  EXPECT_EQ(complaint({{1, 32}, {2, 32}, {3, 32}, {4, 32}, {5, 32}, {6, 32}, {7, 32}, {8, 32}}), "");
  EXPECT_EQ(complaint({{1, 32}, {2, 32}, {3, 32}, {4, 32}, {5, 32}, {6, 32}, {7, 32}, {8, 32}, {9, 32}}), "a key ring has 1 to 8 keys");
  EXPECT_EQ(complaint({{0, 32}}), "key id 0 is reserved; use 1 to 255");
  EXPECT_EQ(complaint({{1, 32}, {2, 31}}), "key 2 has 31 bytes; it needs 32 to 64");
  EXPECT_EQ(complaint({{1, 65}}), "key 1 has 65 bytes; it needs 32 to 64");
  EXPECT_EQ(complaint({{1, 32}, {2, 32}, {1, 32}}), "key id 1 is given twice");
}

TEST(KeyRing, FindsByIdAndSendsWithTheFirst) {
  const auto ring = samples::ring({9, 4});
  EXPECT_EQ(ring->send_key_id(), 9);
  EXPECT_EQ(Bytes(ring->ids().begin(), ring->ids().end()), (Bytes{9, 4}));
  const auto key = ring->find(4);
  EXPECT_EQ(Bytes(key.begin(), key.end()), samples::counting(32, 5));
  EXPECT_TRUE(ring->find(0).empty());
  EXPECT_TRUE(ring->find(5).empty());
}

// Seals at one session and opens at the other; the receiver takes what the frame's key id names.
bool passes(PeerSession& from, PeerSession& to, std::uint8_t link_id) {
  FrameHeader header = samples::header();
  header.key_id = from.send_key_id;
  Bytes frame = samples::frame_of(header, samples::body_of(samples::beat()));
  if (!from.paths[link_id].send || from.paths[link_id].send->seal(frame, header, false) == 0) return false;
  Sealer* const receive = receive_sealer(to.paths[link_id], header.key_id);
  return receive && receive->open(frame, header, false);
}

TEST(Session, BothDirectionsOfEachPathAndNoOther) {
  const auto ring = samples::ring();
  const auto one = build_session(ring.get(), KeyRole::beat_1, samples::parties(1, 2), 0b101);
  const auto other = build_session(ring.get(), KeyRole::beat_1, samples::parties(2, 1), 0b101);
  const auto message = build_session(ring.get(), KeyRole::message, samples::parties(2, 1), 0b101);
  EXPECT_EQ(one->peer_id, 2);
  EXPECT_EQ(one->peer_boot, 1002u);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    const bool exists = link_id == 0 || link_id == 2;
    EXPECT_EQ(passes(*one, *other, link_id), exists);
    EXPECT_EQ(passes(*other, *one, link_id), exists);
    EXPECT_FALSE(passes(*one, *one, link_id));
    EXPECT_FALSE(passes(*one, *message, link_id));
  }
}

TEST(Session, ARotationInThreeStepsNeverLosesTheOther) {
  const std::vector<std::vector<std::uint8_t>> steps = {{1}, {1, 2}, {2, 1}, {2}};
  for (std::size_t step = 0; step + 1 < steps.size(); step++) {
    const auto before = samples::ring(steps[step]), after = samples::ring(steps[step + 1]);
    const auto one = build_session(before.get(), KeyRole::beat_1, samples::parties(1, 2), 1);
    const auto other = build_session(after.get(), KeyRole::beat_1, samples::parties(2, 1), 1);
    EXPECT_TRUE(passes(*one, *other, 0)) << step;
    EXPECT_TRUE(passes(*other, *one, 0)) << step;
  }
}

TEST(Session, PlainMeetsPlainOnly) {
  const auto one = build_session(nullptr, KeyRole::beat_1, samples::parties(1, 2), 1);
  const auto other = build_session(nullptr, KeyRole::beat_1, samples::parties(2, 1), 1);
  const auto keyed = build_session(samples::ring().get(), KeyRole::beat_1, samples::parties(2, 1), 1);
  EXPECT_TRUE(passes(*one, *other, 0));
  EXPECT_FALSE(passes(*one, *keyed, 0));
  EXPECT_FALSE(passes(*keyed, *one, 0));
}

TEST(Session, AnotherStartOfEitherEndIsAnotherSession) {
  const auto ring = samples::ring();
  const auto one = build_session(ring.get(), KeyRole::beat_1, samples::parties(1, 2), 1);
  SessionParties restarted = samples::parties(2, 1);
  restarted.self.boot++;
  EXPECT_FALSE(passes(*one, *build_session(ring.get(), KeyRole::beat_1, restarted, 1), 0));
  SessionParties resalted = samples::parties(2, 1);
  resalted.peer.salt[3] ^= 1;
  EXPECT_FALSE(passes(*one, *build_session(ring.get(), KeyRole::beat_1, resalted, 1), 0));
}

}  // namespace
}  // namespace heartwire
