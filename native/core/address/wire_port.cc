// See wire_port.h.
#include "core/address/wire_port.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/net/interface_info.h"

namespace heartwire {

namespace {

// ARP, or IPv6 with ICMPv6 type 136 straight behind the header.
constexpr sock_filter kFilter[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0806, 5, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x86dd, 0, 5), BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),     BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

}  // namespace

std::unique_ptr<WirePort> WirePort::open(const std::string& interface) {
  const std::optional<InterfaceInfo> info = interface_info(interface);
  if (!info) return nullptr;
  const int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return nullptr;
  const sock_fprog program{static_cast<unsigned short>(std::size(kFilter)), const_cast<sock_filter*>(kFilter)};
  setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  const int priority = 6;
  setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = info->index;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(descriptor);
    return nullptr;
  }
  auto port = std::unique_ptr<WirePort>(new WirePort);
  port->descriptor_ = descriptor;
  port->index_ = info->index;
  port->mac_ = info->mac;
  port->interface_ = interface;
  return port;
}

WirePort::~WirePort() {
  if (descriptor_ >= 0) close(descriptor_);
}

void WirePort::send(std::span<const std::uint8_t> frame) const {
  ::send(descriptor_, frame.data(), frame.size(), MSG_DONTWAIT);
}

std::optional<HeardHolder> read_claim(std::span<const std::uint8_t> frame) {
  HeardHolder heard;
  if (frame.size() >= kArpFrameBytes && frame[12] == 0x08 && frame[13] == 0x06) {
    const bool ethernet_ipv4 = frame[14] == 0 && frame[15] == 1 && frame[16] == 8 && frame[17] == 0 && frame[18] == 6 && frame[19] == 4;
    const bool probe = std::all_of(frame.begin() + 28, frame.begin() + 32, [](std::uint8_t byte) { return byte == 0; });
    if (!ethernet_ipv4 || probe) return std::nullopt;
    heard.address.family = AddressFamily::ipv4;
    std::copy_n(frame.begin() + 28, 4, heard.address.bytes.begin());
    std::copy_n(frame.begin() + 22, 6, heard.mac.begin());
    return heard;
  }
  if (frame.size() >= kNeighbourFrameBytes && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == 58 && frame[54] == 136) {
    heard.address.family = AddressFamily::ipv6;
    std::copy_n(frame.begin() + 62, 16, heard.address.bytes.begin());
    std::copy_n(frame.begin() + 6, 6, heard.mac.begin());
    return heard;
  }
  return std::nullopt;
}

std::optional<HeardHolder> WirePort::next() const {
  std::array<std::uint8_t, 128> buffer;
  while (true) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t got = recvfrom(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
    if (got <= 0) return std::nullopt;
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    const auto heard = read_claim(std::span<const std::uint8_t>(buffer).first(static_cast<std::size_t>(got)));
    if (heard && heard->mac != mac_) return heard;
  }
}

}  // namespace heartwire
