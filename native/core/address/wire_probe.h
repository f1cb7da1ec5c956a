// Asks the wire who has an address, for a reconfiguration that must know before and after it gives one to a node (R6):
// probes (RFC 5227, RFC 4862) from sockets of its own, so that the address thread, which has takeovers to serve, is left
// alone. Probes say nothing of who asks, and change no neighbour's table.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/address/wire_port.h"

namespace heartwire {

class WireProbe {
 public:
  // Null when there is no such interface, or this user may not; then `error` is the errno.
  static std::unique_ptr<WireProbe> open(const std::string& interface, int& error);

  bool ethernet() const { return port_->ethernet(); }  // else there is nobody to ask
  // Never waits; answers are there after a round trip.
  void ask(const LinkAddress& address);
  // What others say that they have, since the last call; hosts that only ask for an address are left out.
  std::vector<NeighbourClaim> heard() const;

 private:
  explicit WireProbe(std::unique_ptr<WirePort> port) : port_(std::move(port)) {}
  std::unique_ptr<WirePort> port_;
  std::vector<LinkAddress> asked_;
};

}  // namespace heartwire
