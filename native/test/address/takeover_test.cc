// What the other hosts on the wire know after a takeover, and how soon: their neighbour caches point here, also within
// the second in which Linux ignores changes of a fresh entry.
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
