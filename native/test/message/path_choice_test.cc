// Which networks carry what, and that a silent one is avoided, asked now and then, and used again once it answers.
#include <gtest/gtest.h>

#include "core/message/path_choice.h"
#include "core/message/round_trip.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSilentAfter = 20 * kMs;

TEST(PathChoice, SmallGoesOverAllLargeOverThePreferred) {
  PathChoice paths;
  EXPECT_EQ(paths.first(true, kMs, kSilentAfter), 0);
  EXPECT_EQ(paths.first(false, kMs, kSilentAfter), 0);
  paths.set_usable(0b1011);
  paths.prefer(1);
  EXPECT_EQ(paths.first(true, kMs, kSilentAfter), 0b1011);
  EXPECT_EQ(paths.first(false, kMs, kSilentAfter), 0b0010);
  paths.prefer(2);  // not usable: the next one
  EXPECT_EQ(paths.first(false, kMs, kSilentAfter), 0b1000);
}

TEST(PathChoice, AResendTakesAnotherNetwork) {
  PathChoice paths;
  paths.set_usable(0b1011);
  EXPECT_EQ(paths.again(false, 0b0001, kMs, kSilentAfter), 0b0010);
  EXPECT_EQ(paths.again(false, 0b0010, kMs, kSilentAfter), 0b1000);
  EXPECT_EQ(paths.again(false, 0b1000, kMs, kSilentAfter), 0b0001);
  paths.set_usable(0b0001);
  EXPECT_EQ(paths.again(false, 0b0001, kMs, kSilentAfter), 0b0001) << "the only one";
}

TEST(PathChoice, ASilentNetworkIsAvoidedAndProbed) {
  PathChoice paths;
  paths.set_usable(0b11);
  const std::uint64_t start = 1000 * kMs;
  EXPECT_EQ(paths.first(false, start, kSilentAfter), 0b01);
  EXPECT_FALSE(paths.silent(0, start + 19 * kMs, kSilentAfter));
  EXPECT_TRUE(paths.silent(0, start + 20 * kMs, kSilentAfter));
  EXPECT_EQ(paths.first(false, start + 20 * kMs, kSilentAfter), 0b11) << "the good one, and a probe";
  paths.answered(1);
  EXPECT_EQ(paths.first(false, start + 21 * kMs, kSilentAfter), 0b10) << "probed just now";
  paths.answered(1);
  EXPECT_EQ(paths.first(false, start + 600 * kMs, kSilentAfter), 0b11);
  paths.answered(0);
  paths.answered(1);
  EXPECT_EQ(paths.first(false, start + 601 * kMs, kSilentAfter), 0b01) << "back";
}

TEST(PathChoice, WhenAllAreSilentAllAreTried) {
  PathChoice paths;
  paths.set_usable(0b11);
  paths.first(true, kMs, kSilentAfter);
  const std::uint64_t later = 100 * kMs;
  EXPECT_EQ(paths.again(false, 0b01, later, kSilentAfter), 0b10);
  EXPECT_EQ(paths.again(false, 0b10, later, kSilentAfter), 0b01);
}

TEST(PathChoice, IfOnlyASilentOneIsLeftToChangeToBothAreTaken) {
  PathChoice paths;
  paths.set_usable(0b11);
  paths.first(true, kMs, kSilentAfter);
  paths.answered(0);
  EXPECT_EQ(paths.again(false, 0b01, 100 * kMs, kSilentAfter), 0b11);
}

TEST(RoundTrip, TheTimerIsTheFloorAndDoubles) {
  RoundTrip round_trip;
  EXPECT_EQ(round_trip.retry_ns(20 * kMs, 1), 20 * kMs);
  EXPECT_EQ(round_trip.retry_ns(20 * kMs, 2), 40 * kMs);
  EXPECT_EQ(round_trip.retry_ns(20 * kMs, 9), 250 * kMs);
  EXPECT_EQ(round_trip.retry_ns(20 * kMs, 1000), 250 * kMs);
  EXPECT_EQ(round_trip.retry_ns(400 * kMs, 3), 400 * kMs) << "a longer timer is its own ceiling";
  for (int i = 0; i < 50; i++) round_trip.sample(60 * kMs);
  EXPECT_GE(round_trip.retry_ns(20 * kMs, 1), 60 * kMs);
  EXPECT_LE(round_trip.retry_ns(20 * kMs, 1), 65 * kMs);
}

}  // namespace
}  // namespace heartwire
