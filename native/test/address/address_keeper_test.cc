// The keeper without its thread, so that things happen that are rare otherwise: orders that overtake each other while
// the kernel keeps us waiting, and more news than the socket holds.
#include "core/address/address_keeper.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/guard/kernel_guard.h"
#include "core/rt/clock.h"
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

// The calling thread may change the network, or may not.
void allow_network(bool allowed) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  ASSERT_EQ(syscall(SYS_capget, &header, sets.data()), 0);
  const std::uint32_t bit = 1u << CAP_NET_ADMIN;
  sets[0].effective = allowed ? sets[0].effective | bit : sets[0].effective & ~bit;
  ASSERT_EQ(syscall(SYS_capset, &header, sets.data()), 0);
}

class AddressKeeperTest : public AddressWorld {
 protected:
  void SetUp() override {
    AddressWorld::SetUp();
    if (IsSkipped()) return;
    begin(quick());
  }
  void begin(const AddressOptions& options) {
    keeper_ = std::make_unique<AddressKeeper>(options, AddressKeeper::Outside{
        .answer = [this](const AddressDone& done) { answers_.push_back(done); },
        .report = [this](const EngineEvent& event) { events_.push_back(event); },
        .overruled = [this](std::uint8_t) { return overruled_; },
        .wait_on = [](int) {}});
    ASSERT_EQ(keeper_->open(), 0);
  }
  void TearDown() override {
    keeper_.reset();
    AddressWorld::TearDown();
  }
  void open(std::uint64_t epoch) { keeper_->carry_out({0, true, false, epoch, 0}, boot_time_ns()); }

  std::unique_ptr<AddressKeeper> keeper_;
  std::vector<AddressDone> answers_;
  std::vector<EngineEvent> events_;
  bool overruled_ = false;
};

TEST_F(AddressKeeperTest, WhatIsClosedNextIsNotAnnounced) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  there([] { ip("neigh replace 10.9.0.100 lladdr 02:00:00:00:00:99 dev wire0 nud reachable"); });
  overruled_ = true;
  open(1);
  EXPECT_EQ(neighbour_mac("10.9.0.100"), "02:00:00:00:00:99");
  overruled_ = false;
  open(2);
  EXPECT_EQ(neighbour_mac("10.9.0.100"), own_mac());
}

TEST_F(AddressKeeperTest, AfterAnOverrunWhatIsMissingIsPutBack) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)}, boot_time_ns());
  open(1);
  flood_link_news();
  ip("addr del 10.9.0.100/24 dev wire0");  // nobody is told
  ip("addr del fd09::100/64 dev wire0");
  EXPECT_TRUE(eventually([&] {
    keeper_->hear_kernel(boot_time_ns());
    return events_.size() >= 2;
  }));
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_TRUE(has_address("fd09::100"));
}

TEST_F(AddressKeeperTest, AnAddressMovesBetweenInterfacesAndSeatsWithoutBeingRemoved) {
  ip("link add moving0 link wire0 type macvlan mode bridge");
  ip("link set moving0 up");
  keeper_->set_addresses({virtual_address("10.9.0.100", 24, 0)}, boot_time_ns());
  open(1);
  keeper_->carry_out({1, true, false, 1, 0}, boot_time_ns());
  keeper_->set_addresses({virtual_address("10.9.0.100", 24, 0, "moving0")}, boot_time_ns());
  EXPECT_TRUE(has_address("10.9.0.100", "moving0"));
  EXPECT_FALSE(has_address("10.9.0.100"));
  keeper_->set_addresses({virtual_address("10.9.0.100", 24, 1, "moving0")}, boot_time_ns());
  keeper_->hear_kernel(boot_time_ns());
  EXPECT_TRUE(has_address("10.9.0.100", "moving0"));
  EXPECT_TRUE(events_.empty());
}

TEST_F(AddressKeeperTest, ACloseOrderIsAnsweredWhenTheAddressIsOffAndNotBefore) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  open(1);
  ASSERT_EQ(answers_.size(), 1u);
  allow_network(false);
  keeper_->carry_out({0, false, false, 1, 0}, boot_time_ns());
  keeper_->on_time(boot_time_ns() + 20'000'000);
  allow_network(true);
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_EQ(answers_.size(), 1u);
  EXPECT_LT(keeper_->next_deadline_ns(), UINT64_MAX);
  keeper_->on_time(keeper_->next_deadline_ns());
  EXPECT_FALSE(has_address("10.9.0.100"));
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_FALSE(answers_[1].open);
  EXPECT_EQ(keeper_->next_deadline_ns(), UINT64_MAX);
}

