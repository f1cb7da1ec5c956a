// See wire_port.h.
#include "core/address/wire_port.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace heartwire {

namespace {

constexpr std::size_t kHeardBytes = 128;

// ICMPv6 types 135 and 136 straight behind the IPv6 header, the first kHeardBytes of them.
constexpr sock_filter kNeighbourDiscovery[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 4),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 135, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1), BPF_STMT(BPF_RET | BPF_K, kHeardBytes),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

constexpr sock_filter kNothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

void filter(int descriptor, std::span<const sock_filter> program) {
  const sock_fprog attached{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

int open_raw(std::uint16_t ether_type, int interface_index) {
  const int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int priority = 6;
  setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
  if (ether_type == ETH_P_IPV6) filter(descriptor, kNeighbourDiscovery);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ether_type);
  address.sll_ifindex = interface_index;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

bool forwards_ipv6(const std::string& interface) {
  int value = 0;
  return (std::ifstream("/proc/sys/net/ipv6/conf/" + interface + "/forwarding") >> value) && value != 0;
}

// Index, kind and MAC by calls that take no lock of the kernel's.
int identify(const std::string& interface, int& index, bool& ethernet, Mac& mac) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  int error = 0;
  if (ioctl(descriptor, SIOCGIFINDEX, &request) != 0) error = errno;
  index = request.ifr_ifindex;
  if (error == 0 && ioctl(descriptor, SIOCGIFHWADDR, &request) != 0) error = errno;
  ethernet = error == 0 && request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
  if (ethernet) std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  close(descriptor);
  return error;
}

}  // namespace

std::unique_ptr<WirePort> WirePort::open(const std::string& interface, int& error) {
  auto port = std::unique_ptr<WirePort>(new WirePort);
  bool ethernet = false;
  error = identify(interface, port->index_, ethernet, port->mac_);
  if (error != 0) return nullptr;
  port->interface_ = interface;
  port->read_router();
  if (!ethernet) return port;
  port->descriptors_[0] = open_raw(ETH_P_ARP, port->index_);
  if (port->descriptors_[0] >= 0) return port;
  error = errno;
  return nullptr;
}

void WirePort::read_router() { router_ = forwards_ipv6(interface_); }

WirePort::~WirePort() {
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) close(descriptor);
  }
}

void WirePort::hear(const LinkAddress& address) {
  if (!ethernet() || address.family != AddressFamily::ipv6) return;
  if (descriptors_[1] < 0) {
    descriptors_[1] = open_raw(ETH_P_IPV6, index_);
    if (!listens_) filter(descriptors_[1], kNothing);
  }
  const auto& bytes = address.bytes;
  const packet_mreq group{index_, PACKET_MR_MULTICAST, 6, {0x33, 0x33, 0xff, bytes[13], bytes[14], bytes[15]}};
  setsockopt(descriptors_[1], SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group);  // where others' probes go
}

void WirePort::listen(bool on) {
  if (on == listens_ || !ethernet()) return;
  listens_ = on;
  const int none = 0;
  if (!on) filter(descriptors_[0], kNothing);
  else setsockopt(descriptors_[0], SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
  if (descriptors_[1] >= 0) filter(descriptors_[1], on ? std::span<const sock_filter>(kNeighbourDiscovery) : kNothing);
}

void WirePort::send(std::span<const NeighbourFrame> frames) const {
  if (!ethernet()) return;
  for (const NeighbourFrame& frame : frames) ::send(descriptors_[0], frame.data.data(), frame.size, MSG_DONTWAIT);
}

std::optional<NeighbourClaim> WirePort::next() const {
  std::array<std::uint8_t, kHeardBytes> buffer;
  for (const int descriptor : descriptors_) {
    while (descriptor >= 0) {
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const ssize_t got = recvfrom(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 0) break;
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      const auto claim = read_neighbour_claim(std::span<const std::uint8_t>(buffer).first(static_cast<std::size_t>(got)));
      if (claim && claim->mac != mac_) return claim;
    }
  }
  return std::nullopt;
}

}  // namespace heartwire
