// How an owner counts its lease.
#include "core/lease/tenure.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

TEST(Tenure, EndsWithTheQuorumthLargestPromiseLessTheMargin) {
  Tenure tenure;
  tenure.begin();
  EXPECT_EQ(tenure.expiry_ns(3, 2), 0u);
  tenure.on_grant(0, 10 * kMs, 3 * kMs);
  EXPECT_EQ(tenure.expiry_ns(3, 2), 0u) << "one of three is no majority";
  tenure.on_grant(2, 9 * kMs, 3 * kMs);
  EXPECT_EQ(tenure.expiry_ns(3, 2), 12 * kMs - lease_margin_ns(3 * kMs));
  tenure.on_grant(1, 11 * kMs, 3 * kMs);
  EXPECT_EQ(tenure.expiry_ns(3, 2), 13 * kMs - lease_margin_ns(3 * kMs)) << "not all need answer the same beat";
}

TEST(Tenure, WhatStandsInTheEgressQueueIsTakenOffUnlessItIsMoreThanHalfOfAPromise) {
  Tenure tenure;
  tenure.begin();
  tenure.on_grant(0, 10 * kMs, 8 * kMs);
  tenure.on_grant(1, 10 * kMs, 8 * kMs);
  const std::uint64_t whole_ns = 8 * kMs - lease_margin_ns(8 * kMs);
  EXPECT_EQ(tenure.expiry_ns(3, 2, kMs), 9 * kMs + whole_ns);
  EXPECT_EQ(tenure.expiry_ns(3, 2, whole_ns / 2), 10 * kMs + whole_ns - whole_ns / 2);
  EXPECT_EQ(tenure.expiry_ns(3, 2, whole_ns / 2 + 1), 10 * kMs + whole_ns);
  tenure.on_grant(2, 10 * kMs, 80 * kMs);  // of a witness, which promises for longer
  EXPECT_EQ(tenure.expiry_ns(3, 2, 5 * kMs), 10 * kMs + whole_ns) << "each promise has its own half";
  EXPECT_EQ(tenure.expiry_ns(2, 1, kMs), UINT64_MAX);
}

TEST(Tenure, AnOlderAnswerNeverShortensOrLengthens) {
  Tenure tenure;
  tenure.begin();
  tenure.on_grant(0, 10 * kMs, 3 * kMs);
  tenure.on_grant(1, 10 * kMs, 3 * kMs);
  const std::uint64_t before = tenure.expiry_ns(3, 2);
  tenure.on_grant(1, 5 * kMs, 3 * kMs);
  EXPECT_EQ(tenure.expiry_ns(3, 2), before);
}

TEST(Tenure, AQuorumOfOneHasNoEnd) { EXPECT_EQ(Tenure{}.expiry_ns(2, 1), UINT64_MAX); }

TEST(Tenure, ARestartedVotersPromiseIsForgotten) {
  Tenure tenure;
  tenure.begin();
  tenure.on_grant(0, 10 * kMs, 3 * kMs);
  tenure.on_grant(1, 10 * kMs, 3 * kMs);
  tenure.forget(1);
  EXPECT_EQ(tenure.expiry_ns(3, 2), 0u);
}

TEST(Tenure, PromisesGoWithTheirVotersToAnotherSet) {
  Tenure tenure;
  tenure.begin();
  for (const std::size_t voter : {0u, 1u, 2u}) tenure.on_grant(voter, (10 + voter) * kMs, 3 * kMs);
  std::array<int, kVotersMax> moved;
  moved.fill(-1);
  moved[0] = 2;
  moved[2] = 0;  // voter 1 is none any more
  tenure.renumber(moved);
  EXPECT_EQ(tenure.until_ns(0), 15 * kMs - lease_margin_ns(3 * kMs));
  EXPECT_EQ(tenure.until_ns(1), 0u);
  EXPECT_EQ(tenure.until_ns(2), 13 * kMs - lease_margin_ns(3 * kMs));
}

TEST(Tenure, HalfAPromiseCoversTheEgressQueueAtMost) {
  Tenure tenure;
  tenure.begin();
  EXPECT_FALSE(tenure.covers(kMs));
  tenure.on_grant(0, 10 * kMs, 3 * kMs);
  EXPECT_TRUE(tenure.covers(kMs));
  EXPECT_FALSE(tenure.covers(2 * kMs));
  tenure.on_grant(1, 10 * kMs, 30 * kMs);
  EXPECT_TRUE(tenure.covers(2 * kMs));
}

TEST(Tenure, CountsRunningPromisesOfOthers) {
  Tenure tenure;
  tenure.begin();
  tenure.on_grant(0, 10 * kMs, 3 * kMs);
  tenure.on_grant(1, 10 * kMs, 3 * kMs);
  EXPECT_EQ(tenure.running(11 * kMs, 3, 0), 1u);
  EXPECT_EQ(tenure.running(13 * kMs, 3, 0), 0u);
}

}  // namespace
}  // namespace heartwire
