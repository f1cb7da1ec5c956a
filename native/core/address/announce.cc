// See announce.h. Offsets count from the start of the Ethernet frame.
#include "core/address/announce.h"

#include <algorithm>

namespace heartwire {

namespace {

constexpr std::size_t kArpBytes = 42;
constexpr std::size_t kIcmpAt = 14 + 40;

void put16(NeighbourFrame& frame, std::size_t at, std::uint16_t value) {
  frame.data[at] = static_cast<std::uint8_t>(value >> 8);
  frame.data[at + 1] = static_cast<std::uint8_t>(value);
}

template <typename Bytes>
void put(NeighbourFrame& frame, std::size_t at, const Bytes& bytes, std::size_t count) {
  std::copy_n(bytes.begin(), count, frame.data.begin() + static_cast<std::ptrdiff_t>(at));
}

// RFC 8200 8.1: over the pseudo-header (addresses, length, next header) and the ICMPv6 message.
std::uint16_t icmp6_checksum(const NeighbourFrame& frame) {
  const auto message = frame.bytes().subspan(kIcmpAt);
  std::uint32_t sum = static_cast<std::uint32_t>(message.size()) + 58;
  const auto add = [&](std::span<const std::uint8_t> data) {
    for (std::size_t at = 0; at + 1 < data.size(); at += 2) sum += static_cast<std::uint32_t>(data[at] << 8 | data[at + 1]);
  };
  add(frame.bytes().subspan(14 + 8, 32));
  add(message);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// Ethernet and IPv6 headers in front of an ICMPv6 message of `length` bytes; source address ::.
NeighbourFrame icmp6_frame(const Mac& to, const Mac& from, const std::array<std::uint8_t, 16>& group, std::size_t length) {
  NeighbourFrame frame;
  frame.size = kIcmpAt + length;
  put(frame, 0, to, 6);
  put(frame, 6, from, 6);
  put16(frame, 12, 0x86dd);
  frame.data[14] = 0x60;
  put16(frame, 18, static_cast<std::uint16_t>(length));
  frame.data[20] = 58;   // ICMPv6
  frame.data[21] = 255;  // receivers refuse neighbour discovery that has passed a router
  put(frame, 38, group, 16);
  return frame;
}

}  // namespace

NeighbourFrame arp_frame(ArpForm form, const LinkAddress& address, const Mac& mac) {
  NeighbourFrame frame;
  frame.size = kArpBytes;
  std::fill_n(frame.data.begin(), 6, std::uint8_t{0xff});
  put(frame, 6, mac, 6);
  put16(frame, 12, 0x0806);
  put16(frame, 14, 1);       // Ethernet
  put16(frame, 16, 0x0800);  // IPv4
  frame.data[18] = 6;
  frame.data[19] = 4;
  put16(frame, 20, form == ArpForm::gratuitous_reply ? 2 : 1);
  put(frame, 22, mac, 6);
  if (form != ArpForm::probe) put(frame, 28, address.bytes, 4);
  if (form == ArpForm::gratuitous_reply) put(frame, 32, mac, 6);
  put(frame, 38, address.bytes, 4);
  return frame;
}

NeighbourFrame neighbour_advertisement(const LinkAddress& address, const Mac& mac, bool router) {
  NeighbourFrame frame = icmp6_frame({0x33, 0x33, 0, 0, 0, 1}, mac, {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 32);
  put(frame, 22, address.bytes, 16);
  frame.data[54] = 136;
  frame.data[58] = static_cast<std::uint8_t>(0x20 | (router ? 0x80 : 0));
  put(frame, 62, address.bytes, 16);
  frame.data[78] = 2;  // target link-layer address
  frame.data[79] = 1;  // in units of 8 bytes
  put(frame, 80, mac, 6);
  put16(frame, 56, icmp6_checksum(frame));
  return frame;
}

NeighbourFrame neighbour_probe(const LinkAddress& address, const Mac& mac) {
  const auto& bytes = address.bytes;
  NeighbourFrame frame = icmp6_frame({0x33, 0x33, 0xff, bytes[13], bytes[14], bytes[15]}, mac,
                                     {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, bytes[13], bytes[14], bytes[15]}, 24);
  frame.data[54] = 135;
  put(frame, 62, bytes, 16);
  put16(frame, 56, icmp6_checksum(frame));
  return frame;
}

}  // namespace heartwire
