// Dense traffic takes one network while that answers; what is under way when it fails is late once, and then all carry it again.
#include "core/message/path_trust.h"

#include <gtest/gtest.h>

#include "test/message/stream_world.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kHealthyNs = 100'000;  // what a network of stream_world.h takes

TEST(PathTrust, BeginsWithTheFirstAnswerAndEndsWithTrouble) {
  PathTrust trust;
  EXPECT_FALSE(trust.holds(kMs));
  trust.spread(kMs);
  trust.answered(kMs);
  EXPECT_TRUE(trust.holds(kMs));
  trust.troubled(2 * kMs);
  trust.answered(2 * kMs + PathTrust::kDistrustNs);
  EXPECT_FALSE(trust.holds(2 * kMs + PathTrust::kDistrustNs - 1));
  EXPECT_TRUE(trust.holds(2 * kMs + PathTrust::kDistrustNs));
}

TEST(PathTrust, AsksTheOtherNetworksNowAndThen) {
  PathTrust trust;
  trust.spread(kMs);
  trust.answered(PathTrust::kSpreadNs);
  EXPECT_TRUE(trust.holds(kMs + PathTrust::kSpreadNs - 1));
  EXPECT_FALSE(trust.holds(kMs + PathTrust::kSpreadNs));
}

TEST(PathTrust, IsNotWorthItWhereLittleIsSaid) {
  PathTrust trust;
  trust.spread(kMs);
  trust.answered(kMs);
  EXPECT_FALSE(trust.holds(kMs + PathTrust::kDenseNs));
}

// When trust returns, after trouble at each of these times.
std::uint64_t returns_ns(PathTrust& trust, std::uint64_t troubled_ns) {
  trust.troubled(troubled_ns);
  std::uint64_t now_ns = troubled_ns;
  for (;; now_ns += kMs) {
    trust.answered(now_ns);
    trust.spread(now_ns);
    if (trust.holds(now_ns)) return now_ns;
  }
}

TEST(PathTrust, TroubleThatReturnsSoonLastsLongerEachTime) {
  PathTrust trust;
  std::uint64_t now_ns = kMs;
  std::uint64_t distrust_ns = PathTrust::kDistrustNs;
  for (int time = 0; time < 8; time++) {
    const std::uint64_t until_ns = returns_ns(trust, now_ns);
    EXPECT_EQ(until_ns - now_ns, distrust_ns) << time;
    distrust_ns = std::min(2 * distrust_ns, PathTrust::kDistrustNsMax);
    now_ns = until_ns + kMs;
  }
  now_ns += 5 * PathTrust::kCalmNs;
  EXPECT_EQ(returns_ns(trust, now_ns) - now_ns, PathTrust::kDistrustNs) << "it was calm for long";
}

TEST(PathTrust, TroubleNowAndThenLastsShorterEachTime) {
  PathTrust trust;
  std::uint64_t now_ns = kMs;
  for (int time = 0; time < 8; time++) now_ns = returns_ns(trust, now_ns) + kMs;
  for (const std::uint64_t distrust_ns : {100 * kMs, 50 * kMs, 25 * kMs}) {
    now_ns += PathTrust::kCalmNs;
    const std::uint64_t until_ns = returns_ns(trust, now_ns);
    EXPECT_EQ(until_ns - now_ns, distrust_ns);
    now_ns = until_ns;
  }
}

TEST(PathTrust, OneTroubleIsOneHoweverOftenSomethingIsSentAgain) {
  PathTrust trust;
  for (int time = 0; time < 100; time++) trust.troubled(kMs);
  EXPECT_EQ(returns_ns(trust, kMs), kMs + PathTrust::kDistrustNs);
}

struct DenseTraffic : testing::Test {
  stream_world::World world{7};
  std::uint64_t last_id = 0;

  // Small messages half a millisecond apart; how many of them were late.
  int late_of(int count) {
    int late = 0;
    for (int number = 0; number < count; number++) {
      const std::uint64_t id = ++last_id;
      world.a.sender.submit(id, stream_world::World::message(id, 200), world.now_ns);
      sent_ns[id] = world.now_ns;
      world.run_for(kMs / 2);
    }
    world.run_for(50 * kMs);
    for (std::uint64_t id = last_id - static_cast<std::uint64_t>(count) + 1; id <= last_id; id++) {
      EXPECT_NE(world.b.received_at_ns[id], 0u) << id;
      const std::uint64_t took_ns = world.b.received_at_ns[id] - sent_ns[id];
      worst_ns = std::max(worst_ns, took_ns);
      if (took_ns > kHealthyNs) late++;
    }
    return late;
  }
  std::map<std::uint64_t, std::uint64_t> sent_ns;
  std::uint64_t worst_ns = 0;
};

TEST_F(DenseTraffic, TakesOneNetworkWhileItAnswers) {
  world.networks[1][0].delay_ns = world.networks[1][1].delay_ns = 50'000;
  EXPECT_EQ(late_of(2000), 0);
  EXPECT_GE(world.networks[0][0].carried, 2000u);
  EXPECT_LE(world.networks[0][1].carried, 20u) << "of two thousand";
  EXPECT_GE(world.networks[0][1].carried, 10u) << "now and then";
}

TEST_F(DenseTraffic, IsLateOnceWhenTheNetworkFallsSilent) {
  EXPECT_EQ(late_of(200), 0);
  world.silence(0, 0, true);
  world.silence(1, 0, true);
  EXPECT_LE(late_of(200), 3);
  EXPECT_LE(worst_ns, 5 * kMs);
  EXPECT_EQ(late_of(2000), 0) << "the others carry it";
}

TEST_F(DenseTraffic, DoesNotRelyOnANetworkThatLosesFrames) {
  world.networks[0][0].loss = 0.05;
  late_of(4000);
  EXPECT_LE(late_of(4000), 30) << "two hundred, if it did";
}

}  // namespace
}  // namespace heartwire
