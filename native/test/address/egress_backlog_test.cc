// How long what is sent now waits in an egress queue.
#include "core/address/egress_backlog.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

// Reads every 5 ms a queue that sends `bytes_per_ms` and always holds `queued`.
std::uint64_t keep_full(EgressBacklog& backlog, std::uint64_t from_ms, std::uint64_t to_ms, std::uint64_t bytes_per_ms,
                        std::uint64_t queued) {
  for (std::uint64_t ms = from_ms; ms < to_ms; ms += 5) backlog.read(ms * kMs, ms * bytes_per_ms, queued);
  return backlog.drain_ns();
}

TEST(EgressBacklog, IsWhatWaitsAtTheRateOfWhatLeaves) {
  EgressBacklog backlog;
  EXPECT_EQ(backlog.drain_ns(), 0u);
  EXPECT_EQ(keep_full(backlog, 1000, 1300, 125, 12'500), 100 * kMs);
  EXPECT_TRUE(backlog.waiting());
}

TEST(EgressBacklog, AnEmptyQueueHoldsNothingUp) {
  EgressBacklog backlog;
  EXPECT_EQ(keep_full(backlog, 1000, 3000, 125'000, 0), 0u);
  EXPECT_FALSE(backlog.waiting());
}

TEST(EgressBacklog, OneLookAtAQueueTellsNothingOfItsRate) {
  EgressBacklog backlog;
  backlog.read(1000 * kMs, 5000, 1'000'000);
  EXPECT_EQ(backlog.drain_ns(), 0u);
}

TEST(EgressBacklog, WhereNothingLeavesItHasStoodForAsLongAlready) {
  EgressBacklog backlog;
  EXPECT_EQ(keep_full(backlog, 1000, 1040, 0, 1500), 35 * kMs);
  EXPECT_EQ(keep_full(backlog, 1040, 1405, 0, 1500), 400 * kMs);
  EXPECT_EQ(keep_full(backlog, 1405, 9000, 0, 1500), EgressBacklog::kDrainNsMax);
}

TEST(EgressBacklog, TheWorstOfTheLastSecondCounts) {
  EgressBacklog backlog;
  keep_full(backlog, 1000, 1300, 125, 12'500);
  for (std::uint64_t ms = 1300; ms < 1500; ms += 20) backlog.read(ms * kMs, 500'000, 0);
  EXPECT_EQ(backlog.drain_ns(), 100 * kMs);
  for (std::uint64_t ms = 1500; ms < 2600; ms += 20) backlog.read(ms * kMs, 500'000, 0);
  EXPECT_EQ(backlog.drain_ns(), 0u);
}

TEST(EgressBacklog, IsBounded) {
  EgressBacklog backlog;
  EXPECT_EQ(keep_full(backlog, 1000, 1300, 1, 4'000'000'000), EgressBacklog::kDrainNsMax);
}

TEST(EgressBacklog, CountersThatBeginAnewAreAnotherQueue) {
  EgressBacklog backlog;
  keep_full(backlog, 1000, 1300, 125, 1250);
  backlog.read(1305 * kMs, 100, 1250);  // somebody has put another queue there
  backlog.read(1310 * kMs, 725, 1250);
  EXPECT_EQ(backlog.drain_ns(), 10 * kMs);
}

}  // namespace
}  // namespace heartwire
