// What is told of an interface is what `ip` tells.
#include <cstdio>

#include "core/net/interface_info.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

using InterfaceInfoTest = TwoHosts;

TEST_F(InterfaceInfoTest, TellsIndexMacMtuCarrierAndAddresses) {
  const auto info = interface_info("wire0");
  ASSERT_TRUE(info);
  EXPECT_GT(info->index, 0);
  EXPECT_EQ(info->mtu, 1500);
  EXPECT_TRUE(info->carrier);
  char mac[18];
  const auto& byte = info->mac;
  std::snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", byte[0], byte[1], byte[2], byte[3], byte[4], byte[5]);
  EXPECT_NE(ip("link show wire0").find(mac), std::string::npos);
  bool v4 = false, v6 = false;
  for (const InterfaceAddress& one : info->addresses) {
    v4 = v4 || (one.address.family == AddressFamily::ipv4 && one.address.bytes[3] == 1 && one.prefix_length == 24);
    v6 = v6 || (one.address.family == AddressFamily::ipv6 && one.address.bytes[0] == 0xfd && one.prefix_length == 64);
  }
  EXPECT_TRUE(v4);
  EXPECT_TRUE(v6);
}

TEST_F(InterfaceInfoTest, KnowsTheBroadcastAddress) {
  InterfaceAddress address{{AddressFamily::ipv4, 0, 0, {10, 9, 3, 1}, 0}, 22};
  EXPECT_EQ(subnet_broadcast(address).bytes, (std::array<std::uint8_t, 16>{10, 9, 3, 255}));
  address.prefix_length = 32;
  EXPECT_EQ(subnet_broadcast(address), address.address);
}

TEST_F(InterfaceInfoTest, KnowsAMacvlan) {
  ip("link add moving0 link wire0 type macvlan");
  ip("link set moving0 address 02:00:00:00:00:07");
  ASSERT_TRUE(interface_info("moving0"));
  EXPECT_EQ(interface_info("moving0")->mac[5], 7);
  EXPECT_FALSE(interface_info("moving0")->carrier);
}

TEST_F(InterfaceInfoTest, NothingOfWhatIsNotThere) {
  EXPECT_FALSE(interface_info("nothing0"));
  EXPECT_FALSE(interface_info(""));
  EXPECT_FALSE(interface_info("a-name-that-is-far-too-long"));
}

}  // namespace
}  // namespace heartwire::test
