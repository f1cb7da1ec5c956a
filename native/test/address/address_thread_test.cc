// The address thread on real interfaces: what it is told to hold is there and known to the neighbours at once, and what
// it is told to give up is gone.
#include <cerrno>

#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

using AddressThreadTest = AddressWorld;

TEST_F(AddressThreadTest, OpensAndClosesAnIpv4Address) {
  start();
  ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
  order(true, 1);
  const AddressDone opened = answer();
  EXPECT_TRUE(opened.open);
  EXPECT_FALSE(opened.failed) << opened.error;
  EXPECT_TRUE(has_address("10.9.0.100"));
  there([] { ip("route get 10.9.0.100"); });
  int status = 0;
  there([&] { run_program("ping -c1 -W1 10.9.0.100", status); });
  order(false, 1);
  const AddressDone closed = answer();
  EXPECT_FALSE(closed.open);
  EXPECT_FALSE(closed.failed);
  EXPECT_FALSE(has_address("10.9.0.100"));
}

}  // namespace
}  // namespace heartwire::test
