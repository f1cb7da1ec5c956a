// X4: two nodes that hear each other on no network, and both hear a third.
#include <gtest/gtest.h>

#include "core/lease/register.h"
#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

constexpr Timing kRelaying{.relays = true};

// All beat and watch all.
void watch_all(World& world, std::uint16_t nodes) {
  EngineCommand command;
  command.kind = CommandKind::set_peer;
  for (std::uint16_t id = 1; id <= nodes; ++id) {
    for (std::uint16_t peer = 1; peer <= nodes; ++peer) {
      command.peer = {peer, true, true, 0, 0};
      if (peer != id) world.node(id).command(command);
    }
  }
}

void begin(World& world, std::uint16_t nodes) {
  watch_all(world, nodes);
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(10 * kMs);
  world.order((1 << 16) + 1, 1, {2, 3});
  world.run(20 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
}

void cut_both(World& world, std::uint16_t from, std::uint16_t to, bool is_cut) {
  for (std::uint8_t link = 0; link < 2; ++link) world.cut(from, to, link, is_cut);
}

std::uint64_t via(World& world, std::uint16_t node, std::uint16_t of) {
  for (const PagePeer& peer : world.node(node).page->peers) {
    if (peer.node_id.get() == of) return peer.via.get();
  }
  return 0;
}

std::uint64_t relayed(World& world, std::uint16_t node) {
  return world.node(node).page->links[0].relayed.get() + world.node(node).page->links[1].relayed.get();
}

void expect_nothing_happened(World& world) {
  for (std::uint16_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(world.node(id).count(EventKind::node_down), 0u) << id;
    EXPECT_EQ(world.node(id).count(EventKind::seat_lapsed), 0u) << id;
  }
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Relay, WhoHearsItsPeersAsksNobody) {
  World world(3, kRelaying);
  begin(world, 3);
  world.run(100 * kMs);
  for (std::uint16_t id = 1; id <= 3; ++id) EXPECT_EQ(relayed(world, id), 0u);
}

TEST(Relay, TwoThatHearEachOtherOnNoNetworkLiveThroughTheThird) {
  World world(3, kRelaying);
  begin(world, 3);
  cut_both(world, 1, 2, true);
  cut_both(world, 2, 1, true);
  world.run(200 * kMs);
  expect_nothing_happened(world);
  EXPECT_EQ(via(world, 1, 2), 3u);
  EXPECT_EQ(via(world, 2, 1), 3u);
  EXPECT_EQ(via(world, 1, 3), 0u);
  EXPECT_GT(relayed(world, 3), 0u);
  cut_both(world, 1, 2, false);
  cut_both(world, 2, 1, false);
  world.run(20 * kMs);
  const std::uint64_t healed = relayed(world, 3);
  world.run(50 * kMs);
  EXPECT_EQ(via(world, 1, 2), 0u);
  EXPECT_EQ(relayed(world, 3), healed);
}

TEST(Relay, OneDirectionIsEnoughToNeedIt) {
  World world(3, kRelaying);
  begin(world, 3);
  cut_both(world, 1, 2, true);
  world.run(100 * kMs);
  expect_nothing_happened(world);
  EXPECT_EQ(via(world, 2, 1), 3u);
}

TEST(Relay, DifferentNetworksOnEitherSideOfTheThird) {
  World world(3, kRelaying);
  begin(world, 3);
  cut_both(world, 1, 2, true);
  cut_both(world, 2, 1, true);
  world.cut(1, 3, 0, true);
  world.cut(3, 1, 0, true);
  world.cut(2, 3, 1, true);
  world.cut(3, 2, 1, true);
  world.run(100 * kMs);
  expect_nothing_happened(world);
}

// Votes: the owner keeps its seat by the grant that came through node 3 alone, when the other voters are gone.
TEST(Relay, AVoteThroughTheThirdCounts) {
  World world(5, kRelaying);
  begin(world, 5);
  cut_both(world, 1, 2, true);
  cut_both(world, 2, 1, true);
  world.run(20 * kMs);
  world.die(4);
  world.die(5);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
}

TEST(Relay, WhenTheThirdIsSilentTooNobodyOwnsTwice) {
  World world(3, kRelaying);
  begin(world, 3);
  cut_both(world, 1, 2, true);
  cut_both(world, 2, 1, true);
  world.run(50 * kMs);
  world.silence(3, true);
  world.run(50 * kMs);
  EXPECT_TRUE(world.holders().empty());  // no majority anywhere
  EXPECT_EQ(via(world, 1, 2), 0u);
  EXPECT_EQ(world.node(1).last(EventKind::node_down)->flag, 0);
  EXPECT_FALSE(world.two_owners_seen);
}

// The dead do not live on through others.
TEST(Relay, ADeadNodeIsDown) {
  World world(3, kRelaying);
  begin(world, 3);
  world.silence(1, true);
  world.run(20 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(world.node(3).last(EventKind::node_down)->node, 1);
  EXPECT_FALSE(world.two_owners_seen);
}

}  // namespace
}  // namespace heartwire::test
