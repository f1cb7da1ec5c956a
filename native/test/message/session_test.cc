// How nodes find each other, come to share sessions, and what both JavaScript and the beat thread hear of it.
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

NodeSettings node(std::uint16_t id, std::uint64_t boot = 100) {
  NodeSettings settings;
  settings.node_id = id;
  settings.boot = boot;
  return settings;
}

bool joined(const Node& a, const Node& b, std::size_t links = 2) {
  return a.of(Kind::session_path, b.settings.node_id).size() >= links && b.of(Kind::session_path, a.settings.node_id).size() >= links;
}

TEST(Session, OneAnnouncementBringsTwoNodesTogetherOnAllNetworks) {
  Fleet fleet(1);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  a.engine->announce(std::vector<std::uint8_t>{'h', 'i'});
  fleet.run_for(100 * kMs);
  ASSERT_TRUE(joined(a, b));
  ASSERT_EQ(a.of(Kind::session_up).size(), 1u);
  EXPECT_EQ(a.of(Kind::session_up)[0].boot, 200u);
  ASSERT_EQ(b.of(Kind::announce).size(), 1u) << "once, though it came over two networks";
  EXPECT_EQ(b.of(Kind::announce)[0].payload, (std::vector<std::uint8_t>{'h', 'i'}));
  const std::vector<MessageNotice>& order = b.notices;
  EXPECT_EQ(order[0].kind, Kind::session_up);
  EXPECT_EQ(order[1].kind, Kind::session_path);
  EXPECT_EQ(order[2].kind, Kind::announce);
  EXPECT_TRUE(a.of(Kind::announce).empty());
}

TEST(Session, TheBeatThreadGetsSessionAndAddresses) {
  Fleet fleet(2);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  a.takes_handovers = false;  // its ring is full
  fleet.announce_all("x");
  fleet.run_for(50 * kMs);
  EXPECT_TRUE(a.handovers.empty());
  EXPECT_GT(a.count(MessageCounter::handovers_retried), 0u);
  a.takes_handovers = true;
  fleet.run_for(50 * kMs);
  ASSERT_EQ(a.sessions.size(), 1u);
  EXPECT_EQ(a.sessions[0]->peer_id, 2);
  EXPECT_EQ(a.sessions[0]->peer_boot, 200u);
  ASSERT_NE(a.handovers[0].session, nullptr);
  std::set<std::uint8_t> links;
  for (const SessionHandover& handover : a.handovers) {
    if (!handover.path) continue;
    links.insert(handover.link_id);
    EXPECT_EQ(handover.beat_address, b.address(handover.link_id, kBeatPort));
  }
  EXPECT_EQ(links.size(), 2u);
}

