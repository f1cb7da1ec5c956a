// See address_keeper.h. Here: the addresses of a network go from one adapter of this node to the other (R9).
#include <algorithm>
#include <utility>

#include "core/address/address_keeper.h"
#include "core/address/address_request.h"

namespace heartwire {

bool AddressKeeper::belongs_on_standby(const VirtualAddress& configured) const {
  return configured.network < 8 && !configured.standby_interface.empty() && (on_standby_ >> configured.network & 1) != 0;
}

void AddressKeeper::use_standby(std::uint8_t networks, std::uint64_t now_ns) {
  if (networks == on_standby_) return;
  on_standby_ = networks;
  for (HeldSeat& seat : seats_) move_to_other_adapter(seat, now_ns);
  sweep(now_ns);
  learn_gateways();  // last: it asks, and what was known before is there by now
  steer();
}

// First on the one and announced, then off the other: connections of the address never see a node without it.
void AddressKeeper::move_to_other_adapter(HeldSeat& seat, std::uint64_t now_ns) {
  NetlinkBatch removal;
  std::uint32_t removed = 0;
  bool moves = false;
  for (HeldAddress& held : seat.addresses) {
    const bool wanted = held.wanted.network < 8 && (on_standby_ >> held.wanted.network & 1) != 0;
    if (held.wanted.standby_interface.empty() || wanted == held.on_standby) continue;
    if (held.port != nullptr) {
      remove_address_request(removal, ++removed, held.wanted.address, held.wanted.prefix_length, held.port->interface_index());
    }
    held.on_standby = wanted;
    std::swap(held.wanted.interface, held.wanted.standby_interface);
    std::swap(held.covered, held.other_covered);
    moves = true;
  }
  if (!moves) return;
  if (seat.state == State::prepared) close_seat(seat);  // its removal batch clears both adapters
  attach_ports();
  if (seat.state != State::open) return;
  if (add_all(seat) != 0) {
    for (HeldAddress& held : seat.addresses) mark_missing(held, now_ns);  // put back one by one, as far as possible
  }
  announce_again(seat, now_ns);
  steer();
  removal.acknowledge_last();
  if (removed > 0 && requests_->send(removal.bytes()) == 0) requests_->collect(removed, [](const NetlinkNews&) {});
}

// By way of the service adapters, while they have routes: an interface that is shut loses them.
void AddressKeeper::learn_gateways() {
  for (const HeldSeat& seat : seats_) {
    for (const HeldAddress& held : seat.addresses) {
      const WirePort* service = held.on_standby ? held.other_port : held.port;
      if (held.wanted.standby_interface.empty() || service == nullptr) continue;
      routes_.learn_gateway(*requests_, held.wanted.address.family, service->interface_index());
    }
  }
}

void AddressKeeper::steer() {
  std::vector<SteeredAddress> steered;
  for (const HeldSeat& seat : seats_) {
    if (seat.state != State::open) continue;
    for (const HeldAddress& held : seat.addresses) {
      if (!held.on_standby || held.port == nullptr) continue;
      const int service = held.other_port == nullptr ? 0 : held.other_port->interface_index();
      steered.push_back({held.wanted.address, held.wanted.prefix_length, held.port->interface_index(), service});
    }
  }
  routes_.steer(*requests_, steered);
}

}  // namespace heartwire
