// Messages over sessions: restarts, forgotten nodes, addresses that change, a reader that does not read.
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

NodeSettings node(std::uint16_t id, std::uint64_t boot = 100) {
  NodeSettings settings;
  settings.node_id = id;
  settings.boot = boot;
  return settings;
}

std::vector<std::uint64_t> ids(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t id = first; id <= last; id++) all.push_back(id);
  return all;
}

struct Pair {
  explicit Pair(std::uint64_t seed) : fleet(seed), a(fleet.add(node(1))), b(&fleet.add(node(2, 200))) {
    fleet.announce_all("x");
    fleet.run_for(100 * kMs);
  }
  Fleet fleet;
  Node& a;
  Node* b;
};

TEST(SessionStream, BothWaysUnderLoss) {
  Pair pair(1);
  pair.fleet.loss = 0.2;
  pair.fleet.repeat = 0.1;
  pair.fleet.jitter_ns = kMs;
  for (int i = 0; i < 200; i++) {
    pair.a.say(2, i % 20 == 0 ? 30'000 : 100);
    pair.b->engine->send(1, ++pair.b->last_id, std::vector<std::uint8_t>(100), pair.fleet.now_ns, i % 3 != 0);
    pair.fleet.run_for(kMs);
  }
  pair.fleet.run_for(3'000 * kMs);
  EXPECT_EQ(pair.b->received_ids(1), ids(1, 200));
  EXPECT_EQ(pair.a.received_ids(2), ids(1, 200));
  EXPECT_EQ(pair.a.of(Kind::delivered).size(), 200u);
}

TEST(SessionStream, ARestartMakesOutstandingMessagesUndeliverable) {
  Pair pair(2);
  for (int i = 0; i < 100; i++) pair.a.say(2, 10'000);
  pair.fleet.run_for(2 * kMs);
  const std::size_t delivered = pair.a.of(Kind::delivered).size();
  ASSERT_GT(delivered, 0u);
  ASSERT_LT(delivered, 100u);
  pair.fleet.remove(*pair.b);
  Node& reborn = pair.fleet.add(node(2, 201));
  reborn.engine->announce(std::vector<std::uint8_t>{1});
  pair.fleet.run_for(200 * kMs);
  EXPECT_EQ(pair.a.of(Kind::undeliverable).size() + pair.a.of(Kind::delivered).size(), 100u);
  ASSERT_EQ(pair.a.of(Kind::session_up).size(), 2u);
  EXPECT_TRUE(reborn.received_ids(1).empty());
  pair.a.say(2, 10);
  reborn.say(1, 10);
  pair.fleet.run_for(50 * kMs);
  EXPECT_EQ(reborn.received_ids(1), ids(101, 101));
  EXPECT_EQ(pair.a.of(Kind::message, 2).back().boot, 201u);
}

TEST(SessionStream, APeerThatRestartedQuietlyIsNoticedByOurFrames) {
  Pair pair(3);
  pair.fleet.remove(*pair.b);
  Node& reborn = pair.fleet.add(node(2, 201));  // its announcement is lost
  pair.a.say(2, 10);
  pair.fleet.run_for(500 * kMs);
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 2u);
  EXPECT_EQ(reborn.of(Kind::session_up).size(), 1u);
  EXPECT_EQ(pair.a.of(Kind::undeliverable).size(), 1u);
}

TEST(SessionStream, AForgottenNodeIsRefusedUntilItIsProvenAgain) {
  Pair pair(4);
  for (int i = 0; i < 20; i++) pair.b->say(1, 10'000);
  pair.fleet.run_for(kMs / 2);
  for (int i = 0; i < 10; i++) pair.a.say(2, 50'000);
  pair.a.engine->forget(2);
  EXPECT_EQ(pair.a.of(Kind::undeliverable).size(), 10u);
  EXPECT_EQ(pair.a.say(2, 10), 11u);
  EXPECT_EQ(pair.a.of(Kind::undeliverable).size(), 11u) << "no session";
  pair.fleet.run_for(2'000 * kMs);  // its frames make a greet it: what b has queued is not lost
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 2u);
  EXPECT_EQ(pair.b->of(Kind::session_up).size(), 1u);
  EXPECT_EQ(pair.a.received_ids(2), ids(1, 20));
  EXPECT_EQ(pair.b->of(Kind::delivered).size(), 20u);
  pair.a.say(2, 10);
  pair.fleet.run_for(100 * kMs);
  EXPECT_EQ(pair.b->received_ids(1), ids(12, 12));
}

TEST(SessionStream, AForgottenNodeThatSaysNothingIsLookedFor) {
  Pair pair(9);
  pair.a.engine->forget(2);
  pair.fleet.run_for(5'000 * kMs);
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 1u) << "forgotten is forgotten";
  pair.a.engine->look_for(2, pair.fleet.now_ns);
  pair.a.engine->look_for(3, pair.fleet.now_ns);  // never met: nobody knows where
  pair.fleet.run_for(50 * kMs);
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 2u);
  pair.a.say(2, 10);
  pair.fleet.run_for(50 * kMs);
  EXPECT_EQ(pair.b->received_ids(1), ids(1, 1));
}

TEST(SessionStream, ANewAddressHasToBeProven) {
  Pair pair(5);
  pair.b->lodging[0] = 77;
  const std::size_t handovers = pair.a.handovers.size();
  pair.b->say(1, 10);
  pair.fleet.run_for(kMs);
  EXPECT_EQ(pair.a.count(Reject::source), 1u);
  EXPECT_EQ(pair.a.received_ids(2), ids(1, 1)) << "it came over the other network";
  pair.fleet.run_for(500 * kMs);
  ASSERT_GT(pair.a.handovers.size(), handovers);
  EXPECT_EQ(pair.a.handovers.back().beat_address, pair.b->address(0, kBeatPort));
  const std::uint64_t refused = pair.a.count(Reject::source);
  pair.b->say(1, 10);
  pair.fleet.run_for(10 * kMs);
  EXPECT_EQ(pair.a.count(Reject::source), refused);
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 1u);
}

TEST(SessionStream, OneSilentNetworkCostsNothing) {
  Pair pair(6);
  pair.fleet.lose = [](const Node&, std::uint8_t link_id, const FrameHeader&) { return link_id == 0; };
  for (int i = 0; i < 50; i++) {
    pair.a.say(2, 500);
    pair.fleet.run_for(kMs);
    ASSERT_EQ(pair.b->received_ids(1).size(), static_cast<std::size_t>(i + 1));
  }
  EXPECT_EQ(pair.a.count(MessageCounter::fragments_resent), 0u);
}

TEST(SessionStream, AReaderThatDoesNotReadHoldsSendersBack) {
  Pair pair(7);
  pair.b->has_room = false;
  for (int i = 0; i < 100; i++) pair.a.say(2, 100);
  pair.fleet.run_for(1'000 * kMs);
  EXPECT_TRUE(pair.b->received_ids(1).empty());
  EXPECT_TRUE(pair.a.of(Kind::undeliverable).empty());
  pair.b->has_room = true;
  pair.fleet.run_for(1'000 * kMs);
  EXPECT_EQ(pair.b->received_ids(1), ids(1, 100));
}

TEST(SessionStream, ADeadPeerIsGivenUp) {
  Pair pair(8);
  pair.fleet.remove(*pair.b);
  for (int i = 0; i < 100; i++) pair.a.say(2, 100);
  pair.fleet.run_for(5'100 * kMs);
  EXPECT_EQ(pair.a.of(Kind::undeliverable).size(), 100u);
  EXPECT_LT(pair.a.count(MessageCounter::fragments_resent), 1'000u);
}

}  // namespace
}  // namespace heartwire::fleet
