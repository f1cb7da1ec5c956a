// A UDP socket bound to one interface: a beat that was meant for eth1 must not leave by eth0, or two networks would
// be one. DSCP CS6 and the highest ordinary priority, since a beat that stands in a queue is a beat that is late.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>

#include "core/net/segmented_batch.h"
#include "core/net/socket_link.h"

namespace heartwire {

namespace {

class UdpLink final : public SocketLink {
 public:
  UdpLink(int descriptor, unsigned batch, bool segmentation, int interface_index, const LinkAddress& everyone)
      : SocketLink(descriptor, batch, interface_index), everyone_(everyone), segmentation_(segmentation), segmented_(batch) {}
  LinkAddress everyone() const override { return everyone_; }
  std::unique_ptr<Link> twin() const override {
    const int copy = copy_descriptor();
    return copy < 0 ? nullptr : std::make_unique<UdpLink>(copy, batch(), false, interface_index(), everyone_);
  }

 protected:
  socklen_t write_address(const LinkAddress& from, sockaddr_storage& to) const override {
    if (from.family == AddressFamily::ipv4) {
      auto& address = reinterpret_cast<sockaddr_in&>(to);
      address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(from.port);
      std::memcpy(&address.sin_addr, from.bytes.data(), 4);
      return sizeof address;
    }
    if (from.family != AddressFamily::ipv6) return 0;
    auto& address = reinterpret_cast<sockaddr_in6&>(to);
    address = {};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(from.port);
    std::memcpy(&address.sin6_addr, from.bytes.data(), 16);
    address.sin6_scope_id = interface_index() != 0 ? static_cast<std::uint32_t>(interface_index()) : from.scope_id;
    return sizeof address;
  }

  bool read_address(const sockaddr_storage& from, LinkAddress& to) const override {
    if (from.ss_family == AF_INET) {
      const auto& address = reinterpret_cast<const sockaddr_in&>(from);
      to.family = AddressFamily::ipv4;
      to.port = ntohs(address.sin_port);
      std::memcpy(to.bytes.data(), &address.sin_addr, 4);
      return true;
    }
    if (from.ss_family != AF_INET6) return false;
    const auto& address = reinterpret_cast<const sockaddr_in6&>(from);
    to.family = AddressFamily::ipv6;
    to.port = ntohs(address.sin6_port);
    std::memcpy(to.bytes.data(), &address.sin6_addr, 16);
    // Left out where the socket says it already: an interface that comes back has another number, and the peer is the same.
    if (interface_index() == 0) to.scope_id = address.sin6_scope_id;
    return true;
  }

  // A path that cannot (longer frames than its MTU, no checksums by the interface) goes on without, for good.
  int send_frames(FrameBatch& batch, unsigned first, unsigned count) override {
    if (!segmentation_) return SocketLink::send_frames(batch, first, count);
    const int sent = segmented_.send(descriptor(), batch, first, count);
    if (sent >= 0 || (errno != EIO && errno != EINVAL && errno != EMSGSIZE && errno != EOPNOTSUPP)) return sent;
    segmentation_ = false;
    return SocketLink::send_frames(batch, first, count);
  }

 private:
  LinkAddress everyone_;
  bool segmentation_;
  SegmentedBatch segmented_;
};

bool bind_socket(int descriptor, const LinkOptions& options, LinkError& error) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (options.family == AddressFamily::ipv6) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(options.port);
    length = sizeof address;
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    length = sizeof address;
  }
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&storage), length) == 0) return true;
  error = {errno, "bind to UDP port " + std::to_string(options.port) + " on " + options.interface};
  return false;
}

bool set_udp_options(int descriptor, const LinkOptions& options, LinkError& error) {
  const int on = 1;
  const int traffic_class = options.dscp << 2;
  if (!options.interface.empty() &&
      setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, options.interface.c_str(),
                 static_cast<socklen_t>(options.interface.size())) != 0) {
    error = {errno, "SO_BINDTODEVICE " + options.interface};
    return false;
  }
  if (options.broadcast) {  // several clusters may announce themselves on one port; beats meant for two would reach one
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  }
  if (options.family == AddressFamily::ipv6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
  } else {
    setsockopt(descriptor, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
  }
  return set_common_options(descriptor, options, error);  // last: IP_TOS resets the priority
}

// Whatever it refuses (an interface that knows no multicast) shows in that nobody hears us so: each is then sent to by itself.
void join_group(int descriptor, const LinkAddress& group, int interface_index) {
  const int off = 0;
  if (group.family == AddressFamily::ipv4) {
    ip_mreqn membership{};
    std::memcpy(&membership.imr_multiaddr, group.bytes.data(), 4);
    membership.imr_ifindex = interface_index;
    setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership);
    setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off);
    setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
    setsockopt(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership);
  } else if (group.family == AddressFamily::ipv6) {
    ipv6_mreq membership{};
    std::memcpy(&membership.ipv6mr_multiaddr, group.bytes.data(), 16);
    membership.ipv6mr_interface = static_cast<unsigned>(interface_index);
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface_index, sizeof interface_index);
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off);
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof membership);
  }
}

// The limited broadcast and the all-nodes group: they reach every host on the wire whatever its netmask is.
LinkAddress everyone_at(const LinkOptions& options) {
  LinkAddress everyone;
  everyone.port = options.port;
  everyone.family = options.family == AddressFamily::ipv6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  if (everyone.family == AddressFamily::ipv6) {
    everyone.bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  } else if (options.interface.empty()) {
    everyone.bytes = {127, 255, 255, 255};
  } else {
    everyone.bytes = {255, 255, 255, 255};
  }
  return everyone;
}

}  // namespace

std::unique_ptr<Link> open_udp_link(const LinkOptions& options, LinkError& error) {
  const int family = options.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET;
  const int interface_index = static_cast<int>(if_nametoindex(options.interface.c_str()));
  if (!options.interface.empty() && interface_index == 0) {
    error = {ENODEV, "interface " + options.interface};
    return nullptr;
  }
  const int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    error = {errno, "UDP socket"};
    return nullptr;
  }
  if (!set_udp_options(descriptor, options, error) || !bind_socket(descriptor, options, error)) {
    close(descriptor);
    return nullptr;
  }
  join_group(descriptor, options.group, interface_index);
  return std::make_unique<UdpLink>(descriptor, options.batch, options.segmentation, interface_index, everyone_at(options));
}

}  // namespace heartwire
