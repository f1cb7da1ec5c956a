// What the other hosts on the wire know after a takeover, and how soon: their neighbour caches point here, also within
// the second in which Linux ignores changes of a fresh entry.
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "core/address/announce.h"
#include "core/net/interface_info.h"
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

class TakeoverTest : public AddressWorld {
 protected:
  // The other host has just spoken with somebody else's address.
  void learn_old_owner(const std::string& text) {
    const std::string family = text.find(':') == std::string::npos ? "" : "-6 ";
    there([&] {
      ip(family + "neigh replace " + text + " lladdr 02:00:00:00:00:99 dev wire0 nud reachable");
    });
  }
  void expect_known(const std::string& text) {
    EXPECT_TRUE(eventually([&] { return neighbour_mac(text) == own_mac(); }, 900)) << text << " is at " << neighbour_mac(text);
  }
};

TEST_F(TakeoverTest, GratuitousArpMovesAFreshEntryAtOnce) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  learn_old_owner("10.9.0.100");
  order(true, 2);
  answer();
  expect_known("10.9.0.100");
}

// Why a reply is sent with its sender as its target: one to nobody, or to everybody, leaves a fresh entry as it is.
TEST_F(TakeoverTest, AReplyThatIsNotToItsSenderMovesNoFreshEntry) {
  int status = 0;
  there([&] { run_program("echo 6000 > /proc/sys/net/ipv4/neigh/wire0/locktime", status); });  // for a minute
  ASSERT_EQ(status, 0);
  const int wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex("wire0"));
  ASSERT_EQ(bind(wire, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const Mac own = interface_info("wire0")->mac;
  for (const std::uint8_t target : {std::uint8_t{0}, std::uint8_t{0xff}}) {
    NeighbourFrame other = arp_frame(ArpForm::gratuitous_reply, address_of("10.9.0.100"), own);
    std::fill_n(other.data.begin() + 32, own.size(), target);
    const NeighbourFrame ours = arp_frame(ArpForm::gratuitous_reply, address_of("10.9.0.101"), own);
    learn_old_owner("10.9.0.100");
    learn_old_owner("10.9.0.101");
    for (const NeighbourFrame& frame : {other, ours})
      ASSERT_EQ(send(wire, frame.bytes().data(), frame.size, 0), static_cast<ssize_t>(frame.size));
    expect_known("10.9.0.101");
    EXPECT_EQ(neighbour_mac("10.9.0.100"), "02:00:00:00:00:99") << "target " << int{target};
  }
  close(wire);
}

TEST_F(TakeoverTest, AdvertisementMovesAFreshIpv6Entry) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("fd09::100", 64)}), "");
  learn_old_owner("fd09::100");
  order(true, 2);
  answer();
  expect_known("fd09::100");
}

TEST_F(TakeoverTest, AHostThatMissedTheFirstAnnouncementHearsALaterOne) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24), virtual_address("fd09::100", 64)}), "");
  order(true, 2);
  answer();
  learn_old_owner("10.9.0.100");  // the first one is over by now
  learn_old_owner("fd09::100");
  EXPECT_TRUE(eventually([&] { return neighbour_mac("10.9.0.100") == own_mac(); }));
  EXPECT_TRUE(eventually([&] { return neighbour_mac("fd09::100") == own_mac(); }));
}

TEST_F(TakeoverTest, AnotherMacIsAnnounced) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  learn_old_owner("10.9.0.100");
  order(true, 2);
  answer();
  expect_known("10.9.0.100");
  ip("link set wire0 address 02:00:00:00:00:55");
  EXPECT_TRUE(eventually([&] { return neighbour_mac("10.9.0.100") == "02:00:00:00:00:55"; }, 900));
}

}  // namespace
}  // namespace heartwire::test
