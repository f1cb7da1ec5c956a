// The address thread on real interfaces: what it is told to hold is there and known to the neighbours at once, and what
// it is told to give up is gone.
#include <arpa/inet.h>

#include <cerrno>
#include <chrono>

#include "core/rt/clock.h"
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

using AddressThreadTest = AddressWorld;

// Does the other host get an answer from this address? Also puts it into the other host's neighbour cache.
bool answers(const std::string& text) {
  int status = 0;
  run_program("ping -c1 -W0.2 " + text, status);
  return status == 0;
}

TEST_F(AddressThreadTest, OpensAndClosesAnIpv4Address) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  const AddressDone opened = answer();
  EXPECT_TRUE(opened.open);
  EXPECT_FALSE(opened.failed) << opened.error;
  EXPECT_TRUE(has_address("10.9.0.100"));
  there([] { EXPECT_TRUE(answers("10.9.0.100")); });
  order(false, 1);
  const AddressDone closed = answer();
  EXPECT_FALSE(closed.open);
  EXPECT_FALSE(closed.failed);
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(AddressThreadTest, AnIpv6AddressAnswersWithoutWaitingForDuplicateDetection) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("fd09::100", 64)}), "");
  order(true, 1);
  EXPECT_FALSE(answer().failed);
  EXPECT_EQ(ip("-6 addr show dev wire0 tentative").find("fd09::100"), std::string::npos);
  EXPECT_NE(ip("-6 addr show dev wire0 deprecated").find("fd09::100"), std::string::npos);
  there([] { EXPECT_TRUE(answers("fd09::100")); });
  order(false, 1);
  answer();
  EXPECT_FALSE(has_address("fd09::100"));
}

TEST_F(AddressThreadTest, RepeatedOrdersAreFine) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 32), virtual_address("fd09::100", 128)}), "");
  for (std::uint64_t epoch = 1; epoch < 4; ++epoch) {
    order(true, epoch);
    EXPECT_FALSE(answer().failed);
  }
  EXPECT_TRUE(has_address("10.9.0.100"));
  for (int again = 0; again < 2; ++again) {
    order(false, 3);
    EXPECT_FALSE(answer().failed);
  }
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_FALSE(has_address("fd09::100"));
}

TEST_F(AddressThreadTest, AnOrderOfAnOldEpochIsRefused) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 5);
  answer();
  order(false, 4);
  EXPECT_EQ(answer().epoch, 4u);
  EXPECT_TRUE(has_address("10.9.0.100"));
  order(false, 5);
  answer();
  order(true, 3);
  const AddressDone late = answer();
  EXPECT_TRUE(late.failed);
  EXPECT_EQ(late.error, ESTALE);
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(AddressThreadTest, AMissingInterfaceFailsTheSeat) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("10.9.0.101", 24, 0, "nothing0")}), "");
  order(true, 1);
  const AddressDone done = answer();
  EXPECT_TRUE(done.failed);
  EXPECT_EQ(done.error, ENODEV);
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(AddressThreadTest, FiftyAddressesMoveAsOne) {
  start();
  std::vector<VirtualAddress> addresses;
  for (int index = 0; index < 25; ++index) {
    addresses.push_back(virtual_address("10.9.0." + std::to_string(100 + index), 24));
    addresses.push_back(virtual_address("fd09::" + std::to_string(100 + index), 64));
  }
  ASSERT_EQ(thread().set_addresses(addresses), "");
  order(true, 1);
  EXPECT_FALSE(answer().failed);
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_TRUE(has_address("10.9.0.124"));
  EXPECT_TRUE(has_address("fd09::124"));
  order(false, 1);
  answer();
  EXPECT_EQ(ip("addr show dev wire0").find("10.9.0.1/24 scope global wire0"), ip("addr show dev wire0").find("10.9.0.1/24"));
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_FALSE(has_address("10.9.0.124"));
  EXPECT_FALSE(has_address("fd09::100"));
  EXPECT_TRUE(events(EventKind::address_deleted).empty());
  EXPECT_TRUE(events(EventKind::address_stray).empty());
}

