// The multicast group of a cluster on a path of each kind: from its id, so that nobody has to choose one. Two clusters that share
// one tell their frames apart by the id in them.
#pragma once
#include "core/net/link.h"

namespace heartwire {

// Within one site (239.255.0.0/16, RFC 2365), within one link (ff12::/16, RFC 4291), or a locally administered MAC. `port`: where messages arrive.
inline LinkAddress group_address(LinkKind kind, AddressFamily family, std::uint64_t cluster_id, std::uint16_t port) {
  const auto part = [cluster_id](unsigned index) { return static_cast<std::uint8_t>(cluster_id >> (8 * index)); };
  LinkAddress group;
  if (kind == LinkKind::serial) return group;
  if (kind == LinkKind::ethernet) {
    group.family = AddressFamily::mac;
    group.bytes = {0x03, 0x48, 0x57, part(2), part(1), part(0)};
    return group;
  }
  group.family = family;
  group.port = port;
  if (family == AddressFamily::ipv6) group.bytes = {0xff, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0x57, part(3), part(2), part(1), part(0)};
  else group.bytes = {239, 255, part(1), part(0)};
  return group;
}

}  // namespace heartwire
