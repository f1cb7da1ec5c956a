// A cable that is back: neighbours that nobody has answered for are asked for anew, those that are known stay.
#include "core/net/neighbour_renewal.h"
#include "core/rt/clock.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

constexpr std::uint64_t kMillisecondNs = 1'000'000;

class NeighbourRenewalTest : public TwoHosts {
 protected:
  static bool knows(const std::string& address) { return ip("neighbour show dev wire0").find(address + " ") != std::string::npos; }
};

TEST_F(NeighbourRenewalTest, ForgetsThoseWithoutAnAnswerAlone) {
  ip("neighbour replace 10.9.0.9 lladdr 02:00:00:00:00:09 dev wire0 nud permanent");
  ip("neighbour replace fd09::9 lladdr 02:00:00:00:00:09 dev wire0 nud reachable");
  int status = 0;
  run_program("ping -c 1 -W 0.01 10.9.0.7", status);
  ASSERT_TRUE(knows("10.9.0.7"));
  EXPECT_EQ(forget_unresolved_neighbours("wire0"), 1u);
  EXPECT_FALSE(knows("10.9.0.7"));
  EXPECT_TRUE(knows("10.9.0.9"));
  EXPECT_TRUE(knows("fd09::9"));
  EXPECT_EQ(forget_unresolved_neighbours("nothing0"), 0u);
}

TEST_F(NeighbourRenewalTest, AFewTimesSoonAfterTheReturnAndNoMore) {
  NeighbourRenewal renewal;
  const std::uint64_t now_ns = boot_time_ns();
  EXPECT_EQ(renewal.wait_ms(now_ns, 1000), 1000);
  renewal.begin("wire0", now_ns);
  renewal.begin("wire0", now_ns);  // once again: one round of it
  for (const std::uint64_t after_ms : {20, 80, 320}) {
    const std::uint64_t at_ns = now_ns + after_ms * kMillisecondNs;
    EXPECT_EQ(renewal.wait_ms(at_ns, 1000), 0);
    EXPECT_EQ(renewal.wait_ms(at_ns - 5 * kMillisecondNs, 1000), 5);
    renewal.act(at_ns);
  }
  EXPECT_EQ(renewal.wait_ms(now_ns, 1000), 1000);
}

}  // namespace
}  // namespace heartwire::test
