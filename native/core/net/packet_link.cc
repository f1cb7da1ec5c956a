// Frames straight on Ethernet under an EtherType of our own (the two that IEEE keeps for local experiments): a
// broken IP configuration is then no node failure. Only frames for this NIC, broadcasts, and the group that it joined come in.
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <cerrno>

#include "core/net/interface_info.h"
#include "core/net/socket_link.h"

namespace heartwire {

namespace {

class PacketLink final : public SocketLink {
 public:
  PacketLink(int descriptor, unsigned batch, std::uint16_t ether_type, int index)
      : SocketLink(descriptor, batch, index), index_(index), ether_type_(ether_type) {}

  LinkAddress everyone() const override {
    LinkAddress address;
    address.family = AddressFamily::mac;
    for (int byte = 0; byte < 6; ++byte) address.bytes[static_cast<std::size_t>(byte)] = 0xff;
    return address;
  }
  std::unique_ptr<Link> twin() const override {
    const int copy = copy_descriptor();
    return copy < 0 ? nullptr : std::make_unique<PacketLink>(copy, batch(), ether_type_, index_);
  }

 protected:
  socklen_t write_address(const LinkAddress& from, sockaddr_storage& to) const override {
    if (from.family != AddressFamily::mac) return 0;
    auto& address = reinterpret_cast<sockaddr_ll&>(to);
    address = {};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ether_type_);
    address.sll_ifindex = index_;
    address.sll_halen = 6;
    std::memcpy(address.sll_addr, from.bytes.data(), 6);
    return sizeof address;
  }

  bool read_address(const sockaddr_storage& from, LinkAddress& to) const override {
    const auto& address = reinterpret_cast<const sockaddr_ll&>(from);
    if (address.sll_pkttype == PACKET_OUTGOING || address.sll_pkttype == PACKET_OTHERHOST) return false;
    if (address.sll_halen != 6) return false;
    to.family = AddressFamily::mac;
    std::memcpy(to.bytes.data(), address.sll_addr, 6);
    return true;
  }

 private:
  int index_;
  std::uint16_t ether_type_;
};

}  // namespace

std::unique_ptr<Link> open_packet_link(const LinkOptions& options, LinkError& error) {
  const std::optional<InterfaceInfo> info = interface_info(options.interface);
  if (!info) {
    error = {ENODEV, "interface " + options.interface};
    return nullptr;
  }
  const int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    error = {errno, "raw Ethernet socket (needs CAP_NET_RAW)"};
    return nullptr;
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(options.ether_type);
  address.sll_ifindex = info->index;
  if (!set_common_options(descriptor, options, error) ||
      bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (error.what.empty()) error = {errno, "bind raw Ethernet socket to " + options.interface};
    close(descriptor);
    return nullptr;
  }
  if (options.group.family == AddressFamily::mac) {  // should it refuse, nobody hears us so, and each is sent to by itself
    packet_mreq membership{info->index, PACKET_MR_MULTICAST, 6, {}};
    std::memcpy(membership.mr_address, options.group.bytes.data(), 6);
    setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
  }
  return std::make_unique<PacketLink>(descriptor, options.batch, options.ether_type, info->index);
}

}  // namespace heartwire
