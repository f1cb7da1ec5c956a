// A voter that has started anew: it refuses what it may have promised before, and is a voter and a successor nevertheless.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

// A restarted voter refuses what it has reserved; the owner goes above that in place, and then its successor can count on it.
TEST(RestartedVoter, AnOwnerRaisesItsEpochInPlaceAboveWhatARestartedVoterRefuses) {
  World world(3);
  world.elect_first();
  world.restart(3, 3);
  world.run(20 * kMs);
  EXPECT_EQ(world.node(1).last(EventKind::refused)->node, 3);
  world.order((1 << 16) + 2, 3, {1});
  world.stand(1);
  world.run(20 * kMs);
  EXPECT_EQ(world.node(1).last(EventKind::seat_acquired)->epoch, 4u);
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
  EXPECT_EQ(world.node(1).count(EventKind::seat_closed), 0u);
  EXPECT_EQ(world.holders(), Ids{1});
  world.order((1 << 16) + 3, 4, {2, 3});
  world.silence(1, true);
  world.run(5 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
}

// Its own promise to the owner does not count yet; it hears the owner, so it knows when to ask, and others vote.
TEST(RestartedVoter, AVoterThatHasRestartedSucceedsInItsTurnAnOwnerThatItStillRefuses) {
  World world(3);
  world.elect_first();
  world.restart(3, 3);
  world.run(20 * kMs);
  ASSERT_EQ(world.node(1).last(EventKind::refused)->node, 3);
  world.order((1 << 16) + 2, 3, {3, 2});
  world.run(20 * kMs);
  EXPECT_EQ(world.node(2).last(EventKind::asked)->node, 1) << "it asks although the owner lives";
  world.silence(1, true);
  world.run(5 * kMs);
  EXPECT_EQ(world.holders(), Ids{3});
  EXPECT_FALSE(world.two_owners_seen);
}

// Asked while it is still silent it refuses for now, and later for good: whoever gives up for that must hear of both.
TEST(RestartedVoter, ItsRefusalForGoodIsReportedAfterTheOneForNow) {
  World world(3);
  world.elect_first();
  world.silence(1, true);
  world.restart(3, 3);
  world.run(20 * kMs);
  const EngineEvent* refused = world.node(2).last(EventKind::refused);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->node, 3);
  EXPECT_EQ(world.node(2).count(EventKind::refused), 2u);
  EXPECT_EQ(static_cast<Answer>(refused->value), Answer::epoch_old);
  EXPECT_TRUE(world.holders().empty());
}

}  // namespace
}  // namespace heartwire::test