TEST(Session, LostHandshakeFramesAreMadeUpFor) {
  for (std::uint64_t seed = 1; seed <= 50; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Fleet fleet(seed);
    fleet.loss = 0.2;
    Node& a = fleet.add(node(1));
    Node& b = fleet.add(node(2, 200));
    fleet.announce_all("x");
    ASSERT_TRUE(fleet.run_until([&] { return joined(a, b); }, 60'000 * kMs));
  }
}

TEST(Session, ALostConfirmationIsAskedFor) {
  Fleet fleet(3, 1);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  int lost = 0;
  fleet.lose = [&lost](const Node&, std::uint8_t, const FrameHeader& header) { return header.type == FrameType::hello_confirm && lost++ == 0; };
  a.engine->announce(std::vector<std::uint8_t>{1});  // b greets a; its confirmation gets lost
  fleet.run_for(100 * kMs);
  EXPECT_EQ(b.of(Kind::session_up).size(), 1u);
  EXPECT_TRUE(a.of(Kind::session_up).empty());
  fleet.run_for(400 * kMs);
  EXPECT_TRUE(joined(a, b, 1));
}

TEST(Session, ANetworkThatWasDeadAtFirstIsFoundLater) {
  Fleet fleet(4);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  bool dead = true;
  fleet.lose = [&dead](const Node&, std::uint8_t link_id, const FrameHeader&) { return dead && link_id == 1; };
  fleet.announce_all("x");
  fleet.run_for(10'000 * kMs);
  EXPECT_TRUE(joined(a, b, 1));
  EXPECT_FALSE(joined(a, b, 2));
  dead = false;
  fleet.run_for(30'000 * kMs);
  EXPECT_TRUE(joined(a, b, 2));
  EXPECT_EQ(a.of(Kind::announce).size(), 1u) << "presence is not told to JavaScript";
  const std::uint64_t announced = a.count(MessageCounter::announces_sent);
  fleet.run_for(100'000 * kMs);
  EXPECT_EQ(a.count(MessageCounter::announces_sent), announced) << "nobody is missing any more";
}

TEST(Session, AReopenedLinkIsAnnouncedAtOnce) {
  Fleet fleet(5);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  bool dead = true;
  fleet.lose = [&dead](const Node&, std::uint8_t link_id, const FrameHeader&) { return dead && link_id == 1; };
  fleet.announce_all("x");
  fleet.run_for(100'000 * kMs);
  dead = false;
  a.engine->link_opened(1, fleet.now_ns);
  fleet.run_for(50 * kMs);
  EXPECT_TRUE(joined(a, b, 2));
}

TEST(Session, BridgedNodesAreContactedByAddress) {
  Fleet fleet(6);
  fleet.lose = [](const Node&, std::uint8_t, const FrameHeader& header) { return header.type == FrameType::announce; };
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  a.engine->contact(b.address(0, kMessagePort), 0, fleet.now_ns);
  fleet.run_for(50 * kMs);
  EXPECT_TRUE(joined(a, b, 1));
  EXPECT_EQ(a.count(MessageCounter::hellos_sent), 1u);
}

TEST(Session, AnOldAnnouncementIsNotTold) {
  Fleet fleet(7);
  Node& b = fleet.add(node(2, 200));
  std::vector<Crossing> recorded;
  fleet.record = &recorded;
  Node* a = &fleet.add(node(1, 100));
  a->engine->announce(std::vector<std::uint8_t>{1});
  fleet.run_for(kMs / 2);
  const std::vector<Crossing> old = recorded;
  fleet.run_for(50 * kMs);
  fleet.remove(*a);
  a = &fleet.add(node(1, 101));
  a->engine->announce(std::vector<std::uint8_t>{2});
  fleet.run_for(5'000 * kMs);
  ASSERT_EQ(b.of(Kind::announce).size(), 2u);
  const std::size_t notices = b.notices.size();
  for (const Crossing& crossing : old) fleet.replay(crossing);          // of the former start
  for (const Crossing& crossing : recorded) fleet.replay(crossing);     // of both
  fleet.run_for(10'000 * kMs);
  for (std::size_t i = notices; i < b.notices.size(); i++) EXPECT_NE(b.notices[i].kind, Kind::announce);
  EXPECT_EQ(b.of(Kind::session_up).size(), 2u);
}

TEST(Session, TwoIncarnationsAndABootThatWentBackAreReported) {
  Fleet fleet(8);
  Node& a = fleet.add(node(1));
  Node& b = fleet.add(node(2, 200));
  fleet.announce_all("x");
  fleet.run_for(100 * kMs);
  NodeSettings twin = node(2, 200);
  twin.place = 9;
  Node& c = fleet.add(twin);
  c.engine->announce(std::vector<std::uint8_t>{1});
  fleet.run_for(100 * kMs);
  ASSERT_FALSE(a.of(Kind::duplicate).empty());
  EXPECT_EQ(a.of(Kind::duplicate)[0].node, 2);
  EXPECT_FALSE(b.of(Kind::duplicate).empty()) << "the other one with this id hears of it, too";
  EXPECT_EQ(a.of(Kind::session_up).size(), 1u);
  EXPECT_EQ(a.of(Kind::announce).size(), 1u) << "what the other incarnation says is not told as the first one's";
  fleet.remove(b);
  fleet.remove(c);
  Node& older = fleet.add(node(2, 150));
  older.engine->announce(std::vector<std::uint8_t>{1});
  fleet.run_for(100 * kMs);
  ASSERT_FALSE(a.of(Kind::boot_went_back).empty());
  EXPECT_EQ(a.of(Kind::boot_went_back)[0].boot, 150u);
  EXPECT_EQ(a.of(Kind::session_up).size(), 1u);
}

TEST(Session, ManyNodesAllMeet) {
  Fleet fleet(9);
  fleet.loss = 0.05;
  for (std::uint16_t id = 1; id <= 12; id++) fleet.add(node(id));
  for (int round = 0; round < 5; round++) {
    fleet.announce_all("x");
    fleet.run_for(1'000 * kMs);
  }
  for (const auto& each : fleet.nodes) {
    EXPECT_EQ(each->of(Kind::session_up).size(), 11u);
    EXPECT_EQ(each->of(Kind::session_path).size(), 22u);
  }
}

}  // namespace
}  // namespace heartwire::fleet
