// Keys: wrong ones are counted and told, rotation loses nothing and repeats no nonce, plain text works where asked for;
// and frames from anybody move nothing.
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

NodeSettings node(std::uint16_t id, std::shared_ptr<KeyRing> keys = ring({1})) {
  NodeSettings settings;
  settings.node_id = id;
  settings.keys = std::move(keys);
  return settings;
}

std::vector<std::uint64_t> ids(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t id = first; id <= last; id++) all.push_back(id);
  return all;
}

TEST(SessionKeys, PlainWorks) {
  Fleet fleet(1);
  NodeSettings one = node(1, nullptr), two = node(2, nullptr);
  one.plain = two.plain = true;
  Node& a = fleet.add(one);
  Node& b = fleet.add(two);
  fleet.announce_all("x");
  fleet.run_for(50 * kMs);
  for (int i = 0; i < 20; i++) a.say(2, 3000);
  fleet.run_for(50 * kMs);
  EXPECT_EQ(b.received_ids(1), ids(1, 20));
}

TEST(SessionKeys, AWrongKeyIsToldOnceInTenSeconds) {
  Fleet fleet(2);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, ring({1}, 9)));
  for (int round = 0; round < 24; round++) {
    fleet.announce_all("x");
    fleet.run_for(1'000 * kMs);
  }
  for (const Node* each : {&a, &b}) {
    EXPECT_TRUE(each->of(Kind::session_up).empty());
    ASSERT_EQ(each->of(Kind::bad_key).size(), 3u);
    EXPECT_EQ(each->of(Kind::bad_key)[0].node, 3 - each->settings.node_id);
    EXPECT_EQ(each->of(Kind::bad_key)[0].id, 1u);
    EXPECT_EQ(each->of(Kind::bad_key)[1].id, 20u) << "all since the last notice";
    EXPECT_EQ(each->count(Reject::tag), 48u);
    EXPECT_EQ(each->count(MessageCounter::hellos_sent), 0u);
  }
}

