// See wire_probe.h.
#include "core/address/wire_probe.h"

#include <algorithm>
#include <array>

namespace heartwire {

namespace {

constexpr int kClaimsPerLook = 1024;  // a storm on the wire keeps nobody here

}  // namespace

std::unique_ptr<WireProbe> WireProbe::open(const std::string& interface, int& error) {
  auto port = WirePort::open(interface, error);
  return port == nullptr ? nullptr : std::unique_ptr<WireProbe>(new WireProbe(std::move(port)));
}

void WireProbe::ask(const LinkAddress& address) {
  if (std::find(asked_.begin(), asked_.end(), address) == asked_.end()) {
    asked_.push_back(address);
    port_->hear(address);
  }
  const bool ipv6 = address.family == AddressFamily::ipv6;
  const std::array<NeighbourFrame, 1> probe{ipv6 ? neighbour_probe(address, port_->mac()) : arp_frame(ArpForm::probe, address, port_->mac())};
  port_->send(probe);
}

std::vector<NeighbourClaim> WireProbe::heard() const {
  std::vector<NeighbourClaim> claims;
  for (int count = 0; count < kClaimsPerLook; ++count) {
    const auto claim = port_->next();
    if (!claim) break;
    if (!claim->probe) claims.push_back(*claim);
  }
  return claims;
}

}  // namespace heartwire
