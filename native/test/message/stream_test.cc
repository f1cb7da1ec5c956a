// Reliable datagrams over bad networks: everything arrives, once, whole and in order, and soon.
#include <gtest/gtest.h>

#include "test/message/stream_world.h"

namespace heartwire::stream_world {
namespace {

void expect_all(const Node& receiver, std::uint64_t first, std::uint64_t last) {
  ASSERT_EQ(receiver.received_ids.size(), last - first + 1);
  for (std::uint64_t id = first; id <= last; id++) ASSERT_EQ(receiver.received_ids[id - first], id);
}

// Sends messages of these sizes from both sides, and checks that each came out whole.
void exchange(World& world, const std::vector<std::size_t>& sizes, std::uint64_t limit_ns) {
  for (std::size_t i = 0; i < sizes.size(); i++) {
    world.a.sender.submit(i + 1, World::message(i + 1, sizes[i]), world.now_ns);
    world.b.sender.submit(i + 1, World::message(i + 1, sizes[i]), world.now_ns);
  }
  ASSERT_TRUE(world.run_until_idle(limit_ns));
  for (Node* node : {&world.a, &world.b}) {
    expect_all(*node, 1, sizes.size());
    for (std::size_t i = 0; i < sizes.size(); i++) ASSERT_EQ(node->received[i + 1], World::message(i + 1, sizes[i]));
    EXPECT_TRUE(node->given_up.empty());
    EXPECT_EQ(node->delivered_at_ns.size(), sizes.size());
    EXPECT_EQ(node->receiver.kept_bytes(), 0u);
  }
}

TEST(Stream, HealthyNetworkNeedsOneRoundTripAndNoResend) {
  World world(1);
  exchange(world, {100, 0, 1, 1176, 1177, 5000, 100'000}, 100 * kMs);
  EXPECT_EQ(world.a.sender.resent(), 0u);
  EXPECT_EQ(world.a.delivered_at_ns[1], kMs + 200'000);
  EXPECT_EQ(world.a.sender.stream(), 1u);
}

TEST(Stream, SurvivesLossRepetitionAndReordering) {
  for (std::uint64_t seed = 1; seed <= 50; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    world.set_all(0.2, 0.1, 2 * kMs);
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < 100; i++) sizes.push_back((seed * 7919 + i * 104729) % (i % 10 == 0 ? 40'000 : 300));
    exchange(world, sizes, 20'000 * kMs);
  }
}

TEST(Stream, SurvivesLossOnASingleNetwork) {
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, 1);
    world.set_all(0.2, 0.05, 500'000);
    exchange(world, std::vector<std::size_t>(200, 2000), 20'000 * kMs);
  }
}

TEST(Stream, MebibytePassesAndMemoryStaysBounded) {
  World world(3);
  world.set_all(0.05, 0, 0);
  exchange(world, {1 << 20, 10, 1 << 20}, 10'000 * kMs);
  EXPECT_LE(world.b.kept_bytes_max, (std::size_t{1} << 20) + kReceiveWindow * 1400);
}

TEST(Stream, NumbersWrap) {
  World world(4, 2, {}, 0xffffffff - 20);
  world.set_all(0.2, 0.1, kMs);
  exchange(world, std::vector<std::size_t>(60, 3000), 20'000 * kMs);
}

TEST(Stream, OneSilentNetworkCostsASmallMessageNothing) {
  for (std::uint8_t silent = 0; silent < 2; silent++) {
    World world(5);
    world.silence(0, silent, true);
    world.silence(1, silent, true);
    for (std::uint64_t id = 1; id <= 100; id++) {
      world.a.sender.submit(id, World::message(id, 800), world.now_ns);
      const std::uint64_t sent_ns = world.now_ns;
      world.run_for(kMs);
      ASSERT_EQ(world.b.received_at_ns[id], sent_ns + 100'000) << "as if both were healthy";
    }
    EXPECT_EQ(world.a.sender.resent(), 0u);
  }
}

TEST(Stream, OneSilentNetworkCostsALargeMessageOneRetryTimerOnce) {
  World world(6);  // network 0 is preferred
  world.silence(0, 0, true);
  world.silence(1, 0, true);
  std::uint64_t worst_later_ns = 0;
  for (std::uint64_t id = 1; id <= 20; id++) {
    const std::uint64_t sent_ns = world.now_ns;
    world.a.sender.submit(id, World::message(id, 20'000), world.now_ns);
    ASSERT_TRUE(world.run_until_idle(200 * kMs));
    const std::uint64_t took_ns = world.b.received_at_ns[id] - sent_ns;
    if (id == 1) EXPECT_LE(took_ns, 21 * kMs);
    else worst_later_ns = std::max(worst_later_ns, took_ns);
  }
  EXPECT_LE(worst_later_ns, kMs);
  EXPECT_TRUE(world.a.given_up.empty());
}

TEST(Stream, ANetworkThatComesBackIsPreferredAgain) {
  World world(7);
  world.silence(0, 0, true);
  for (std::uint64_t id = 1; id <= 10; id++) {
    world.a.sender.submit(id, World::message(id, 20'000), world.now_ns);
    ASSERT_TRUE(world.run_until_idle(200 * kMs));
  }
  world.silence(0, 0, false);
  std::uint64_t id = 10;
  while (world.a.sender.paths().silent(0, world.now_ns, 20 * kMs)) {
    ASSERT_LT(id, 2000u);
    id++;
    world.a.sender.submit(id, World::message(id, 20'000), world.now_ns);
    ASSERT_TRUE(world.run_until_idle(200 * kMs));
  }
  const std::uint64_t before = world.networks[0][1].carried;
  id++;
  world.a.sender.submit(id, World::message(id, 20'000), world.now_ns);
  ASSERT_TRUE(world.run_until_idle(200 * kMs));
  EXPECT_EQ(world.networks[0][1].carried, before) << "nothing of it went over network 1";
}

TEST(Stream, WhatIsLostAtTheEndIsSentAgainLongBeforeTheRetryTimer) {
  for (const std::size_t bytes : {std::size_t{100}, std::size_t{20'000}}) {
    World world(10, 1);
    world.a.sender.submit(1, World::message(1, 100), world.now_ns);  // measures the round trip
    ASSERT_TRUE(world.run_until_idle(10 * kMs));
    const std::uint64_t sent_ns = world.now_ns;
    world.silence(0, 0, true);
    world.a.sender.submit(2, World::message(2, bytes), world.now_ns);
    world.silence(0, 0, false);
    ASSERT_TRUE(world.run_until_idle(200 * kMs));
    EXPECT_LE(world.b.received_at_ns[2] - sent_ns, 3 * kMs + kAckHoldNs) << bytes << " bytes";
  }
}

TEST(Stream, ASilentPeerIsProbedLessAndLess) {
  World world(11, 1);
  world.a.sender.submit(1, World::message(1, 100), world.now_ns);
  ASSERT_TRUE(world.run_until_idle(10 * kMs));
  world.silence(0, 0, true);
  world.a.sender.submit(2, World::message(2, 100), world.now_ns);
  world.run_for(20 * kMs);
  EXPECT_LE(world.a.sender.resent(), 6u) << "after 1, 3, 7 and 15 ms, and the first retry";
  world.run_for(1000 * kMs);
  EXPECT_LE(world.a.sender.resent(), 14u);
}

TEST(Stream, OneWayLossCostsOneRetryTimer) {
  World world(8);
  world.silence(1, 0, true);  // network 0 carries fragments there, but no acknowledgement back
  for (std::uint64_t id = 1; id <= 20; id++) {
    world.a.sender.submit(id, World::message(id, 20'000), world.now_ns);
    ASSERT_TRUE(world.run_until_idle(200 * kMs));
  }
  expect_all(world.b, 1, 20);
}

TEST(Stream, AWholeOutageShorterThanTheTimeLosesNothing) {
  World world(9);
  for (std::uint64_t id = 1; id <= 500; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  for (std::uint8_t link_id = 0; link_id < 2; link_id++) world.silence(0, link_id, true);
  world.run_for(4'500 * kMs);
  for (std::uint8_t link_id = 0; link_id < 2; link_id++) world.silence(0, link_id, false);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  expect_all(world.b, 1, 500);
}

}  // namespace
}  // namespace heartwire::stream_world
