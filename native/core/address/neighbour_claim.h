// What another host says about an address on the wire, read from ARP and neighbour discovery: that it has it, or that
// it asks whether it may take it. Strangers write these frames; every length is checked. Pure; fuzzed.
#pragma once
#include <optional>
#include <span>

#include "core/address/announce.h"

namespace heartwire {

struct NeighbourClaim {
  LinkAddress address;
  Mac mac{};
  bool probe = false;  // it does not have it yet (RFC 5227 2.1.1, RFC 4862 5.4.3)
};

// `frame` starts with the Ethernet header.
std::optional<NeighbourClaim> read_neighbour_claim(std::span<const std::uint8_t> frame);

}  // namespace heartwire
