// One interface as the address thread uses it: raw sockets that send announcements and probes, and hear who else says
// that it has one of our addresses. They hear ARP and neighbour discovery alone, filtered in the kernel, so that
// ordinary traffic costs nothing. An interface that is not Ethernet can hold addresses too; it has nobody to tell.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/address/neighbour_claim.h"

namespace heartwire {

class WirePort {
 public:
  // Null when there is no such interface; then `error` is its errno.
  static std::unique_ptr<WirePort> open(const std::string& interface, int& error);
  ~WirePort();
  WirePort(const WirePort&) = delete;
  WirePort& operator=(const WirePort&) = delete;

  const std::string& interface() const { return interface_; }
  int interface_index() const { return index_; }
  bool ethernet() const { return descriptors_[0] >= 0; }
  const Mac& mac() const { return mac_; }
  bool router() const { return router_; }               // it forwards IPv6, and its advertisements say so
  void read_router();                                   // anew
  std::array<int, 2> descriptors() const { return descriptors_; }  // to wait on; -1: none
  // Claims of this IPv6 address are heard from now on; those of IPv4 addresses always are (while it listens).
  void hear(const LinkAddress& address);
  // Off: the kernel drops what would be heard, so that the broadcasts of a network wake nobody. On at first.
  void listen(bool on);
  void send(std::span<const NeighbourFrame> frames) const;
  // True when the interface had no carrier and now has one.
  bool carrier_rose(bool carrier) {
    const bool rose = carrier && !carrier_;
    carrier_ = carrier;
    return rose;
  }
  // The next claim by a MAC other than this interface's; nothing when none waits.
  std::optional<NeighbourClaim> next() const;

 private:
  WirePort() = default;
  std::string interface_;
  int index_ = 0;
  Mac mac_{};
  bool router_ = false;
  bool carrier_ = true, listens_ = true;
  std::array<int, 2> descriptors_{-1, -1};  // ARP, neighbour discovery
};

}  // namespace heartwire
