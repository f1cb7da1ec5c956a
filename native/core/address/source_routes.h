// Answers of an address that has moved to a standby adapter must leave by it, though the node's own address keeps the
// route of the same subnet on the dead one. So each such address has a rule, `from ADDRESS lookup TABLE`, and the table
// of its adapter has the subnet and the default gateway. All of it is known by its protocol number and goes with the
// address; what a crash leaves says nothing wrong (nobody sends from an address that is not there) and goes at the next start.
#pragma once
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/net/link_address.h"
#include "core/net/netlink_socket.h"

namespace heartwire {

inline constexpr std::uint32_t kRulePriority = 4857;            // before the tables main and default, behind local
inline constexpr std::uint32_t kTableBase = 0x48570000;         // plus the interface's index
inline constexpr std::uint8_t kRouteProtocol = 72;              // as /etc/iproute2/rt_protos counts; nobody's

struct SteeredAddress {
  LinkAddress address;
  std::uint8_t prefix_length = 0;
  int interface_index = 0;   // that it is on
  int service_index = 0;     // whose gateway it goes on using; 0: none
};

// One entry of the kernel's tables.
struct SourceRoute {
  enum class Kind : std::uint8_t { subnet, gateway, rule } kind = Kind::subnet;
  LinkAddress address;
  std::uint8_t prefix_length = 0;
  int interface_index = 0;
  bool operator==(const SourceRoute&) const = default;
};

// Pure.
void add_route_request(NetlinkBatch& batch, std::uint32_t sequence, const SourceRoute& route);
void remove_route_request(NetlinkBatch& batch, std::uint32_t sequence, const SourceRoute& route);

class SourceRoutes {
 public:
  // Exactly these are steered from now on. What the kernel refuses is left out.
  void steer(NetlinkRequests& requests, const std::vector<SteeredAddress>& addresses);
  // Asks where the default route of this interface leads; where it has none now, what was known stays.
  void learn_gateway(NetlinkRequests& requests, AddressFamily family, int interface_index);
  // Removes what a start before this one has left for this address.
  void forget_left(NetlinkRequests& requests, const LinkAddress& address) const;

 private:
  std::vector<SourceRoute> wanted(const std::vector<SteeredAddress>& addresses) const;
  std::map<std::pair<AddressFamily, int>, LinkAddress> gateways_;  // by the service adapter
  std::vector<SourceRoute> installed_;
};

}  // namespace heartwire