TEST_F(AddressThreadTest, C13AddressesComeAndGoWhileTheSeatIsOpen) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  answer();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("10.9.0.101", 24)}), "");
  EXPECT_TRUE(eventually([] { return has_address("10.9.0.101"); }));
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.101", 24)}), "");
  EXPECT_TRUE(eventually([] { return !has_address("10.9.0.100"); }));
  EXPECT_TRUE(has_address("10.9.0.101"));
  EXPECT_TRUE(events(EventKind::address_deleted).empty()) << "nobody else deleted anything";
}

TEST_F(AddressThreadTest, StoppingTakesTheAddressesAway) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)}), "");
  order(true, 1);
  answer();
  stop();
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_FALSE(has_address("fd09::100"));
  AddressOptions keep = quick();
  keep.keep_on_stop = true;
  start(keep);
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  answer();
  stop();
  EXPECT_TRUE(has_address("10.9.0.100"));
}

TEST_F(AddressThreadTest, TheNodesOwnAddressOutlivesAVirtualOneOfItsSubnet) {
  ip("addr flush dev wire0");
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  answer();
  ip("addr add 10.9.0.1/24 dev wire0");  // later than the virtual one, so it is the kernel's secondary
  order(false, 1);
  answer();
  EXPECT_FALSE(has_address("10.9.0.100"));
  EXPECT_TRUE(has_address("10.9.0.1"));
}

TEST_F(AddressThreadTest, AVirtualAddressAloneInItsSubnetBringsTheRoute) {
  ip("addr flush dev wire0");
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  answer();
  EXPECT_NE(ip("route show 10.9.0.0/24").find("wire0"), std::string::npos);
  there([] { EXPECT_TRUE(answers("10.9.0.100")); });
  order(false, 1);
  answer();
  EXPECT_EQ(ip("route show 10.9.0.0/24"), "");
}

TEST_F(AddressThreadTest, ArpIsStrictWhileItRuns) {
  const auto setting = [](const std::string& name) {
    int status = 0;
    return run_program("cat /proc/sys/net/ipv4/conf/wire0/" + name, status);
  };
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  EXPECT_TRUE(eventually([&] {
    return setting("arp_ignore") == "1\n" && setting("arp_announce") == "2\n" && setting("promote_secondaries") == "1\n";
  }));
  stop();
  EXPECT_EQ(setting("arp_ignore"), "0\n");
  EXPECT_EQ(setting("arp_announce"), "0\n");
}

TEST_F(AddressThreadTest, BadAddressesChangeNothing) {
  start();
  EXPECT_NE(thread().set_addresses({virtual_address("224.0.0.1", 24)}), "");
  EXPECT_NE(thread().set_addresses({virtual_address("10.9.0.100", 33)}), "");
  EXPECT_NE(thread().set_addresses({virtual_address("10.9.0.100", 24, 8)}), "");
  EXPECT_NE(thread().set_addresses({virtual_address("10.9.0.100", 24, 0, "a/b")}), "");
  EXPECT_NE(thread().set_addresses({virtual_address("ff02::1", 64)}), "");
  EXPECT_NE(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("10.9.0.100", 24, 1)}), "");
  order(true, 1);
  EXPECT_FALSE(answer().failed);
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(AddressThreadTest, AMacvlanIsAnInterfaceLikeOthers) {
  ip("link add moving0 link wire0 type macvlan mode bridge");
  ip("link set moving0 up");
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24, 0, "moving0")}), "");
  order(true, 1);
  EXPECT_FALSE(answer().failed);
  EXPECT_TRUE(has_address("10.9.0.100", "moving0"));
  there([] { EXPECT_TRUE(answers("10.9.0.100")); });
}

TEST_F(AddressThreadTest, LoopbackHoldsAnAddressWithoutAnnouncing) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.7.100", 32, 0, "lo")}), "");
  order(true, 1, true);
  EXPECT_FALSE(answer().failed);
  EXPECT_TRUE(has_address("10.9.7.100", "lo"));
}

}  // namespace
}  // namespace heartwire::test
