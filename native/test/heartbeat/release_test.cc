// A planned move behind a kernel guard: what is done before the old owner falls silent, and that it does so before another answers.
#include <gtest/gtest.h>

#include <algorithm>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

std::size_t orders_that(const Node& node, bool (*wanted)(const AddressOrder&)) {
  return static_cast<std::size_t>(std::count_if(node.orders.begin(), node.orders.end(), wanted));
}

bool asks(const AddressOrder& order) { return order.asks; }
bool prepares(const AddressOrder& order) { return order.prepares && order.open; }
bool drops(const AddressOrder& order) { return order.prepares && !order.open; }
bool closes(const AddressOrder& order) { return !order.open && !order.prepares && !order.asks; }

TEST(EngineRelease, BehindAGuardAClientWaitsForNoThreadOfTheOldOwner) {
  World world(3, {.guarded = true});
  world.elect_first();
  world.run(5 * kMs);
  world.release(1, 2);
  world.run(10 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
  const std::uint64_t released_ns = world.node(1).last(EventKind::seat_released)->at_ns;
  // The release, and a question and its answer: voters here send no beats of their own, so no vote could come with it.
  EXPECT_LE(world.node(2).last(EventKind::seat_acquired)->at_ns - released_ns, 3 * world.delay_ns);
  EXPECT_EQ(orders_that(world.node(1), asks), 1u);
  EXPECT_EQ(orders_that(world.node(1), closes), 1u) << "the addresses go, though later";
  ASSERT_EQ(orders_that(world.node(2), prepares), 1u);
  EXPECT_EQ(orders_that(world.node(2), drops), 0u);
  const auto prepared = std::find_if(world.node(2).orders.begin(), world.node(2).orders.end(), prepares);
  EXPECT_EQ(world.node(2).orders.back().cell, prepared->cell) << "the store that opens the guard is all that is left to do";
  world.run(50 * kMs);
  EXPECT_EQ(world.node(2).count(EventKind::seat_lapsed), 0u);
}

// Its beat thread has been late: what the next owner says waits for it.
TEST(EngineRelease, JavaScriptHearsOfTheReleaseBeforeItHearsOfTheNextOwner) {
  World world(3, {.guarded = true});
  world.elect_first();
  world.run(5 * kMs);
  world.release(1, 2);
  for (int step = 0; step < 200 && world.node(2).count(EventKind::seat_acquired) == 0; ++step) world.run(10 * kUs);
  ASSERT_EQ(world.node(2).count(EventKind::seat_acquired), 1u);
  ASSERT_EQ(world.node(1).count(EventKind::seat_released), 0u);
  world.freeze(1, 2 * kMs);
  world.run(10 * kMs);
  const auto& events = world.node(1).events;
  const auto at = [&](EventKind kind) {
    return std::find_if(events.begin(), events.end(), [&](const EngineEvent& event) { return event.kind == kind && event.epoch == (kind == EventKind::seat_released ? 1u : 2u); });
  };
  ASSERT_NE(at(EventKind::seat_released), events.end());
  ASSERT_NE(at(EventKind::holder_changed), events.end());
  EXPECT_LT(at(EventKind::seat_released), at(EventKind::holder_changed));
}

TEST(EngineRelease, WhereAQueueMayCarryAnswersTheAddressThreadClosesFirst) {
  World world(3, {.close_us = 500, .guarded = true, .unqueued = false});
  world.elect_first();
  world.run(5 * kMs);
  world.release(1, 2);
  world.run(10 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
  const auto& orders = world.node(1).orders;
  const auto closed = std::find_if(orders.begin(), orders.end(), closes);
  ASSERT_NE(closed, orders.end());
  EXPECT_GE(world.node(1).last(EventKind::seat_released)->at_ns, closed->decided_ns + 500 * kUs);
}

TEST(EngineRelease, ASuccessorThatGetsNothingTakesOffWhatItPrepared) {
  World world(3, {.guarded = true});
  world.elect_first();
  world.run(5 * kMs);
  world.release(1, 2);
  world.run(500 * kUs);
  world.silence(2, true);
  world.run(50 * kMs);
  EXPECT_EQ(orders_that(world.node(2), prepares), 1u);
  EXPECT_EQ(orders_that(world.node(2), drops), 1u);
  EXPECT_FALSE(world.node(2).prepared);
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(EngineRelease, WhoIsNotNextPreparesNothing) {
  World world(3, {.guarded = true});
  world.elect_first();
  world.run(5 * kMs);
  world.release(1, 3);
  world.run(20 * kMs);
  EXPECT_EQ(orders_that(world.node(2), prepares), 0u);
  EXPECT_EQ(orders_that(world.node(3), prepares), 0u);
  EXPECT_FALSE(world.two_owners_seen);
}

// The answer about its queues comes too late: the lease is over by then.
TEST(EngineRelease, AnOwnerThatLapsesMeanwhileReleasesAsEver) {
  World world(3, {.guarded = true});
  world.elect_first();
  world.run(5 * kMs);
  world.silence(1, true);
  world.run(2800 * kUs);
  world.release(1, 2);
  world.run(30 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
}

// By its clock, not with the next beat: its own programs do not reach the address meanwhile.
TEST(EngineRelease, WhatWasPreparedInVainGoesSoonWhereBeatsAreRare) {
  World world(3, {.interval_us = 100'000, .timeout_us = 300'000, .lease_us = 300'000, .guarded = true});
  world.elect_first();
  world.run(500 * kMs);
  world.release(1, 2);
  world.run(500 * kUs);
  ASSERT_TRUE(world.node(2).prepared);
  world.silence(2, true);
  world.run(11 * kMs);
  EXPECT_EQ(orders_that(world.node(2), drops), 1u);
  EXPECT_FALSE(world.node(2).prepared);
}

// The address thread was held up for longer than a lease, and the owner has the seat anew: that tenure was not to end.
TEST(EngineRelease, OfATenureThatIsOverEndsNoOther) {
  World world(3, {.guarded = true, .told_us = 40'000});
  world.elect_first();
  world.run(5 * kMs);
  const std::uint64_t first = world.node(1).last(EventKind::seat_acquired)->epoch;
  world.release(1, 2);
  world.run(2 * kMs);
  ASSERT_EQ(orders_that(world.node(1), asks), 1u);
  world.silence(2, true);
  world.silence(3, true);
  world.run(10 * kMs);
  ASSERT_EQ(world.node(1).count(EventKind::seat_lapsed), 1u);
  world.order(9 << 16, first + 10, {1, 2, 3});
  world.stand(1);
  world.silence(2, false);
  world.silence(3, false);
  world.run(15 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  ASSERT_GT(world.node(1).last(EventKind::seat_acquired)->epoch, first);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_released), 0u);
  EXPECT_FALSE(world.two_owners_seen);
}

}  // namespace
}  // namespace heartwire::test
