// See announce.h.
#include "core/address/announce.h"

#include <algorithm>

namespace heartwire {

namespace {

void put16(std::span<std::uint8_t> out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

template <typename Bytes>
void put(std::span<std::uint8_t> out, std::size_t at, const Bytes& bytes, std::size_t count) {
  std::copy_n(bytes.begin(), count, out.begin() + static_cast<long>(at));
}

// RFC 8200 8.1: over the pseudo-header (addresses, length, next header) and the ICMPv6 message.
std::uint16_t icmp6_checksum(std::span<const std::uint8_t> packet) {
  const auto message = packet.subspan(40);
  std::uint32_t sum = static_cast<std::uint32_t>(message.size()) + 58;
  const auto add = [&](std::span<const std::uint8_t> data) {
    for (std::size_t at = 0; at + 1 < data.size(); at += 2) sum += static_cast<std::uint32_t>(data[at] << 8 | data[at + 1]);
  };
  add(packet.subspan(8, 32));
  add(message);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// Ethernet and IPv6 headers around an ICMPv6 message of `length` bytes.
void put_headers(std::span<std::uint8_t> frame, const Mac& to_mac, const Mac& mac, std::uint16_t length) {
  put(frame, 0, to_mac, 6);
  put(frame, 6, mac, 6);
  put16(frame, 12, 0x86dd);
  frame[14] = 0x60;
  put16(frame, 18, length);
  frame[20] = 58;   // ICMPv6
  frame[21] = 255;  // receivers refuse neighbour discovery that has passed a router
}

}  // namespace

std::array<std::uint8_t, kArpFrameBytes> arp_frame(ArpForm form, const LinkAddress& address, const Mac& mac) {
  std::array<std::uint8_t, kArpFrameBytes> frame{};
  std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
  put(frame, 6, mac, 6);
  put16(frame, 12, 0x0806);
  put16(frame, 14, 1);       // Ethernet
  put16(frame, 16, 0x0800);  // IPv4
  frame[18] = 6;
  frame[19] = 4;
  put16(frame, 20, form == ArpForm::gratuitous_reply ? 2 : 1);
  put(frame, 22, mac, 6);
  if (form != ArpForm::probe) put(frame, 28, address.bytes, 4);
  if (form == ArpForm::gratuitous_reply) put(frame, 32, mac, 6);
  put(frame, 38, address.bytes, 4);
  return frame;
}

std::array<std::uint8_t, kNeighbourFrameBytes> neighbour_advertisement(const LinkAddress& address, const Mac& mac, bool router) {
  std::array<std::uint8_t, kNeighbourFrameBytes> frame{};
  put_headers(frame, {0x33, 0x33, 0, 0, 0, 1}, mac, 32);
  put(frame, 22, address.bytes, 16);
  frame[38] = 0xff;
  frame[39] = 0x02;
  frame[53] = 0x01;
  frame[54] = 136;
  frame[58] = static_cast<std::uint8_t>(0x20 | (router ? 0x80 : 0));
  put(frame, 62, address.bytes, 16);
  frame[78] = 2;  // target link-layer address
  frame[79] = 1;
  put(frame, 80, mac, 6);
  put16(frame, 56, icmp6_checksum(std::span(frame).subspan(14)));
  return frame;
}

std::array<std::uint8_t, kNeighbourFrameBytes - 8> neighbour_probe(const LinkAddress& address, const Mac& mac) {
  std::array<std::uint8_t, kNeighbourFrameBytes - 8> frame{};
  const auto& bytes = address.bytes;
  put_headers(frame, {0x33, 0x33, 0xff, bytes[13], bytes[14], bytes[15]}, mac, 24);
  const std::array<std::uint8_t, 16> group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, bytes[13], bytes[14], bytes[15]};
  put(frame, 38, group, 16);
  frame[54] = 135;
  put(frame, 62, bytes, 16);
  put16(frame, 56, icmp6_checksum(std::span(frame).subspan(14)));
  return frame;
}

}  // namespace heartwire
