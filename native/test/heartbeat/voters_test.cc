// The voters change while somebody owns: one at a time, at each node when it hears of it, and no lease ends for it
// (safety.md, 'Words', 'Leases' 1).
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

void set_voters(World& world, std::uint16_t node, std::uint16_t number, const Ids& ids) {
  EngineCommand command;
  command.kind = CommandKind::set_voters;
  command.voters = SetVoters{};
  command.voters.set_number = number;
  command.voters.count = static_cast<std::uint8_t>(ids.size());
  command.voters.quorum = static_cast<std::uint8_t>(ids.size() / 2 + 1);
  std::copy(ids.begin(), ids.end(), command.voters.ids);
  world.node(node).command(command);
}

TEST(Voters, NoLeaseEndsWhileTheyChangeAndTheSuccessorStillTakesOver) {
  World world(4);
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(20 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  std::uint16_t number = 1;
  for (const Ids& ids : {Ids{4, 3, 1}, Ids{3, 2, 1, 4}, Ids{2, 1, 3}, Ids{4, 1, 2, 3}}) {
    ++number;
    for (const std::uint16_t node : {3, 1, 4, 2}) {  // not all at once
      set_voters(world, node, number, ids);
      world.run(1 * kMs);
    }
    world.run(10 * kMs);
    EXPECT_EQ(world.holders(), Ids{1});
  }
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
  world.order((1 << 16) + 1, 1, {2, 3});
  world.run(5 * kMs);
  world.silence(1, true);
  world.run(20 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Voters, WhoHasAnotherSetIsRefused) {
  World world(3);
  for (const std::uint16_t node : {2, 3}) set_voters(world, node, 2, {1, 2, 3});
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(50 * kMs);
  EXPECT_TRUE(world.holders().empty());
  set_voters(world, 1, 2, {1, 2, 3});
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
}

}  // namespace
}  // namespace heartwire::test
