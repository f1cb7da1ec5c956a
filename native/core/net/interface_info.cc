// See interface_info.h.
#include "core/net/interface_info.h"

#include <net/if.h>
#include <net/if_arp.h>

#include "core/net/netlink_socket.h"

namespace heartwire {

std::optional<InterfaceInfo> interface_info(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
  const std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  if (requests == nullptr) return std::nullopt;
  std::optional<InterfaceInfo> info;
  requests->dump(RTM_GETLINK, [&](const NetlinkNews& news) {
    if (news.kind != NetlinkNews::Kind::link_changed || news.interface_name() != name) return;
    info.emplace();
    info->index = news.interface_index;
    info->mtu = static_cast<int>(news.mtu);
    info->up = news.up;
    info->carrier = news.carrier;
    info->ethernet = news.device_type == ARPHRD_ETHER && news.has_mac;
    info->mac = news.mac;
  });
  if (!info) return info;
  requests->dump(RTM_GETADDR, [&](const NetlinkNews& news) {
    if (news.kind != NetlinkNews::Kind::address_added || news.interface_index != info->index) return;
    InterfaceAddress found{news.address, news.prefix_length};
    const bool link_local = news.address.bytes[0] == 0xfe && (news.address.bytes[1] & 0xc0) == 0x80;
    if (news.address.family == AddressFamily::ipv6 && link_local) found.address.scope_id = static_cast<std::uint32_t>(info->index);
    info->addresses.push_back(found);
  });
  return info;
}

LinkAddress subnet_broadcast(const InterfaceAddress& address) {
  LinkAddress everyone = address.address;
  for (unsigned bit = address.prefix_length; bit < 32; ++bit) everyone.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  return everyone;
}

}  // namespace heartwire
