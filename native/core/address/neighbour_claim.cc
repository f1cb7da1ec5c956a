// See neighbour_claim.h. Offsets count from the start of the Ethernet frame.
#include "core/address/neighbour_claim.h"

#include <algorithm>

namespace heartwire {

namespace {

using Bytes = std::span<const std::uint8_t>;

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

void copy(Bytes from, auto& to) { std::copy(from.begin(), from.end(), to.begin()); }

std::optional<NeighbourClaim> read_arp(Bytes frame) {
  constexpr std::array<std::uint8_t, 6> kEthernetIpv4{0, 1, 8, 0, 6, 4};
  if (frame.size() < 42 || !std::equal(kEthernetIpv4.begin(), kEthernetIpv4.end(), frame.begin() + 14)) return std::nullopt;
  NeighbourClaim claim;
  claim.address.family = AddressFamily::ipv4;
  claim.probe = all_zero(frame.subspan(28, 4));
  copy(frame.subspan(claim.probe ? 38 : 28, 4), claim.address.bytes);
  copy(frame.subspan(22, 6), claim.mac);
  return claim;
}

// The link-layer address that an option of a neighbour advertisement names, else who sent the frame.
Mac advertised_mac(Bytes frame, Bytes options) {
  Mac mac{};
  copy(frame.subspan(6, 6), mac);
  while (options.size() >= 8) {
    const std::size_t length = std::size_t{options[1]} * 8;
    if (length == 0 || length > options.size()) break;
    if (options[0] == 2) copy(options.subspan(2, 6), mac);
    options = options.subspan(length);
  }
  return mac;
}

std::optional<NeighbourClaim> read_neighbour_discovery(Bytes frame) {
  constexpr std::size_t kFixedBytes = 14 + 40 + 24;
  if (frame.size() < kFixedBytes || frame[20] != 58 || frame[21] != 255) return std::nullopt;
  const std::size_t length = std::size_t{frame[18]} << 8 | frame[19];
  if (length < 24 || length > frame.size() - 54) return std::nullopt;
  const std::uint8_t type = frame[54];
  const bool advertisement = type == 136;
  const bool probe = type == 135 && all_zero(frame.subspan(22, 16));
  if (!advertisement && !probe) return std::nullopt;
  NeighbourClaim claim;
  claim.address.family = AddressFamily::ipv6;
  claim.probe = probe;
  copy(frame.subspan(62, 16), claim.address.bytes);
  claim.mac = advertised_mac(frame, advertisement ? frame.subspan(kFixedBytes, length - 24) : Bytes{});
  return claim;
}

}  // namespace

std::optional<NeighbourClaim> read_neighbour_claim(Bytes frame) {
  if (frame.size() < 14) return std::nullopt;
  if (frame[12] == 0x08 && frame[13] == 0x06) return read_arp(frame);
  if (frame[12] == 0x86 && frame[13] == 0xdd) return read_neighbour_discovery(frame);
  return std::nullopt;
}

}  // namespace heartwire
