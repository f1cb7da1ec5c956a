// The addresses of one seat, ready to be put on and taken off as one: requests and announcements are built when
// the configuration or the interface changes, so that a takeover only sends bytes.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/address/address_types.h"
#include "core/address/wire_port.h"
#include "core/net/netlink_message.h"

namespace heartwire {

using WirePorts = std::map<std::string, std::unique_ptr<WirePort>>;

struct PreparedAddress {
  VirtualAddress address;
  std::uint16_t index = 0;                         // in what set_addresses() was given
  const WirePort* port = nullptr;                  // null: interface missing
  std::vector<std::uint8_t> add, add_again, remove; // netlink requests; add_again fails where it is there already
  std::vector<std::vector<std::uint8_t>> announcements, probes;
  std::uint64_t defended_ns = 0;
};

PreparedAddress prepare_address(const VirtualAddress& address, const WirePorts& ports);

// The socket that carries requests to the kernel and waits for its answers. Each call sends all requests at once and
// returns the first errno that is not in `harmless` (0: all done).
class AddressRequests {
 public:
  AddressRequests();
  ~AddressRequests();
  AddressRequests(const AddressRequests&) = delete;
  AddressRequests& operator=(const AddressRequests&) = delete;
  bool send(const std::vector<const std::vector<std::uint8_t>*>& requests);
  int answers(std::size_t count, int harmless);

 private:
  int descriptor_;
  std::vector<std::uint8_t> batch_;
};

}  // namespace heartwire
