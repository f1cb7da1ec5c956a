// The register's promises, one rule of safety.md a test.
#include "core/lease/register.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint32_t kLeaseUs = 3000;

class Register : public ::testing::Test {
 protected:
  void SetUp() override {
    configure(0, 8, 0);
    order(10, 0, {1, 2, 3});
  }
  void configure(std::uint64_t promised, std::uint64_t reserved, std::uint64_t quiet_until_ns) {
    reg.configure({0, true, promised, reserved, quiet_until_ns, kLeaseUs});
  }
  void order(std::uint64_t id, std::uint64_t base, std::initializer_list<std::uint16_t> chain) {
    SetOrders orders{};
    orders.orders_id = id;
    orders.base_epoch = base;
    for (const std::uint16_t node : chain) orders.chain[orders.count++] = node;
    reg.set_orders(orders);
  }
  Vote ask(std::uint16_t node, std::uint64_t epoch, std::uint64_t now_ns, std::uint64_t orders_id = 10) {
    return reg.on_ask(node, {0, 1, kLeaseUs, epoch, orders_id}, 1, now_ns);
  }
  Grant claim(std::uint16_t node, std::uint64_t epoch, std::uint64_t now_ns, ClaimState state = ClaimState::valid) {
    return reg.on_claim(node, {0, state, 0, kLeaseUs, epoch}, now_ns);
  }
  VoterRegister reg;
};

TEST_F(Register, GivesEachEpochToOneCandidateOnly) {
  EXPECT_EQ(ask(1, 1, 0).answer, Answer::yes);
  EXPECT_EQ(ask(1, 1, kMs).answer, Answer::yes) << "the same ballot again";
  order(10, 0, {2});
  EXPECT_EQ(ask(2, 1, 10 * kMs).answer, Answer::epoch_old);
}

TEST_F(Register, AVoteIsAGrantThatHoldsOthersOff) {
  ask(1, 1, 0);
  const Vote second = ask(2, 2, kMs);
  EXPECT_EQ(second.answer, Answer::held);
  EXPECT_NEAR(second.wait_us, 2000, 2);
  EXPECT_EQ(ask(2, 2, 3 * kMs).answer, Answer::yes);
}

TEST_F(Register, AnOldOwnerIsNotRenewed) {
  ask(1, 1, 0);
  ask(2, 2, 3 * kMs);
  EXPECT_EQ(claim(1, 1, 4 * kMs).answer, Answer::epoch_old);
  EXPECT_EQ(claim(2, 2, 4 * kMs).answer, Answer::yes);
}

TEST_F(Register, AClaimOfALaterEpochWaitsForTheRunningGrant) {
  ask(1, 1, 0);
  EXPECT_EQ(claim(2, 2, kMs).answer, Answer::held);
  EXPECT_EQ(claim(2, 2, 4 * kMs).answer, Answer::yes);
}

TEST_F(Register, NothingAboveReservedWithoutAWrite) {
  order(11, 8, {1});
  EXPECT_EQ(ask(1, 9, 0, 11).answer, Answer::reserve);
  EXPECT_EQ(claim(1, 9, 0).answer, Answer::reserve);
  configure(0, 16, 0);
  EXPECT_EQ(ask(1, 9, 0, 11).answer, Answer::yes);
}

TEST_F(Register, AfterARestartItIsQuietAndCountsAllReservedAsPromised) {
  configure(8, 8, 5 * kMs);
  EXPECT_EQ(ask(1, 1, kMs).answer, Answer::quiet);
  EXPECT_EQ(claim(1, 1, kMs).answer, Answer::quiet);
  EXPECT_EQ(ask(1, 1, 6 * kMs).answer, Answer::epoch_old);
  EXPECT_EQ(claim(1, 8, 6 * kMs).answer, Answer::epoch_old) << "nobody may use a reserved epoch again";
}

TEST_F(Register, ALapsedOwnerIsGrantedAgainThreeTimesAtMost) {
  ask(1, 1, 0);
  for (int time = 1; time <= 3; ++time) EXPECT_EQ(claim(1, 1, 4 * kMs * time, ClaimState::lapsed).answer, Answer::yes);
  EXPECT_EQ(claim(1, 1, 20 * kMs, ClaimState::lapsed).answer, Answer::epoch_old);
  EXPECT_EQ(claim(1, 1, 21 * kMs).answer, Answer::yes) << "valid again: it has heard us";
  EXPECT_EQ(claim(1, 1, 22 * kMs, ClaimState::lapsed).answer, Answer::yes);
}

TEST_F(Register, ALapsedClaimFreesThePromiseAtOnceWhereAnotherAsks) {
  ask(1, 1, 0);
  EXPECT_EQ(ask(2, 2, kMs).answer, Answer::held);
  EXPECT_EQ(claim(1, 1, kMs + 1, ClaimState::lapsed).answer, Answer::epoch_old);
  EXPECT_EQ(ask(2, 2, kMs + 2).answer, Answer::yes);
}

TEST_F(Register, AParkedRequestDoesNotBlockForEver) {
  ask(1, 1, 0);
  EXPECT_EQ(ask(2, 2, kMs).answer, Answer::held);
  EXPECT_EQ(claim(1, 1, 10 * kMs, ClaimState::lapsed).answer, Answer::yes);
}

TEST_F(Register, AReleaseEndsTheEpochForGood) {
  ask(1, 1, 0);
  claim(1, 1, kMs, ClaimState::released);
  EXPECT_EQ(reg.granted_until_ns(), kMs);
  EXPECT_EQ(claim(1, 1, 2 * kMs).answer, Answer::epoch_old) << "a late beat";
  EXPECT_EQ(claim(1, 1, 2 * kMs, ClaimState::lapsed).answer, Answer::epoch_old);
  EXPECT_EQ(ask(2, 2, 2 * kMs).answer, Answer::yes);
}

TEST_F(Register, OnlyTheStandingOrdersMayAsk) {
  EXPECT_EQ(ask(4, 1, 0).answer, Answer::orders);
  EXPECT_EQ(ask(2, 1, 0).answer, Answer::orders) << "2 has epoch 2";
  EXPECT_EQ(ask(1, 1, 0, 9).answer, Answer::orders) << "older orders";
  EXPECT_EQ(ask(4, 1, 0, 11).answer, Answer::yes) << "newer orders than ours: a majority has them";
}

TEST_F(Register, AnotherVoterSetIsRefused) {
  EXPECT_EQ(reg.on_ask(1, {0, 2, kLeaseUs, 1, 10}, 1, 0).answer, Answer::voters);
}

TEST_F(Register, PromisesNoMoreThanTheLongestLeaseOnDisk) {
  EXPECT_EQ(reg.on_ask(1, {0, 1, 60'000, 1, 10}, 1, 0).lease_us, kLeaseUs);
}

TEST_F(Register, OlderOrdersDoNotReplaceNewer) {
  order(9, 0, {3});
  EXPECT_EQ(reg.orders_id(), 10u);
  EXPECT_EQ(reg.position(3), 2);
}

}  // namespace
}  // namespace heartwire
