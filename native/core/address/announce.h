// The frames that tell a network who has an address now. Built once per address, sent at takeover as they are.
// Gratuitous ARP goes out as request and as reply, the reply with target MAC = sender MAC: a target of 0 or ff was
// ignored by Linux inside its one-second lock time (tried). Neighbour advertisements carry the override flag. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "core/net/link_address.h"

namespace heartwire {

using Mac = std::array<std::uint8_t, 6>;

// A whole Ethernet frame.
struct NeighbourFrame {
  static constexpr std::size_t kBytesMax = 86;
  std::array<std::uint8_t, kBytesMax> data{};
  std::size_t size = 0;
  std::span<const std::uint8_t> bytes() const { return std::span(data).first(size); }
};

enum class ArpForm : std::uint8_t { gratuitous_request, gratuitous_reply, probe };

// ARP to everybody (RFC 826, RFC 5227; `probe`: sender address 0).
NeighbourFrame arp_frame(ArpForm form, const LinkAddress& address, const Mac& mac);

// Unsolicited neighbour advertisement to ff02::1 (RFC 4861 7.2.6): override set, router flag as given.
NeighbourFrame neighbour_advertisement(const LinkAddress& address, const Mac& mac, bool router);

// Neighbour solicitation from :: to the solicited-node group, to ask whether anybody has `address` (RFC 4862 5.4.2).
NeighbourFrame neighbour_probe(const LinkAddress& address, const Mac& mac);

}  // namespace heartwire
