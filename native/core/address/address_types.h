// What the address thread is told about addresses. Each seat has up to kAddressesPerSeat virtual addresses;
// they are added, announced and removed as one (safety.md, 'Words', 'Taking over').
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/heartbeat/engine_types.h"
#include "core/net/link_address.h"

namespace heartwire {

inline constexpr std::size_t kAddressesPerSeat = 64;

struct VirtualAddress {
  std::uint8_t seat = 0;
  LinkAddress address;            // ipv4 or ipv6
  std::uint8_t prefix_length = 0; // 1-32 or 1-128
  std::string interface;
  std::string standby_interface;  // where it goes when that adapter fails (R9); empty: nowhere
  std::uint8_t network = 255;     // whose adapters these are; 255: of none that has two
};

// What happened to an address, for events: the same EngineEvent as the engine's (address_* kinds).
}  // namespace heartwire
