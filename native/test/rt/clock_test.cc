// A wall-clock stamp becomes a time of arrival that no step of the wall clock can turn into nonsense.
#include "core/rt/clock.h"

#include <gtest/gtest.h>

namespace heartwire::test {
namespace {

constexpr std::uint64_t kNow = 1'000'000, kWall = 50'000'000, kDrain = 900'000;

TEST(ArrivalTime, IsAsOldAsTheStampSays) { EXPECT_EQ(arrival_ns(kNow, kWall, kWall - 40'000, kDrain), kNow - 40'000); }

TEST(ArrivalTime, IsNeverBeforeTheLastDrain) {
  EXPECT_EQ(arrival_ns(kNow, kWall, kWall - 400'000, kDrain), kDrain);
  EXPECT_EQ(arrival_ns(kNow, kWall, 1, kDrain), kDrain) << "the wall clock was set forward";
}

TEST(ArrivalTime, IsNeverInTheFuture) {
  EXPECT_EQ(arrival_ns(kNow, kWall, kWall + 1, kDrain), kNow) << "the wall clock was set back";
  EXPECT_EQ(arrival_ns(kNow, kWall, UINT64_MAX, kDrain), kNow);
  EXPECT_EQ(arrival_ns(kNow, kWall, kWall - 40'000, kNow + 1), kNow) << "a last drain after now";
}

TEST(ArrivalTime, SurvivesAnAgeBeyondTheMachinesOwn) { EXPECT_EQ(arrival_ns(10, UINT64_MAX, 0, 0), 0u); }

TEST(Clocks, GoForward) {
  const std::uint64_t before = boot_time_ns();
  EXPECT_GE(boot_time_ns(), before);
  EXPECT_GT(wall_time_ns(), 1'600'000'000'000'000'000u);
}

}  // namespace
}  // namespace heartwire::test
