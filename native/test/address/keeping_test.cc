// Other software and other hosts: what is deleted comes back, what does not belong here goes, who else claims an
// address is reported.
#include <cerrno>

#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

class KeepingTest : public AddressWorld {
 protected:
  void hold(std::vector<VirtualAddress> addresses, bool first_acquisition = false) {
    ASSERT_EQ(thread().set_addresses(std::move(addresses)), "");
    order(true, 1, first_acquisition);
    ASSERT_FALSE(answer().failed);
  }
};

TEST_F(KeepingTest, X6PutsBackWhatOtherSoftwareDeletes) {
  start();
  hold({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)});
  ip("addr del 10.9.0.100/24 dev wire0");
  ip("-6 addr del fd09::100/64 dev wire0");
  EXPECT_TRUE(eventually([&] { return events(EventKind::address_deleted).size() == 2; }));
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_TRUE(has_address("fd09::100"));
  const EngineEvent event = events(EventKind::address_deleted)[1];
  EXPECT_EQ(event.address, 1);
  EXPECT_EQ(event.flag, 1);
  EXPECT_LT(event.value, 1'000'000'000u) << "ns away";
}

TEST_F(KeepingTest, ItDoesNotFightACloseOrder) {
  start();
  hold({virtual_address("10.9.0.100", 24)});
  for (std::uint64_t epoch = 1; epoch < 20; ++epoch) {
    order(false, epoch);
    order(true, epoch + 1);
  }
  order(false, 20);
  answer();
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_TRUE(events(EventKind::address_deleted).empty());
  EXPECT_TRUE(events(EventKind::address_stray).empty());
}

TEST_F(KeepingTest, StraysAreRemovedAtStartAndLater) {
  ip("addr add 10.9.0.100/32 dev lo");
  ip("-6 addr add fd09::100/64 dev wire0 nodad");
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)}), "");
  EXPECT_TRUE(eventually([&] { return events(EventKind::address_stray).size() == 2; }));
  EXPECT_FALSE(has_address("10.9.0.100", "lo"));
  EXPECT_FALSE(has_address("fd09::100"));
  ip("addr add 10.9.0.100/24 dev wire0");
  EXPECT_TRUE(eventually([&] { return events(EventKind::address_stray).size() == 3; }));
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(KeepingTest, ClosingAlsoTakesACopyWithAnotherPrefix) {
  start();
  hold({virtual_address("10.9.0.100", 24)});
  ip("addr add 10.9.0.100/32 dev wire0");
  order(false, 1);
  answer();
  EXPECT_TRUE(eventually([] { return !has_address("10.9.0.100"); }));
}

TEST_F(KeepingTest, AnInterfaceThatComesBackGetsItsAddressesBack) {
  start();
  hold({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)});
  ip("link del wire0");
  EXPECT_TRUE(eventually([&] { return events(EventKind::address_deleted).size() == 2; }));
  EXPECT_EQ(events(EventKind::address_deleted)[0].flag, 0) << "cannot be put back yet";
  ip("link add wire0 type veth peer name wire1");
  ip("link set wire0 up");
  EXPECT_TRUE(eventually([] { return has_address("10.9.0.100") && has_address("fd09::100"); }));
  EXPECT_TRUE(eventually([&] { return events(EventKind::address_deleted).size() == 4; }));
  order(false, 1);
  answer();
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_FALSE(has_address("fd09::100"));
}

TEST_F(KeepingTest, AnInterfaceThatGoesDownAndUpAnswersAgain) {
  start();
  hold({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)});
  ip("link set wire0 down");
  ip("link set wire0 up");
  ip("-6 addr replace fd09::1/64 dev wire0 nodad");
  EXPECT_TRUE(eventually([&] {
    int v4 = 1, v6 = 1;
    there([&] {
      run_program("ping -c1 -W0.2 10.9.0.100", v4);
      run_program("ping -c1 -W0.2 fd09::100", v6);
    });
    return v4 == 0 && v6 == 0;
  }, 6000));
}

TEST_F(KeepingTest, TheProbeFindsAnotherHolder) {
  there([] { ip("addr add 10.9.0.100/24 dev wire0"); });
  AddressOptions options = quick();
  options.probe_ms = 200;
  start(options);
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1, true);
  const AddressDone done = answer();
  EXPECT_TRUE(done.failed);
  EXPECT_EQ(done.error, EADDRINUSE);
  EXPECT_FALSE(has_address("10.9.0.100"));
  ASSERT_EQ(events(EventKind::address_conflict).size(), 1u);
  EXPECT_EQ(events(EventKind::address_conflict)[0].flag, 1);
  EXPECT_NE(events(EventKind::address_conflict)[0].value, 0u);
}

TEST_F(KeepingTest, TheProbeFindsAnotherIpv6Holder) {
  there([] { ip("-6 addr add fd09::100/64 dev wire0 nodad"); });
  AddressOptions options = quick();
  options.probe_ms = 200;
  start(options);
  ASSERT_EQ(thread().set_addresses({virtual_address("fd09::100", 64)}), "");
  order(true, 1, true);
  EXPECT_EQ(answer().error, EADDRINUSE);
  EXPECT_FALSE(has_address("fd09::100"));
}

TEST_F(KeepingTest, AFreeAddressIsOpenedAfterTheProbe) {
  AddressOptions options = quick();
  options.probe_ms = 50;
  start(options);
  hold({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)}, true);
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_TRUE(has_address("fd09::100"));
}

TEST_F(KeepingTest, ACloseOrderEndsTheProbe) {
  AddressOptions options = quick();
  options.probe_ms = 10'000;
  start(options);
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1, true);
  EXPECT_FALSE(has_address("10.9.0.100"));
  order(false, 1);
  EXPECT_FALSE(answer().open) << "each order is answered, the overtaken one too";
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(KeepingTest, ATakeoverDoesNotProbeAndReportsWhoGoesOnClaiming) {
  there([] { ip("addr add 10.9.0.100/24 dev wire0"); });
  start();
  hold({virtual_address("10.9.0.100", 24)});
  ASSERT_TRUE(eventually([&] {  // the other holder speaks from the address
    there([] {
      int ignored = 0;
      run_program("ping -c1 -W0.2 -I 10.9.0.100 10.9.0.77", ignored);
    });
    return !events(EventKind::address_conflict).empty();
  }));
  EXPECT_EQ(events(EventKind::address_conflict)[0].flag, 0);
  EXPECT_TRUE(has_address("10.9.0.100"));
}

}  // namespace
}  // namespace heartwire::test