// The kernel may keep the address for as long as it likes: nothing passes any more.
TEST_F(AddressKeeperTest, BehindAGuardACloseOrderIsAnsweredAsSoonAsTheAddressIsSilent) {
  GuardReport report;
  const std::unique_ptr<KernelGuard> guard = KernelGuard::start({}, report);
  if (guard == nullptr) GTEST_SKIP() << report.reason;
  AddressOptions options = quick();
  options.guard = guard.get();
  begin(options);
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  open(1);
  ASSERT_EQ(answers_.size(), 1u);
  allow_network(false);
  keeper_->carry_out({0, false, false, 1, 0}, boot_time_ns());
  allow_network(true);
  EXPECT_TRUE(has_address("10.9.0.100"));
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_TRUE(answers_[1].silent);
  EXPECT_TRUE(guard->cells().held(0)) << "closed, and not let go";
  keeper_->on_time(boot_time_ns() + 20'000'000);
  EXPECT_FALSE(has_address("10.9.0.100"));
  ASSERT_EQ(answers_.size(), 3u);
  EXPECT_FALSE(answers_[2].silent);
  keeper_.reset();
}

// A successor that is about to get the seat: the address is on, nobody hears of it, and the guard opens by a store alone.
TEST_F(AddressKeeperTest, WhatIsPreparedIsSilentUntilItsLeaseIsStored) {
  GuardReport report;
  const std::unique_ptr<KernelGuard> guard = KernelGuard::start({}, report);
  if (guard == nullptr) GTEST_SKIP() << report.reason;
  AddressOptions options = quick();
  options.guard = guard.get();
  begin(options);
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  there([] { ip("neigh replace 10.9.0.100 lladdr 02:00:00:00:00:99 dev wire0 nud reachable"); });
  guard->cells().set_expiry(7, 0);
  AddressOrder order{0, true, false, 2, 0, 7, true};
  keeper_->carry_out(order, boot_time_ns());
  keeper_->hear_kernel(boot_time_ns());
  EXPECT_TRUE(has_address("10.9.0.100")) << "it is no stray";
  EXPECT_TRUE(guard->cells().held(0));
  EXPECT_EQ(neighbour_mac("10.9.0.100"), "02:00:00:00:00:99");
  EXPECT_EQ(keeper_->next_deadline_ns(), UINT64_MAX);
  guard->cells().set_expiry(7, boot_time_ns() + 1'000'000'000);
  order.prepares = false;
  keeper_->carry_out(order, boot_time_ns());
  EXPECT_TRUE(eventually([&] { return neighbour_mac("10.9.0.100") == own_mac(); }, 900));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].open);
  EXPECT_FALSE(answers_[0].failed);
  keeper_.reset();
}

TEST_F(AddressKeeperTest, WhatWasPreparedInVainIsTakenOff) {
  GuardReport report;
  const std::unique_ptr<KernelGuard> guard = KernelGuard::start({}, report);
  if (guard == nullptr) GTEST_SKIP() << report.reason;
  AddressOptions options = quick();
  options.guard = guard.get();
  begin(options);
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  AddressOrder order{0, true, false, 2, 0, 7, true};
  keeper_->carry_out(order, boot_time_ns());
  order.open = false;
  keeper_->carry_out(order, boot_time_ns());
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_FALSE(guard->cells().held(0));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].told);
  keeper_->carry_out({0, true, false, 3, 0, 8, true}, boot_time_ns());
  keeper_->set_addresses({virtual_address("10.9.0.101", 24)}, boot_time_ns());
  EXPECT_FALSE(has_address("10.9.0.100")) << "another list: what was prepared goes";
  EXPECT_FALSE(has_address("10.9.0.101"));
  keeper_.reset();
}

TEST_F(AddressKeeperTest, WithoutAGuardNothingIsPreparedAndNoQueueIsTrusted) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  keeper_->carry_out({0, true, false, 2, 0, 7, true}, boot_time_ns());
  EXPECT_FALSE(has_address("10.9.0.100"));
  AddressOrder question{};
  question.asks = true;
  keeper_->carry_out(question, boot_time_ns());
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].told);
  EXPECT_FALSE(answers_[0].unqueued);
}

TEST_F(AddressKeeperTest, AnAddressThatTheKernelRefusesFailsTheSeat) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  allow_network(false);
  open(1);
  allow_network(true);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].failed);
  EXPECT_EQ(answers_[0].error, EPERM);
}

TEST_F(AddressKeeperTest, AFighterGetsItBackTenTimesASecondAtMost) {
  keeper_->set_addresses({virtual_address("10.9.0.100", 24)}, boot_time_ns());
  std::uint64_t now_ns = boot_time_ns();
  keeper_->carry_out({0, true, false, 1, 0}, now_ns);
  for (int step = 0; step < 100; ++step) {  // a second of theirs
    if (has_address("10.9.0.100")) ip("addr del 10.9.0.100/24 dev wire0");
    now_ns += 10'000'000;
    keeper_->hear_kernel(now_ns);
  }
  EXPECT_GE(events_.size(), 8u);
  EXPECT_LE(events_.size(), 12u);
}

}  // namespace
}  // namespace heartwire::test