TEST(SessionKeys, AnotherClusterIsCountedInSilence) {
  Fleet fleet(3);
  Node& a = fleet.add(node(1));
  NodeSettings other = node(2);
  other.cluster_id = 78;
  fleet.add(other);
  fleet.announce_all("x");
  fleet.run_for(1'000 * kMs);
  EXPECT_EQ(a.count(Reject::cluster), 2u);
  EXPECT_TRUE(a.notices.empty());
  EXPECT_EQ(a.count(MessageCounter::hellos_sent), 0u);
}

TEST(SessionKeys, RotationLosesNothingAndRepeatsNoNonce) {
  Fleet fleet(4);
  fleet.loss = 0.1;
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2));
  fleet.announce_all("x");
  ASSERT_TRUE(fleet.run_until([&] { return !a.of(Kind::session_up).empty() && !b.of(Kind::session_up).empty(); }, 20'000 * kMs));
  const auto talk = [&] {
    for (int i = 0; i < 50; i++) {
      a.say(2, 100);
      b.say(1, 4000);
      fleet.run_for(kMs);
    }
  };
  talk();
  // The order that a running cluster takes: known everywhere, then used, then the old one dropped.
  for (const std::vector<std::uint8_t>& keys : {std::vector<std::uint8_t>{1, 2}, {2, 1}, {2}}) {
    a.engine->set_keys(ring(keys));
    talk();
    b.engine->set_keys(ring(keys));
    talk();
  }
  fleet.run_for(2'000 * kMs);
  EXPECT_EQ(b.received_ids(1), ids(1, 350));
  EXPECT_EQ(a.received_ids(2), ids(1, 350));
  EXPECT_EQ(a.of(Kind::session_up).size(), 1u);
  EXPECT_EQ(a.sessions.size(), 4u) << "the beat thread got each new session";
  EXPECT_EQ(a.sessions.back()->send_key_id, 2);
}

TEST(SessionKeys, RecordedFramesAreNotBelievedAgain) {
  Fleet fleet(5);
  std::vector<Crossing> recorded;
  fleet.record = &recorded;
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2));
  fleet.announce_all("x");
  fleet.run_for(50 * kMs);
  for (int i = 0; i < 10; i++) a.say(2, 2000);
  fleet.run_for(50 * kMs);
  ASSERT_EQ(b.received_ids(1), ids(1, 10));
  fleet.record = nullptr;
  const auto believed = [&b] { return b.count(MessageCounter::fragments_accepted) + b.count(MessageCounter::fragments_duplicate) + b.count(MessageCounter::fragments_refused); };
  const std::uint64_t before = believed();
  b.engine->forget(1);  // even of a node whose session is built again
  for (int round = 0; round < 3; round++) {
    for (const Crossing& crossing : recorded) fleet.replay(crossing);
    fleet.run_for(3'000 * kMs);
  }
  EXPECT_EQ(b.received_ids(1), ids(1, 10));
  EXPECT_EQ(a.of(Kind::delivered).size(), 10u);
  EXPECT_EQ(believed(), before) << "not even as duplicates";
  a.say(2, 10);
  fleet.announce_all("y");
  fleet.run_for(1'000 * kMs);
  EXPECT_EQ(b.received_ids(1).back(), 11u);
}

TEST(SessionKeys, RecordedAnnouncementsFromInventedAddressesGetFewGreetings) {
  Fleet fleet(7);
  Node& a = fleet.add(node(1));
  fleet.add(node(2));
  std::vector<Crossing> recorded;
  fleet.record = &recorded;
  fleet.announce_all("x");
  fleet.run_for(2'000 * kMs);
  fleet.record = nullptr;
  const std::uint64_t greeted = a.count(MessageCounter::hellos_sent);
  for (std::uint32_t invented = 0; invented < 10'000; invented++) {
    Crossing crossing = recorded[invented % 2 == 0 ? 2 : 3];  // of node 2
    crossing.from.bytes[2] = static_cast<std::uint8_t>(1 + invented / 250);
    crossing.from.bytes[3] = static_cast<std::uint8_t>(1 + invented % 250);
    a.engine->receive(crossing.link_id, true, crossing.frame, crossing.from, fleet.now_ns);
  }
  fleet.run_for(10'000 * kMs);
  // The first of each network was heard before there was anybody to note it with, and counts as fresh once.
  EXPECT_LE(a.count(MessageCounter::hellos_sent) - greeted, HelloSchedule::kEntriesMax / 2 + 2 * HelloSchedule::kTries);
  EXPECT_EQ(a.count(Reject::none) + a.count(Reject::tag), 0u);
  Node& c = fleet.add(node(3));
  c.engine->announce(std::vector<std::uint8_t>{1});
  fleet.run_for(50 * kMs);
  EXPECT_EQ(a.of(Kind::session_up, 3).size(), 1u);
}

TEST(SessionKeys, AStrangersFramesGetFewGreetings) {
  Fleet fleet(6);
  Node& a = fleet.add(node(1));
  FrameHeader header;
  header.type = FrameType::fragments;
  header.cluster_id = 77;
  header.receiver_id = 1;
  header.receiver_boot = 100;
  header.body_length = 24;
  for (std::uint32_t claimed = 2; claimed < 10'000; claimed++) {
    header.sender_id = static_cast<std::uint16_t>(claimed);
    std::vector<std::uint8_t> frame(frame_bytes(header));
    encode_header(header, frame);
    LinkAddress source = a.address(0, kMessagePort);
    source.bytes[3] = 200;
    a.engine->receive(0, false, frame, source, fleet.now_ns);
  }
  fleet.run_for(kMs);
  EXPECT_EQ(a.count(MessageCounter::hellos_sent), HelloSchedule::kEntriesMax / 2);
  EXPECT_EQ(a.count(Reject::sender), 9'998u);
  fleet.run_for(10'000 * kMs);
  EXPECT_EQ(a.count(MessageCounter::hellos_sent), HelloSchedule::kEntriesMax / 2) << "one each";
  Node& b = fleet.add(node(2));
  b.engine->announce(std::vector<std::uint8_t>{1});
  fleet.run_for(50 * kMs);
  EXPECT_EQ(a.of(Kind::session_up).size(), 1u);
}

}  // namespace
}  // namespace heartwire::fleet
