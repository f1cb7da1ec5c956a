// Fit to serve: an owner that nobody reaches on the network of its addresses gives its seat to a successor that serves there.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;

void set_carrier(World& world, std::uint16_t node, std::uint8_t network, bool carrier) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  command.link = {network, true, carrier, network, 0, 255};
  world.node(node).command(command);
}

// Two networks; the addresses are on the first.
void elect_on_first_network(World& world, std::uint16_t nodes) {
  for (std::uint16_t node = 1; node <= nodes; ++node) {
    for (std::uint8_t network = 0; network < 2; ++network) set_carrier(world, node, network, true);
    EngineCommand command;
    command.kind = CommandKind::set_seat;
    command.seat = {0, true, world.timing.lease_us, 0, 100};
    world.node(node).command(command);
  }
  if (nodes > 2) {  // as the standby does
    EngineCommand command;
    command.kind = CommandKind::set_peer;
    command.peer = {3, true, true, 0, 0};
    world.node(2).command(command);
  }
  world.order(1, 0, {1, 2, 3});
  world.stand(1);
  world.run(50 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  world.order(2, 1, {2, 3});
}

void cut_off(World& world, std::uint16_t node, std::uint16_t nodes, std::uint8_t network) {
  for (std::uint16_t other = 1; other <= nodes; ++other) {
    if (other == node) continue;
    world.cut(node, other, network, true);
    world.cut(other, node, network, true);
  }
}

Unfitness why_unfit(World& world, std::uint16_t node) {
  const EngineEvent* event = world.node(node).last(EventKind::seat_unfit);
  return event == nullptr ? Unfitness{} : static_cast<Unfitness>(event->value);
}

TEST(UnfitOwner, AnOwnerWithoutCarrierGivesItsSeatToOneThatServes) {
  World world(3);
  elect_on_first_network(world, 3);
  set_carrier(world, 1, 0, false);
  world.run(5 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(why_unfit(world, 1), Unfitness::no_carrier);
  EXPECT_FALSE(world.two_owners_seen);
}

TEST(UnfitOwner, ASuccessorWithoutCarrierIsPassedOver) {
  World world(3);
  elect_on_first_network(world, 3);
  set_carrier(world, 2, 0, false);
  world.run(5 * kMs);
  set_carrier(world, 1, 0, false);
  world.run(5 * kMs);
  EXPECT_EQ(world.holders(), Ids{3});
}

TEST(UnfitOwner, OfTwoNodesTheOneWithCarrierServes) {
  World world(2);
  elect_on_first_network(world, 2);
  set_carrier(world, 1, 0, false);
  cut_off(world, 1, 2, 0);
  world.run(10 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
}

TEST(UnfitOwner, WhereAllLoseCarrierNothingMoves) {
  World world(3);
  elect_on_first_network(world, 3);
  for (std::uint16_t node = 1; node <= 3; ++node) {
    set_carrier(world, node, 0, false);
    world.run(kMs / 2);
  }
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(why_unfit(world, 1), Unfitness{});
}

TEST(UnfitOwner, AnOwnerThatHearsNobodyWhereTheOthersHearEachOtherGivesItsSeatUp) {
  World world(3);
  elect_on_first_network(world, 3);
  cut_off(world, 1, 3, 0);
  world.run(10 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(why_unfit(world, 1), Unfitness::hears_nobody);
  EXPECT_FALSE(world.two_owners_seen);
  ASSERT_NE(world.node(2).last(EventKind::peer_serves), nullptr);
  EXPECT_EQ(world.node(2).last(EventKind::peer_serves)->node, 1);
  EXPECT_EQ(world.node(2).last(EventKind::peer_serves)->value, 2u);
}

void dead_for_all(World& world, std::uint8_t network) {
  for (std::uint16_t node = 1; node <= 3; ++node) cut_off(world, node, 3, network);
}

std::uint64_t told_by(World& world, std::uint16_t at, std::uint16_t node) {
  for (auto event = world.node(at).events.rbegin(); event != world.node(at).events.rend(); ++event) {
    if (event->kind == EventKind::peer_serves && event->node == node) return event->value;
  }
  return 255;
}

// Where a network is dead for all, the end of one node teaches the others nothing of it.
TEST(UnfitOwner, WhoHasFoundItselfSilentStaysSoWhenAnotherNodeEnds) {
  World world(3);
  elect_on_first_network(world, 3);
  dead_for_all(world, 0);
  world.run(10 * kMs);
  EXPECT_EQ(told_by(world, 1, 2), 2u);
  world.die(3);
  world.run(20 * kMs);
  EXPECT_EQ(told_by(world, 1, 2), 2u);
  EXPECT_EQ(told_by(world, 2, 1), 2u);
  EXPECT_EQ(world.holders(), Ids{1});
}

TEST(UnfitOwner, AVoterThatCannotWriteSaysThatItServesNowhere) {
  World world(3);
  elect_on_first_network(world, 3);
  world.run(10 * kMs);
  EXPECT_EQ(told_by(world, 1, 2), 3u);
  EngineCommand command;
  command.kind = CommandKind::set_register;
  command.reg = {0, false, 0, 0, 0, world.timing.lease_us};
  world.node(2).command(command);
  world.run(10 * kMs);
  EXPECT_EQ(told_by(world, 1, 2), 0u);
}

// It was no good choice, but the one that there was: the seat does not go on at once, or it would go round where the next one cannot take it.
TEST(UnfitOwner, WhoWasUnfitWhenItTookTheSeatKeepsItForALease) {
  World world(3);
  elect_on_first_network(world, 3);
  cut_off(world, 2, 3, 0);
  world.run(10 * kMs);
  EXPECT_EQ(told_by(world, 3, 2), 2u);
  world.die(1);
  const std::uint64_t lease_ns = world.timing.lease_us * kUs;
  world.run(lease_ns / 2);
  ASSERT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(why_unfit(world, 2), Unfitness{});
  world.run(2 * lease_ns);
  EXPECT_EQ(why_unfit(world, 2), Unfitness::hears_nobody);
  EXPECT_FALSE(world.two_owners_seen);
}

void send_nothing(World& world, std::uint16_t node, std::uint16_t nodes, std::uint8_t network) {
  for (std::uint16_t other = 1; other <= nodes; ++other) {
    if (other != node) world.cut(node, other, network, true);
  }
}

// As a member that owns, too: its beats are heard, whatever becomes of the owner's own.
void beats_to_first(World& world, std::uint16_t node) {
  EngineCommand command;
  command.kind = CommandKind::set_peer;
  command.peer = {1, true, true, 0, 0};
  world.node(node).command(command);
}

TEST(UnfitOwner, AnOwnerThatHearsTheOthersAndIsNotHeardGivesItsSeatUp) {
  World world(3);
  elect_on_first_network(world, 3);
  beats_to_first(world, 2);
  beats_to_first(world, 3);
  world.run(10 * kMs);
  send_nothing(world, 1, 3, 0);
  world.run(15 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(why_unfit(world, 1), Unfitness::unheard);
  EXPECT_FALSE(world.two_owners_seen);
}

// Who sends nothing but answers is silent then, too: that it is not heard here says nothing else.
TEST(UnfitOwner, OneThatBeatsIsEnoughToKnowThatNobodyAnswers) {
  World world(3);
  elect_on_first_network(world, 3);
  beats_to_first(world, 2);
  world.run(10 * kMs);
  send_nothing(world, 1, 3, 0);
  world.run(15 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
  EXPECT_EQ(why_unfit(world, 1), Unfitness::unheard);
}

// A new owner begins to beat. What was answered on one network before the other is nobody's fault, however long ago that was.
TEST(UnfitOwner, OneThatBeginsToBeatIsAnsweredOnOneNetworkFirst) {
  World world(4);
  elect_on_first_network(world, 4);
  world.release(1, 2);
  world.run(50 * kMs);
  ASSERT_EQ(world.holders(), Ids{2});
  world.order(3, 2, {1, 3});
  world.buffer_ns[0] = 2900 * kUs;
  world.run(500 * kMs);
  ASSERT_EQ(world.holders(), Ids{2});
  world.silence(2, true);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(why_unfit(world, 1), Unfitness{});
}

TEST(UnfitOwner, OneThatIsDeafToItDoesNotMakeItMute) {
  World world(3);
  elect_on_first_network(world, 3);
  beats_to_first(world, 2);
  beats_to_first(world, 3);
  world.run(10 * kMs);
  world.cut(1, 3, 0, true);
  world.run(50 * kMs);
  world.die(2);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(why_unfit(world, 1), Unfitness{});
}

TEST(UnfitOwner, WhoseOwnQueueIsFullHearsNobodyForThatReason) {
  World world(3);
  elect_on_first_network(world, 3);
  world.node(1).is_queued_here = true;
  cut_off(world, 1, 3, 0);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  world.node(1).is_queued_here = false;
  world.run(10 * kMs);
  EXPECT_EQ(world.holders(), Ids{2});
}

TEST(UnfitOwner, ANetworkThatIsSilentForAllMovesNothing) {
  World world(3);
  elect_on_first_network(world, 3);
  for (std::uint16_t node = 1; node <= 3; ++node) cut_off(world, node, 3, 0);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
}

TEST(UnfitOwner, OfTwoNodesNobodyKnowsWhoseSilenceItIs) {
  World world(2);
  elect_on_first_network(world, 2);
  cut_off(world, 1, 2, 0);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
}

TEST(UnfitOwner, ANetworkWithoutAddressesMovesNothing) {
  World world(3);
  elect_on_first_network(world, 3);
  cut_off(world, 1, 3, 1);
  set_carrier(world, 1, 1, false);
  world.run(100 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
}

TEST(UnfitOwner, PeersThatEndAndOwnLatenessAreNobodysSilence) {
  World world(3);
  elect_on_first_network(world, 3);
  world.freeze(1, 2 * kMs);
  world.run(20 * kMs);
  world.die(3);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), Ids{1});
  EXPECT_EQ(why_unfit(world, 1), Unfitness{});
}

}  // namespace
}  // namespace heartwire::test
