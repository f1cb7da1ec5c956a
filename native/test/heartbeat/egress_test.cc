// What stands in an owner's egress queue ends its lease earlier, and delays what frees the promises.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

void fill_egress(World& world, std::uint16_t id, std::uint64_t drain_ns) {
  EngineCommand command;
  command.kind = CommandKind::set_egress;
  command.egress = {0, drain_ns};
  world.node(id).command(command);
}

TEST(EngineEgress, ALeaseEndsByWhatStandsInTheEgressQueueEarlier) {
  World world(3, {.lease_us = 20'000});
  world.elect_first();
  fill_egress(world, 1, 6 * kMs);
  world.run(20 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
  world.silence(1, true);
  world.run(60 * kMs);
  const EngineEvent* lapsed = world.node(1).last(EventKind::seat_lapsed);
  const EngineEvent* acquired = world.node(2).last(EventKind::seat_acquired);
  ASSERT_NE(lapsed, nullptr);
  ASSERT_NE(acquired, nullptr);
  EXPECT_GE(acquired->at_ns, lapsed->at_ns + 6 * kMs);
}

TEST(EngineEgress, AnEgressQueueNeverTakesAllOfALease) {
  World world(3, {.lease_us = 20'000});
  world.elect_first();
  fill_egress(world, 1, 1000 * kMs);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
}

// Deaf owners are replaced when their voters hear `lapsed`: not before what was sent before has left.
TEST(EngineEgress, ALapsedOwnerSaysSoWhenItsEgressQueueIsEmpty) {
  World world(3, {.lease_us = 20'000});
  world.elect_first();
  fill_egress(world, 1, 8 * kMs);
  for (const std::uint16_t other : {2, 3}) {
    for (const std::uint8_t link : {0, 1}) world.cut(other, 1, link, true);
  }
  world.run(200 * kMs);
  const EngineEvent* lapsed = world.node(1).last(EventKind::seat_lapsed);
  ASSERT_NE(lapsed, nullptr);
  const EngineEvent* acquired = world.node(2).last(EventKind::seat_acquired);
  ASSERT_NE(acquired, nullptr);
  EXPECT_GE(acquired->at_ns, lapsed->at_ns + 8 * kMs);
  EXPECT_FALSE(world.two_owners_seen);
}

// Deaf for a moment, with more in its queue than any lease covers: it says `lapsed` at once, and is granted its seat anew.
TEST(EngineEgress, ALapsedOwnerWhoseQueueNoLeaseCoversKeepsItsSeat) {
  World world(3, {.lease_us = 20'000});
  world.elect_first();
  fill_egress(world, 1, 1000 * kMs);
  const auto deafen = [&](bool deaf) {
    for (const std::uint16_t other : {2, 3}) {
      for (const std::uint8_t link : {0, 1}) world.cut(other, 1, link, deaf);
    }
  };
  deafen(true);
  for (int ms = 0; ms < 40 && world.node(1).count(EventKind::seat_lapsed) == 0; ++ms) world.run(kMs);
  ASSERT_EQ(world.node(1).count(EventKind::seat_lapsed), 1u);
  deafen(false);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_regained), 1u);
  EXPECT_EQ(world.node(2).count(EventKind::seat_acquired), 0u);
}

}  // namespace
}  // namespace heartwire::test
