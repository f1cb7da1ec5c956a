// An address that goes to the standby adapter of its network (R9): there and announced, off the other one, and its
// answers leave by it. `wire0` serves; `spare0`, whose other end nobody reads, stands by.
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

class AdaptersTest : public AddressWorld {
 protected:
  void SetUp() override {
    AddressWorld::SetUp();
    if (IsSkipped()) return;
    ip("link add spare0 type veth peer name spare1");
    ip("link set spare0 up");
    ip("link set spare1 up");
  }
  static VirtualAddress with_standby(const std::string& text, unsigned prefix_length) {
    VirtualAddress address = virtual_address(text, prefix_length);
    address.standby_interface = "spare0";
    address.network = 0;
    return address;
  }
  static bool only_on(const std::string& text, const std::string& interface, const std::string& other) {
    return eventually([&] { return has_address(text, interface) && !has_address(text, other); });
  }
  static std::string rules() { return ip("rule show priority 4857") + ip("-6 rule show priority 4857"); }
};

TEST_F(AdaptersTest, GoesToTheStandbyAndBack) {
  ip("route add default via 10.9.0.2 dev wire0");
  start();
  ASSERT_EQ(thread().set_addresses({with_standby("10.9.0.100", 24), with_standby("fd09::100", 64)}), "");
  order(true, 1);
  ASSERT_FALSE(answer().failed);
  EXPECT_TRUE(only_on("10.9.0.100", "wire0", "spare0"));
  thread().use_standby(1);
  EXPECT_TRUE(only_on("10.9.0.100", "spare0", "wire0"));
  EXPECT_TRUE(only_on("fd09::100", "spare0", "wire0"));
  EXPECT_TRUE(eventually([] { return ip("route get 10.9.0.2 from 10.9.0.100").find("dev spare0") != std::string::npos; }));
  EXPECT_TRUE(eventually([] { return ip("route get 192.0.2.1 from 10.9.0.100").find("via 10.9.0.2 dev spare0") != std::string::npos; }));
  EXPECT_NE(ip("route get 10.9.0.2").find("dev wire0"), std::string::npos) << "the node's own traffic stays";
  thread().use_standby(0);
  EXPECT_TRUE(only_on("10.9.0.100", "wire0", "spare0"));
  EXPECT_TRUE(only_on("fd09::100", "wire0", "spare0"));
  EXPECT_TRUE(eventually([] { return rules().empty(); }));
  EXPECT_TRUE(events(EventKind::address_deleted).empty());
  EXPECT_TRUE(events(EventKind::address_stray).empty());
}

TEST_F(AdaptersTest, ATakeoverUsesTheStandbyThatWasChosenBefore) {
  start();
  ASSERT_EQ(thread().set_addresses({with_standby("10.9.0.100", 24)}), "");
  thread().use_standby(1);
  order(true, 1);
  ASSERT_FALSE(answer().failed);
  EXPECT_TRUE(only_on("10.9.0.100", "spare0", "wire0"));
  order(false, 1);
  answer();
  EXPECT_FALSE(has_address("10.9.0.100", "spare0"));
  EXPECT_EQ(rules(), "");
  EXPECT_EQ(ip("route show table all proto 72"), "");
}

TEST_F(AdaptersTest, AnotherNetworksSwitchMovesNothing) {
  start();
  ASSERT_EQ(thread().set_addresses({with_standby("10.9.0.100", 24), virtual_address("10.9.0.101", 24)}), "");
  order(true, 1);
  ASSERT_FALSE(answer().failed);
  thread().use_standby(2);
  thread().use_standby(3);
  EXPECT_TRUE(only_on("10.9.0.100", "spare0", "wire0"));
  EXPECT_TRUE(has_address("10.9.0.101", "wire0"));
}

TEST_F(AdaptersTest, RulesThatACrashHasLeftGoAtTheNextStart) {
  ip("rule add from 10.9.0.100 priority 4857 table 77 proto 72");
  ip("rule add from 10.9.0.7 priority 4857 table 77 proto 72");
  start();
  ASSERT_EQ(thread().set_addresses({with_standby("10.9.0.100", 24)}), "");
  EXPECT_TRUE(eventually([] { return rules().find("10.9.0.100") == std::string::npos; }));
  EXPECT_NE(rules().find("10.9.0.7"), std::string::npos) << "of another cluster";
}

TEST_F(AdaptersTest, AnInterfaceCannotStandByForItself) {
  start();
  VirtualAddress address = with_standby("10.9.0.100", 24);
  address.standby_interface = "wire0";
  EXPECT_NE(thread().set_addresses({address}), "");
}

}  // namespace
}  // namespace heartwire::test
