// X4: messages between two nodes that hear each other on no network, and both hear a third.
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

struct Trio {
  explicit Trio(std::uint64_t seed) : fleet(seed) {
    for (std::uint16_t id = 1; id <= 3; id++) {
      NodeSettings settings;
      settings.node_id = id;
      settings.relays = true;
      nodes.push_back(&fleet.add(settings));
    }
    fleet.announce_all("x");
    fleet.run_for(200 * kMs);
  }
  // What is on its way between 1 and 2, whoever carries it, is known by its header: the cut is one of places.
  void cut(bool one_way = false) {
    fleet.lose_between = [one_way](std::uint8_t from, std::uint8_t to) { return (from == 1 && to == 2) || (!one_way && from == 2 && to == 1); };
  }
  Fleet fleet;
  std::vector<Node*> nodes;
};

TEST(MessageRelay, WhoHearsItsPeersAsksNobody) {
  Trio trio(1);
  for (int i = 0; i < 50; i++) trio.nodes[0]->say(2, 5'000);
  trio.fleet.run_for(2'000 * kMs);
  EXPECT_EQ(trio.nodes[1]->received_ids(1).size(), 50u);
  EXPECT_EQ(trio.nodes[2]->count(MessageCounter::frames_relayed), 0u);
}

TEST(MessageRelay, TheyGoThroughTheThirdOnceAndInOrder) {
  for (const bool one_way : {false, true}) {
    Trio trio(2);
    trio.cut(one_way);
    for (int i = 0; i < 50; i++) {
      trio.nodes[0]->say(2, i % 10 == 0 ? 20'000 : 200);
      trio.nodes[1]->say(1, 200);
    }
    ASSERT_TRUE(trio.fleet.run_until([&] { return trio.nodes[0]->of(Kind::delivered).size() == 50 && trio.nodes[1]->of(Kind::delivered).size() == 50; },
                                     20'000 * kMs)) << one_way;
    EXPECT_EQ(trio.nodes[1]->received_ids(1).size(), 50u);
    EXPECT_EQ(trio.nodes[0]->received_ids(2).size(), 50u);
    EXPECT_TRUE(trio.nodes[0]->of(Kind::undeliverable).empty());
    EXPECT_GT(trio.nodes[2]->count(MessageCounter::frames_relayed), 0u);
  }
}

TEST(MessageRelay, AfterTheCutNobodyIsAskedAnyMore) {
  Trio trio(3);
  trio.cut();
  trio.nodes[0]->say(2, 200);
  ASSERT_TRUE(trio.fleet.run_until([&] { return trio.nodes[0]->of(Kind::delivered).size() == 1; }, 5'000 * kMs));
  trio.fleet.lose_between = nullptr;
  trio.nodes[0]->say(2, 200);
  trio.fleet.run_for(1'000 * kMs);
  const std::uint64_t before = trio.nodes[2]->count(MessageCounter::frames_relayed);
  for (int i = 0; i < 20; i++) trio.nodes[0]->say(2, 200);
  trio.fleet.run_for(1'000 * kMs);
  EXPECT_EQ(trio.nodes[1]->received_ids(1).size(), 22u);
  EXPECT_EQ(trio.nodes[2]->count(MessageCounter::frames_relayed), before);
}

TEST(MessageRelay, WithoutTheThirdTheyAreUndeliverable) {
  Trio trio(4);
  trio.fleet.lose_between = [](std::uint8_t from, std::uint8_t) { return from == 1; };
  trio.nodes[0]->say(2, 200);
  EXPECT_TRUE(trio.fleet.run_until([&] { return trio.nodes[0]->of(Kind::undeliverable).size() == 1; }, 60'000 * kMs));
  EXPECT_TRUE(trio.nodes[1]->received_ids(1).empty());
}

// Whoever is no member, or not where it lives, has nothing passed on.
TEST(MessageRelay, OnlyFromAProvenAddressBetweenKnownStarts) {
  Trio trio(5);
  std::vector<Crossing> heard;
  trio.cut();
  trio.fleet.record = &heard;
  trio.nodes[0]->say(2, 200);
  ASSERT_TRUE(trio.fleet.run_until([&] { return trio.nodes[0]->of(Kind::delivered).size() == 1; }, 5'000 * kMs));
  trio.fleet.record = nullptr;
  const std::uint64_t passed = trio.nodes[2]->count(MessageCounter::frames_relayed);
  const std::uint64_t received = trio.nodes[1]->received_ids(1).size();
  for (Crossing crossing : heard) {
    trio.fleet.replay(crossing);  // recorded: passed on, and refused where it is for
    crossing.from.bytes[3] = 99;  // from elsewhere
    trio.fleet.replay(crossing);
    if (crossing.frame.size() > 32) crossing.frame[24] ^= 1;  // of another start
    trio.fleet.replay(crossing);
  }
  trio.fleet.run_for(100 * kMs);
  EXPECT_LE(trio.nodes[2]->count(MessageCounter::frames_relayed), passed + heard.size());
  EXPECT_GT(trio.nodes[2]->count(MessageCounter::relays_refused), 0u);
  EXPECT_EQ(trio.nodes[1]->received_ids(1).size(), received);
}

}  // namespace
}  // namespace heartwire::fleet
