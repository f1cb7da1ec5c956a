// Where a frame came from or goes to on one path: an IPv4 or IPv6 endpoint, a MAC, or nothing (serial).
// A plain value that can be compared bytewise, since a claimed link must match its source.
#pragma once
#include <array>
#include <compare>
#include <cstdint>

namespace heartwire {

enum class AddressFamily : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6, mac = 48 };

struct LinkAddress {
  AddressFamily family = AddressFamily::none;
  std::uint8_t zero = 0;
  std::uint16_t port = 0;                  // host order; 0 for MAC
  std::array<std::uint8_t, 16> bytes{};    // network order; first 4, 16 or 6 used, rest zero
  std::uint32_t scope_id = 0;              // IPv6 link-local: interface index; 0: the path's own interface
  auto operator<=>(const LinkAddress&) const = default;
};

}  // namespace heartwire
