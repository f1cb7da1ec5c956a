// Who asks for a seat without carrier on the network of its addresses (safety.md, 'Fit to serve'): nobody by standing orders, so
// that one that can serve comes next; but management goes on where a whole network is dead, and other networks carry it.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

void carrier(World& world, std::uint16_t node, bool has_carrier) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  command.link = {0, true, has_carrier, 0, 0, 255};
  world.node(node).command(command);
}

// Its addresses are on network 0.
void bind(World& world) {
  for (std::uint16_t node = 1; node <= 3; ++node) {
    EngineCommand command;
    command.kind = CommandKind::set_seat;
    command.seat = {0, true, world.timing.lease_us, 0, 100};
    world.node(node).command(command);
  }
}

void elect_first(World& world, const Ids& successors = {2, 3}) {
  bind(world);
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(5 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  world.order((1 << 16) + 1, 1, successors);
  world.run(20 * kMs);
}

TEST(Fitness, ASuccessorWithoutCarrierLeavesTheSeatToTheNextOne) {
  World world(3);
  elect_first(world);
  carrier(world, 2, false);
  world.silence(1, true);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{3});
  EXPECT_FALSE(world.two_owners_seen);
}

// A switch dies: the owner hands over to the last node that seems to have carrier, and that loses its own.
TEST(Fitness, ElectedWithoutCarrierItTakesASeatThatNobodyCouldServe) {
  World world(3);
  elect_first(world);
  for (std::uint16_t node = 1; node <= 3; ++node) carrier(world, node, false);
  world.release(1, 2);
  world.run(50 * kMs);
  EXPECT_TRUE(world.holders().empty());
  world.order((1 << 16) + 2, 3, {1});
  world.stand(1);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Fitness, WithAWitnessItTakesNothingThatTheOtherNodeMayServe) {
  World world(3, Timing{.witness = 3});
  elect_first(world, {2});
  for (std::uint16_t node = 1; node <= 2; ++node) carrier(world, node, false);
  world.release(1, 2);
  world.run(50 * kMs);
  world.order((1 << 16) + 2, 3, {1});
  world.stand(1);
  world.run(200 * kMs);
  EXPECT_TRUE(world.holders().empty());
}

}  // namespace
}  // namespace heartwire::test
