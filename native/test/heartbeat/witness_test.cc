// Two nodes and a witness (X9): nodes 1 and 2 may own, node 3 only votes, and is asked only where the other is silent.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;
constexpr std::uint16_t kWitness = 3;
constexpr Timing kTiming{.witness = kWitness};

// Node 1 owns the seat in epoch 1; 2 succeeds it.
void elect_first(World& world) {
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(20 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  world.order((1 << 16) + 1, 1, {2});
  world.run(200 * kMs);
  ASSERT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
}

std::uint64_t promised_until_ns(World& world) { return world.node(kWitness).page->seats[0].granted_until_ns.get(); }

void cut_apart(World& world, std::uint16_t left, std::uint16_t right, bool is_cut) {
  for (std::uint8_t link = 0; link < 2; ++link) {
    world.cut(left, right, link, is_cut);
    world.cut(right, left, link, is_cut);
  }
}

TEST(Witness, PromisesNothingWhileBothNodesLiveAndKnowsWhoOwns) {
  World world(3, kTiming);
  elect_first(world);
  EXPECT_LE(promised_until_ns(world), world.now_ns);
  EXPECT_EQ(world.node(kWitness).last(EventKind::holder_changed)->node, 1);
  EXPECT_EQ(world.node(kWitness).page->seats[0].promised_epoch.get(), 1u);
}

TEST(Witness, ItsDeathIsHarmlessWhileBothNodesLive) {
  World world(3, kTiming);
  elect_first(world);
  world.silence(kWitness, true);
  world.run(1000 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
}

TEST(Witness, TheSuccessorTakesOverWithItsVoteWithinTheLeaseOfTheNodes) {
  World world(3, kTiming);
  elect_first(world);
  world.silence(1, true);
  const std::uint64_t cut_ns = world.now_ns;
  world.run(1000 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
  EXPECT_LE(world.node(2).last(EventKind::seat_acquired)->at_ns - cut_ns, 3 * kMs + 200 * kUs);
  EXPECT_EQ(world.node(2).count(EventKind::seat_lapsed), 0u) << "the witness renews it";
  EXPECT_GT(promised_until_ns(world), world.now_ns);
}

TEST(Witness, TheSuccessorTakesOverARoundTripAfterADeathNotice) {
  World world(3, kTiming);
  elect_first(world);
  const std::uint64_t killed_ns = world.now_ns;
  world.die(1);
  world.run(20 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_LE(world.node(2).last(EventKind::seat_acquired)->at_ns - killed_ns, 200 * kUs);
}

TEST(Witness, TheOwnerKeepsTheSeatWhenTheNodesAreCutOffFromEachOther) {
  World world(3, kTiming);
  elect_first(world);
  cut_apart(world, 1, 2, true);
  world.run(1000 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u) << "it asked before its lease ended";
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Witness, GetsItsPromiseBackWhenTheOtherNodeAnswersAgain) {
  World world(3, kTiming);
  elect_first(world);
  cut_apart(world, 1, 2, true);
  world.run(50 * kMs);
  EXPECT_GT(promised_until_ns(world), world.now_ns);
  cut_apart(world, 1, 2, false);
  world.run(5 * kMs);
  EXPECT_LE(promised_until_ns(world), world.now_ns);
  world.silence(1, true);  // at once: the successor does not wait for what the witness had promised
  const std::uint64_t cut_ns = world.now_ns;
  world.run(20 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_LE(world.node(2).last(EventKind::seat_acquired)->at_ns - cut_ns, 3 * kMs + 200 * kUs);
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Witness, IsFreeOnlyOnceTheReleasedAddressesAreOff) {
  World world(3, Timing{.witness = kWitness, .close_us = 20'000});
  elect_first(world);
  cut_apart(world, 1, 2, true);
  world.run(50 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  world.release(1, 0);  // the other one asks all the time
  world.run(200 * kMs);
  EXPECT_FALSE(world.two_owners_seen);
  EXPECT_EQ(world.holders(), Ids{2});
}

TEST(Witness, IsNotAskedByAnOwnerWithoutCarrier) {
  World world(3, kTiming);
  elect_first(world);
  cut_apart(world, 1, 2, true);
  EngineCommand unplugged;
  unplugged.kind = CommandKind::set_link;
  unplugged.link = {0, true, false, 0, 0};
  EngineCommand seat;
  seat.kind = CommandKind::set_seat;
  seat.seat = {0, true, kTiming.lease_us, 0, 100};  // its addresses live on network 0; the witness is heard on both
  world.node(1).command(seat);
  world.node(1).command(unplugged);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Witness, IsFreedByAnOwnerThatLosesItsCarrier) {
  World world(3, kTiming);
  elect_first(world);
  EngineCommand seat;
  seat.kind = CommandKind::set_seat;
  seat.seat = {0, true, kTiming.lease_us, 0, 100};
  world.node(1).command(seat);
  cut_apart(world, 1, 2, true);
  world.run(20 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  EngineCommand unplugged;
  unplugged.kind = CommandKind::set_link;
  unplugged.link = {0, true, false, 0, 0};
  world.node(1).command(unplugged);
  world.run(5 * kMs);
  EXPECT_EQ(world.holders(), Ids{2}) << "long before its promise would have run out";
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(Witness, WithoutItAndWithoutTheOtherNodeNobodyOwns) {
  World world(3, kTiming);
  elect_first(world);
  world.silence(kWitness, true);
  world.run(10 * kMs);
  world.silence(1, true);
  world.run(1000 * kMs);
  EXPECT_TRUE(world.holders().empty());
}

TEST(Witness, ItsPromiseOutlivesItsDeathAndThenTheOwnerStops) {
  World world(3, kTiming);
  elect_first(world);
  world.silence(1, true);
  world.run(300 * kMs);
  ASSERT_EQ(world.holders(), Ids{2});
  world.silence(kWitness, true);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  world.run(60 * kMs);
  EXPECT_TRUE(world.holders().empty());
}

TEST(Witness, IsSilentForItsOwnLeaseAfterARestartAndGivesNoEpochTwice) {
  World world(3, kTiming);
  elect_first(world);
  cut_apart(world, 1, 2, true);
  world.run(50 * kMs);
  world.restart(kWitness, 8);
  cut_apart(world, 1, kWitness, true);
  world.order((1 << 16) + 2, 8, {2});
  world.stand(2);
  world.run(90 * kMs);
  EXPECT_TRUE(world.holders().empty()) << "silent: it may have promised its lease to somebody";
  world.run(20 * kMs);
  EXPECT_EQ(world.holders(), Ids{2}) << "in an epoch above all that it may have given away";
  EXPECT_EQ(world.node(2).last(EventKind::seat_acquired)->epoch, 9u);
  EXPECT_FALSE(world.two_owners_seen);
}

}  // namespace
}  // namespace heartwire::test
