// Adapter before node (R9, X3): when the engine sends the addresses of a network to its standby adapter, and when not.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

// In this world network 1 lies on the wire of network 0, and stands by for it.
void set_link(World& world, std::uint16_t node, std::uint8_t link, bool carrier, bool present = true) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  command.link = {link, present, carrier, link, 0, static_cast<std::uint8_t>(link == 1 ? 0 : 255)};
  world.node(node).command(command);
}

void two_adapters(World& world, std::uint16_t nodes) {
  for (std::uint16_t node = 1; node <= nodes; ++node) {
    for (std::uint8_t link = 0; link < 2; ++link) set_link(world, node, link, true);
  }
  world.order(1, 0, {1, 2, 3});
  world.stand(1);
  world.run(50 * kMs);
  ASSERT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

void cut_off(World& world, std::uint16_t node, std::uint16_t nodes, std::uint8_t link, bool is_cut) {
  for (std::uint16_t other = 1; other <= nodes; ++other) {
    if (other == node) continue;
    world.cut(node, other, link, is_cut);
    world.cut(other, node, link, is_cut);
  }
}

TEST(Adapters, CarrierLostGoesToTheStandbyAtOnceAndTouchesNoLease) {
  World world(3);
  two_adapters(world, 3);
  Node& owner = world.node(1);
  const std::size_t orders = owner.orders.size();
  set_link(world, 1, 0, false);
  EXPECT_EQ(owner.on_standby, 1);
  ASSERT_NE(owner.last(EventKind::adapter_switched), nullptr);
  EXPECT_EQ(owner.last(EventKind::adapter_switched)->link, 1);
  EXPECT_TRUE(owner.last(EventKind::adapter_switched)->flag);
  world.run(50 * kMs);
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
  EXPECT_EQ(owner.orders.size(), orders);
  EXPECT_EQ(owner.count(EventKind::adapter_switched), 1u);
}

TEST(Adapters, StayOnTheStandbyUntilItFails) {
  World world(3);
  two_adapters(world, 3);
  Node& owner = world.node(1);
  set_link(world, 1, 0, false);
  set_link(world, 1, 0, true);
  world.run(50 * kMs);
  EXPECT_EQ(owner.on_standby, 1);
  set_link(world, 1, 1, false);
  EXPECT_EQ(owner.on_standby, 0);
  EXPECT_EQ(owner.count(EventKind::adapter_switched), 2u);
  EXPECT_EQ(owner.last(EventKind::adapter_switched)->link, 0);
}

TEST(Adapters, AnInterfaceThatIsGoneIsLikeCarrierLost) {
  World world(3);
  two_adapters(world, 3);
  set_link(world, 1, 0, false, false);
  EXPECT_EQ(world.node(1).on_standby, 1);
}

TEST(Adapters, SilenceGoesToTheStandbyAfterATimeout) {
  World world(3);
  two_adapters(world, 3);
  cut_off(world, 1, 3, 0, true);
  world.run(2 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 0);
  world.run(10 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 1);
  cut_off(world, 1, 3, 0, false);
  world.run(50 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 1);
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

TEST(Adapters, TheOneThatNobodyAnswersIsLeftThoughItHears) {
  World world(3);
  two_adapters(world, 3);
  for (std::uint16_t node = 2; node <= 3; ++node) {
    EngineCommand command;
    command.kind = CommandKind::set_peer;
    command.peer = {1, true, true, 0, 0};
    world.node(node).command(command);
  }
  world.run(10 * kMs);
  for (std::uint16_t node = 2; node <= 3; ++node) world.cut(1, node, 0, true);
  world.run(5 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 0);
  world.run(10 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 1);
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

void set_offline(World& world, std::uint16_t node, std::uint8_t link, bool offline) {
  EngineCommand command;
  command.kind = CommandKind::set_link_offline;
  command.offline = {link, offline};
  world.node(node).command(command);
}

TEST(Adapters, TheOneInUseIsLeftBeforeItGoes) {
  World world(3);
  two_adapters(world, 3);
  Node& owner = world.node(1);
  set_link(world, 1, 0, false);
  set_link(world, 1, 0, true);
  EXPECT_EQ(owner.on_standby, 1);
  const std::size_t orders = owner.orders.size();
  set_offline(world, 1, 1, true);
  world.run(5 * kMs);
  EXPECT_EQ(owner.on_standby, 0);
  EXPECT_EQ(owner.count(EventKind::adapter_switched), 2u);
  EXPECT_FALSE(owner.last(EventKind::adapter_switched)->flag);
  EXPECT_EQ(owner.orders.size(), orders);
  set_link(world, 1, 0, false);  // it goes there no more
  world.run(5 * kMs);
  EXPECT_EQ(owner.on_standby, 0);
}

TEST(Adapters, TheOneInUseIsNotLeftForOneThatIsDeadOrSilent) {
  for (const bool silent : {true, false}) {
    World world(3);
    two_adapters(world, 3);
    if (silent) cut_off(world, 1, 3, 0, true);
    else set_link(world, 1, 0, false);
    world.run(20 * kMs);
    EXPECT_EQ(world.node(1).on_standby, 1);
    set_offline(world, 1, 1, true);
    world.run(20 * kMs);
    EXPECT_EQ(world.node(1).on_standby, 1);
    EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
  }
}

TEST(Adapters, OneThatComesIsNoPlaceToGoUntilThatIsDecided) {
  World world(3);
  two_adapters(world, 3);
  set_offline(world, 1, 1, true);
  set_link(world, 1, 0, false);
  world.run(5 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 0);
  set_offline(world, 1, 1, false);
  world.run(5 * kMs);
  EXPECT_EQ(world.node(1).on_standby, 1);
}

TEST(Adapters, ThePeersEndIsNobodysSilence) {
  World world(3);
  two_adapters(world, 3);
  world.die(2);
  world.die(3);
  world.run(100 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::adapter_switched), 0u);
}

TEST(Adapters, OwnLatenessIsNobodysSilence) {
  World world(3);
  two_adapters(world, 3);
  world.freeze(2, 20 * kMs);
  world.run(50 * kMs);
  EXPECT_EQ(world.node(2).count(EventKind::adapter_switched), 0u);
}

TEST(Adapters, WhereBothAreDeadNothingMoves) {
  World world(3);
  two_adapters(world, 3);
  set_link(world, 1, 1, false);
  set_link(world, 1, 0, false);
  EXPECT_EQ(world.node(1).on_standby, 0);
}

}  // namespace
}  // namespace heartwire::test
