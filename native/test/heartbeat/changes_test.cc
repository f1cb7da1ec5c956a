// P2 and P3: timings that change while beats go on. Nobody is taken for dead by it, whoever changes first.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

constexpr Timing kUsual{100'000, 1'000'000, 1'000'000};

void set_timing(Node& node, std::uint32_t interval_us, std::uint32_t timeout_us, std::uint32_t answer_us = 0) {
  EngineCommand command;
  command.kind = CommandKind::set_timing;
  command.timing = {interval_us, timeout_us, 0, NicPolicy::last, false, answer_us};
  node.command(command);
}

void set_lease(Node& node, std::uint32_t promised_us, std::uint32_t asked_us) {
  EngineCommand command;
  command.kind = CommandKind::set_register;
  command.reg = {0, true, 0, 0, 0, promised_us};
  node.command(command);
  command.kind = CommandKind::set_seat;
  command.seat = {0, true, asked_us, 255, 100};
  node.command(command);
}

void confirm(Node& node, std::uint16_t peer, std::uint32_t token) {
  EngineCommand command;
  command.kind = CommandKind::confirm_timing;
  command.confirm = {peer, token};
  node.command(command);
}

// All beat to all and judge all; 1 owns the seat.
void begin(World& world, std::uint16_t nodes) {
  for (std::uint16_t id = 1; id <= nodes; ++id) {
    for (std::uint16_t other = 1; other <= nodes; ++other) {
      EngineCommand command;
      command.kind = CommandKind::set_peer;
      command.peer = {other, true, true, 0, 0};
      if (other != id) world.node(id).command(command);
    }
  }
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(1'000 * kMs);
  world.order((1 << 16) + 1, 1, {2, 3});
  world.run(1'000 * kMs);
}

std::size_t verdicts(World& world, std::uint16_t nodes) {
  std::size_t count = 0;
  for (std::uint16_t id = 1; id <= nodes; ++id) {
    for (const EventKind kind : {EventKind::node_down, EventKind::link_down, EventKind::seat_lapsed}) count += world.node(id).count(kind);
  }
  return count;
}

// Beats that `from` sends to its first peer in that time.
std::uint64_t beats(World& world, std::uint16_t from, std::uint64_t duration_ns) {
  const std::uint64_t before = world.node(from).page->peers[0].paths[0].sent.get();
  world.run(duration_ns);
  return world.node(from).page->peers[0].paths[0].sent.get() - before;
}

TEST(Changes, TenTimesSlowerAndBackRaisesNoVerdictInAnyOrder) {
  for (const std::vector<std::uint16_t>& order : {std::vector<std::uint16_t>{1, 2, 3}, {3, 2, 1}, {2, 1, 3}}) {
    World world(3, kUsual);
    begin(world, 3);
    for (std::uint16_t id : order) set_lease(world.node(id), 10'000'000, 10'000'000);
    for (const auto& [interval_us, timeout_us] : {std::pair{1'000'000u, 10'000'000u}, {100'000u, 1'000'000u}}) {
      for (const std::uint16_t id : order) {
        set_timing(world.node(id), interval_us, timeout_us);
        world.run(3'300 * kMs);  // the others follow three time-outs later
      }
      world.run(30'000 * kMs);
    }
    EXPECT_EQ(verdicts(world, 3), 0u);
  }
}

TEST(Changes, TheSenderKeepsTheOldIntervalUntilThePeerHasAppliedTheNewOne) {
  World world(2, kUsual, 1);
  begin(world, 2);
  for (std::uint8_t link = 0; link < 2; ++link) world.cut(2, 1, link, true);  // 2 hears it and cannot say so
  set_timing(world.node(1), 500'000, 20'000'000);
  EXPECT_GE(beats(world, 1, 1'000 * kMs), 9u);
  confirm(world.node(1), 2, 7);
  EXPECT_EQ(world.node(1).count(EventKind::timing_agreed), 0u);
  for (std::uint8_t link = 0; link < 2; ++link) world.cut(2, 1, link, false);
  world.run(200 * kMs);
  ASSERT_EQ(world.node(1).count(EventKind::timing_agreed), 1u);
  EXPECT_EQ(world.node(1).last(EventKind::timing_agreed)->value, 7u);
  EXPECT_EQ(world.node(1).last(EventKind::timing_agreed)->node, 2u);
  world.run(1'000 * kMs);
  set_timing(world.node(2), 500'000, 20'000'000);
  world.run(1'000 * kMs);
  EXPECT_LE(beats(world, 1, 10'000 * kMs), 2 * 21u);  // a beat and an answer in each interval
}

TEST(Changes, WhatIsAgreedAlreadyIsConfirmedAtOnce) {
  World world(2, kUsual, 1);
  begin(world, 2);
  confirm(world.node(1), 2, 9);
  EXPECT_EQ(world.node(1).last(EventKind::timing_agreed)->value, 9u);
  confirm(world.node(1), 77, 10);
  EXPECT_EQ(world.node(1).last(EventKind::timing_agreed)->value, 10u);
}

TEST(Changes, APeerThatGetsNoBeatsHasNothingToAgreeOn) {
  World world(3, kUsual);
  begin(world, 3);
  EngineCommand command;
  command.kind = CommandKind::set_peer;
  command.peer = {2, false, true, 0, 0};
  world.node(3).command(command);  // both vote, and 3 neither owns nor asks
  set_timing(world.node(3), 200'000, 2'000'000);
  confirm(world.node(3), 2, 5);
  EXPECT_EQ(world.node(3).last(EventKind::timing_agreed)->value, 5u);
}

TEST(Changes, AVoterWhoseLeasesAreTooShortDoesNotApplyASlowerInterval) {
  World world(3, kUsual);
  begin(world, 3);
  set_timing(world.node(1), 1'000'000, 10'000'000);
  confirm(world.node(1), 2, 3);
  world.run(5'000 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::timing_agreed), 0u);
  EXPECT_EQ(verdicts(world, 3), 0u);
  for (std::uint16_t id = 1; id <= 3; ++id) set_lease(world.node(id), 10'000'000, 10'000'000);
  world.run(500 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::timing_agreed), 1u);
  world.run(30'000 * kMs);
  EXPECT_EQ(verdicts(world, 3), 0u);
}

TEST(Changes, AChangeThatIsTakenBackLeavesTheOldOne) {
  World world(2, kUsual, 1);
  begin(world, 2);
  set_timing(world.node(1), 1'000'000, 10'000'000);
  world.run(50 * kMs);
  set_timing(world.node(1), 100'000, 1'000'000);
  world.run(2'000 * kMs);
  EXPECT_GE(beats(world, 1, 1'000 * kMs), 18u);
  EXPECT_EQ(verdicts(world, 2), 0u);
}

TEST(Changes, AShorterTimeOutCountsAtOnceWhereTheIntervalStays) {
  World world(2, kUsual, 1);
  begin(world, 2);
  for (std::uint16_t id = 1; id <= 2; ++id) set_timing(world.node(id), 100'000, 300'000);
  world.run(1'000 * kMs);
  world.silence(2, true);
  const std::uint64_t cut_ns = world.now_ns;
  world.run(500 * kMs);
  ASSERT_EQ(world.node(1).count(EventKind::node_down), 1u);
  EXPECT_LE(world.node(1).last(EventKind::node_down)->at_ns - cut_ns, 401 * kMs);
}

TEST(Changes, WhoAnswersNoneOfOurBeatsHasFailedThoughItsOwnAreHeard) {
  World world(2, kUsual, 1);
  begin(world, 2);
  for (std::uint8_t link = 0; link < 2; ++link) world.cut(1, 2, link, true);
  world.run(5'000 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::node_down), 0u);  // that is not judged yet
  set_timing(world.node(1), 100'000, 1'000'000, 1'500'000);
  world.run(500 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::node_down), 1u);
  EXPECT_EQ(world.node(1).count(EventKind::node_up), 1u);  // its beats alone do not bring it back
  for (std::uint8_t link = 0; link < 2; ++link) world.cut(1, 2, link, false);
  world.run(500 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::node_up), 2u);
}

}  // namespace
}  // namespace heartwire::test
