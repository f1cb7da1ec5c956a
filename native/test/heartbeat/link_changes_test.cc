// Links that come and go while the engine runs (R5): whoever is heard elsewhere is not touched by it.
#include <gtest/gtest.h>

#include "test/heartbeat/engine_world.h"

namespace heartwire::test {
namespace {

void set_offline(World& world, std::uint16_t node, std::uint8_t link, bool offline) {
  EngineCommand command;
  command.kind = CommandKind::set_link_offline;
  command.offline = {link, offline};
  world.node(node).command(command);
}

void drop(World& world, std::uint16_t node, std::uint8_t link) {
  EngineCommand command;
  command.kind = CommandKind::drop_link;
  command.offline = {link, false};
  world.node(node).command(command);
}

void open(World& world, std::uint16_t node, std::uint8_t link) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  command.link = {link, true, true, link, 0};
  world.node(node).command(command);
}

void nic_first(World& world, std::uint16_t node) {
  EngineCommand command;
  command.kind = CommandKind::set_timing;
  command.timing = {world.timing.interval_us, world.timing.timeout_us, 0, NicPolicy::first};
  world.node(node).command(command);
}

void watch(World& world, std::uint16_t node, std::uint16_t peer) {
  EngineCommand command;
  command.kind = CommandKind::set_peer;
  command.peer = {peer, true, true, 0, 0};
  world.node(node).command(command);
}

void owned(World& world) {
  for (std::uint16_t node = 1; node <= 3; ++node) {
    for (std::uint16_t peer = 1; peer <= 3; ++peer) {
      if (peer != node) watch(world, node, peer);
    }
  }
  world.order(1, 0, {1, 2, 3});
  world.stand(1);
  world.run(50 * kMs);
  ASSERT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

std::uint64_t path_up(World& world, std::uint16_t node, std::uint16_t peer, std::uint8_t link) {
  for (const PagePeer& each : world.node(node).page->peers) {
    if (each.node_id.get() == peer) return each.paths[link].up.get();
  }
  return 0;
}

TEST(LinkChanges, ALinkThatGoesTakesNoNodeAndNoSeatWithIt) {
  World world(3);
  owned(world);
  for (std::uint16_t node = 1; node <= 3; ++node) {
    set_offline(world, node, 0, true);
    world.run(5 * kMs);
  }
  for (std::uint16_t node = 1; node <= 3; ++node) {
    drop(world, node, 0);
    world.run(20 * kMs);
  }
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
  for (std::uint16_t node = 1; node <= 3; ++node) {
    EXPECT_EQ(world.node(node).count(EventKind::node_down), 0u);
    EXPECT_EQ(world.node(node).count(EventKind::seat_lapsed), 0u);
    EXPECT_EQ(world.node(node).page->links[0].present.get(), 0u);
  }
  EXPECT_EQ(path_up(world, 1, 2, 0), 0u);
  EXPECT_EQ(path_up(world, 1, 2, 1), 1u);
}

// With `nic_policy: first` a silent path is a failed node: but not one of a link that is said to go.
TEST(LinkChanges, SilenceOfALinkThatIsOfflineIsNobodysFailure) {
  for (const bool told : {true, false}) {
    World world(3);
    owned(world);
    for (std::uint16_t node = 1; node <= 3; ++node) nic_first(world, node);
    if (told) set_offline(world, 1, 0, true);
    drop(world, 2, 0);
    world.run(20 * kMs);
    EXPECT_EQ(world.node(1).count(EventKind::node_down) == 0, told);
  }
}

// A change that came to nothing closes a link at one node before the other has heard of it; and what takes a number may have been
// said to count for nothing before what had it is closed.
TEST(LinkChanges, ALinkThatIsNotDecidedOnYetIsNobodysFailureEither) {
  World world(3);
  owned(world);
  for (std::uint16_t node = 1; node <= 3; ++node) nic_first(world, node);
  for (std::uint16_t node = 1; node <= 3; ++node) set_offline(world, node, 0, true);
  for (std::uint16_t node = 1; node <= 3; ++node) drop(world, node, 0);
  for (std::uint16_t node = 1; node <= 3; ++node) open(world, node, 0);
  for (std::uint16_t node = 1; node <= 3; ++node) {
    for (std::uint16_t peer = 1; peer <= 3; ++peer) {
      if (peer == node) continue;
      EngineCommand command;
      command.kind = CommandKind::set_peer_path;
      command.path = {peer, 0, address_of(peer, 0)};
      world.node(node).command(command);
    }
  }
  world.run(20 * kMs);
  ASSERT_EQ(path_up(world, 1, 2, 0), 1u);
  drop(world, 2, 0);
  world.run(20 * kMs);
  EXPECT_EQ(path_up(world, 1, 2, 0), 0u);
  EXPECT_EQ(world.node(1).count(EventKind::node_down), 0u);
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

// What was heard on it says nothing when its number is used again; nor do its sequences begin anew.
TEST(LinkChanges, ALinkThatComesBackIsHeardAgainOncePathsAreProven) {
  World world(3);
  owned(world);
  for (std::uint16_t node = 1; node <= 3; ++node) drop(world, node, 0);
  world.run(20 * kMs);
  for (std::uint16_t node = 1; node <= 3; ++node) open(world, node, 0);
  world.run(20 * kMs);
  EXPECT_EQ(path_up(world, 1, 2, 0), 0u) << "nobody has proven an address there";
  for (std::uint16_t node = 1; node <= 3; ++node) {
    for (std::uint16_t peer = 1; peer <= 3; ++peer) {
      if (peer == node) continue;
      EngineCommand command;
      command.kind = CommandKind::set_peer_path;
      command.path = {peer, 0, address_of(peer, 0)};
      world.node(node).command(command);
    }
  }
  world.run(20 * kMs);
  EXPECT_EQ(path_up(world, 1, 2, 0), 1u);
  EXPECT_EQ(world.node(2).page->links[0].rejects[static_cast<std::size_t>(Reject::replay)].get(), 0u);
  EXPECT_EQ(world.holders(), std::vector<std::uint16_t>{1});
}

}  // namespace
}  // namespace heartwire::test
