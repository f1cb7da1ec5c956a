// What the kernel knows of an interface, asked by rtnetlink: for setting up and for status, never on the beat thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/net/link_address.h"

namespace heartwire {

struct InterfaceAddress {
  LinkAddress address;
  std::uint8_t prefix_length = 0;
};

struct InterfaceInfo {
  int index = 0;
  int mtu = 0;
  bool up = false;
  bool carrier = false;
  bool ethernet = false;             // else it has no MAC
  std::array<std::uint8_t, 6> mac{};
  std::vector<InterfaceAddress> addresses;
};

// Nothing when there is no such interface.
std::optional<InterfaceInfo> interface_info(const std::string& name);

// The address to which all hosts of this IPv4 subnet listen.
LinkAddress subnet_broadcast(const InterfaceAddress& address);

}  // namespace heartwire
