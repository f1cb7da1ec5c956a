// rtnetlink messages as a broken or hostile kernel might send them, and others' ARP and neighbour discovery frames as
// any host on the wire may. The readers never look beyond the end, always end, and tell only what they found.
#include <cstring>
#include <vector>

#include "core/address/neighbour_claim.h"
#include "core/net/netlink_message.h"
#include "fuzz/require.h"

namespace {

using namespace heartwire;

// In a block of its own size, so that a read beyond its end is seen.
std::vector<std::uint8_t> exact(const std::uint8_t* data, std::size_t size) { return {data, data + size}; }

void read_netlink(std::span<const std::uint8_t> data) {
  std::size_t left = data.size();
  NetlinkNews news;
  while (next_netlink_message(data, news)) {
    REQUIRE(data.size() < left);
    left = data.size();
    REQUIRE(news.name.back() == '\0');
    REQUIRE(news.error >= 0);
    using Kind = NetlinkNews::Kind;
    const bool address = news.kind == Kind::address_added || news.kind == Kind::address_gone || news.kind == Kind::neighbour;
    // A route may have a gateway or none.
    if (news.kind != Kind::route) REQUIRE(address == (news.address.family != AddressFamily::none));
  }
}

void read_frame(std::span<const std::uint8_t> frame) {
  const auto claim = read_neighbour_claim(frame);
  if (!claim) return;
  REQUIRE(frame.size() >= 42);
  REQUIRE(claim->address.family == AddressFamily::ipv4 || claim->address.family == AddressFamily::ipv6);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = exact(data + 1, size - 1);
  if ((data[0] & 1) == 0) read_netlink(bytes);
  else read_frame(bytes);
  return 0;
}
