// See address_keeper.h.
#include "core/address/address_keeper.h"

#include <net/if.h>

#include <algorithm>
#include <cerrno>

namespace heartwire {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::array<std::uint64_t, 4> kAnnounceAfterNs{1 * kMs, 10 * kMs, 100 * kMs, 1000 * kMs};
constexpr std::uint64_t kCheckEveryNs = 1000 * kMs;
constexpr std::uint64_t kDefendEveryNs = 10'000 * kMs;  // RFC 5227 2.4
constexpr unsigned kProbes = 3;

// Is the interface behind this port still the one that it was opened for?
bool interface_still(const WirePort& port) {
  return if_nametoindex(port.interface().c_str()) == static_cast<unsigned>(port.interface_index());
}

std::uint64_t mac_value(const Mac& mac) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : mac) value = value << 8 | byte;
  return value;
}

}  // namespace

AddressKeeper::AddressKeeper(const AddressOptions& options, Answer answer, Report report)
    : options_(options), answer_(std::move(answer)), report_(std::move(report)) {}

void AddressKeeper::report(EventKind kind, std::uint8_t seat, const PreparedAddress& prepared, std::uint64_t value,
                           std::uint64_t now_ns) const {
  EngineEvent event;
  event.kind = kind;
  event.seat = seat;
  event.address = prepared.index;
  event.at_ns = now_ns;
  event.value = value;
  report_(event);
}

// Ports, requests and announcements anew, for the interfaces as they are now.
void AddressKeeper::prepare(std::uint64_t now_ns) {
  for (const VirtualAddress& address : wanted_) {
    auto& port = ports_[address.interface];
    if (port == nullptr) {
      port = WirePort::open(address.interface);
      ports_changed_ = true;
      if (port != nullptr && options_.arp_strict) strict_arp_.apply(address.interface);
    }
  }
  for (Seat& seat : seats_) seat.addresses.clear();
  for (std::size_t index = 0; index < wanted_.size(); ++index) {
    PreparedAddress prepared = prepare_address(wanted_[index], ports_);
    prepared.index = static_cast<std::uint16_t>(index);
    seats_[wanted_[index].seat].addresses.push_back(std::move(prepared));
  }
  next_check_ns_ = now_ns + kCheckEveryNs;
}

void AddressKeeper::set_addresses(std::vector<VirtualAddress> addresses, std::uint64_t now_ns) {
  for (Seat& seat : seats_) {  // what is no longer wanted goes, whoever has it
    for (PreparedAddress& old : seat.addresses) {
      const bool kept = std::any_of(addresses.begin(), addresses.end(), [&](const VirtualAddress& address) {
        return address.address == old.address.address && address.interface == old.address.interface && address.seat == old.address.seat;
      });
      if (!kept && old.port != nullptr && requests_.send({&old.remove})) requests_.answers(1, EADDRNOTAVAIL);
    }
  }
  wanted_ = std::move(addresses);
  prepare(now_ns);
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats_[index];
    if (seat.open) {
      open_seat(seat, now_ns);
      continue;
    }
    for (PreparedAddress& prepared : seat.addresses) remove_stray(prepared, index, now_ns);
  }
}

bool AddressKeeper::put_on(const std::vector<PreparedAddress*>& addresses, int& error) {
  std::vector<const std::vector<std::uint8_t>*> batch;
  batch.reserve(addresses.size());
  for (const PreparedAddress* prepared : addresses) {
    if (prepared->port == nullptr) error = ENODEV;
    else batch.push_back(&prepared->add);
  }
  if (!requests_.send(batch)) {
    error = errno;
    return false;
  }
  for (const PreparedAddress* prepared : addresses) {  // before the kernel has confirmed
    if (prepared->port == nullptr) continue;
    for (const auto& frame : prepared->announcements) prepared->port->send(frame);
  }
  const int answer = requests_.answers(batch.size(), 0);
  if (answer != 0) error = answer;
  return error == 0;
}

void AddressKeeper::carry_out(const AddressOrder& order, std::uint64_t now_ns) {
  if (order.seat >= kSeatsMax) return;
  Seat& seat = seats_[order.seat];
  seat.order = order;
  seat.probing = false;
  seat.probe_until_ns = seat.next_probe_ns = UINT64_MAX;
  if (!order.open) {
    close_seat(seat, now_ns);
    answer_({order.seat, order.epoch, false, false});
  } else if (order.first_acquisition && options_.probe_ms > 0 && !seat.addresses.empty()) {
    seat.probing = true;
    seat.probe_until_ns = now_ns + options_.probe_ms * kMs;
    seat.next_probe_ns = now_ns;
    on_time(now_ns);
  } else {
    open_seat(seat, now_ns);
  }
}

void AddressKeeper::open_seat(Seat& seat, std::uint64_t now_ns) {
  std::vector<PreparedAddress*> all;
  for (PreparedAddress& prepared : seat.addresses) all.push_back(&prepared);
  int error = 0;
  const bool first = !seat.open;
  seat.open = true;
  const bool done = put_on(all, error);
  seat.probing = false;
  seat.probe_until_ns = seat.next_probe_ns = UINT64_MAX;
  seat.opened_ns = now_ns;
  seat.announced = 0;
  seat.next_announce_ns = seat.addresses.empty() ? UINT64_MAX : now_ns + kAnnounceAfterNs[0];
  if (!done) close_seat(seat, now_ns);
  if (first || !done) answer_({seat.order.seat, seat.order.epoch, true, !done});
}

void AddressKeeper::close_seat(Seat& seat, std::uint64_t) {
  seat.open = seat.probing = false;
  seat.next_announce_ns = seat.probe_until_ns = seat.next_probe_ns = UINT64_MAX;
  std::vector<const std::vector<std::uint8_t>*> batch;
  for (const PreparedAddress& prepared : seat.addresses) {
    if (prepared.port != nullptr) batch.push_back(&prepared.remove);
  }
  if (requests_.send(batch)) requests_.answers(batch.size(), EADDRNOTAVAIL);
}

void AddressKeeper::close_all(std::uint64_t now_ns) {
  for (Seat& seat : seats_) {
    if (seat.open || seat.probing) close_seat(seat, now_ns);
  }
}

void AddressKeeper::announce(const Seat& seat) const {
  for (const PreparedAddress& prepared : seat.addresses) {
    if (prepared.port == nullptr) continue;
    for (const auto& frame : prepared.announcements) prepared.port->send(frame);
  }
}

void AddressKeeper::probe(const Seat& seat) const {
  for (const PreparedAddress& prepared : seat.addresses) {
    if (prepared.port == nullptr) continue;
    for (const auto& frame : prepared.probes) prepared.port->send(frame);
  }
}

void AddressKeeper::remove_stray(PreparedAddress& prepared, std::uint8_t seat, std::uint64_t now_ns) {
  if (prepared.port == nullptr || !requests_.send({&prepared.remove})) return;
  // Only what the kernel really had is worth an event: a message about our own earlier removal may still be under way.
  if (requests_.answers(1, 0) == 0) report(EventKind::address_stray, seat, prepared, 0, now_ns);
}

// Puts back what is missing; "already there" is the good case.
void AddressKeeper::verify(Seat& seat, std::uint8_t index, std::uint64_t now_ns) {
  for (PreparedAddress& prepared : seat.addresses) {
    if (prepared.port == nullptr || !requests_.send({&prepared.add_again})) continue;
    if (requests_.answers(1, 0) != 0) continue;
    for (const auto& frame : prepared.announcements) prepared.port->send(frame);
    report(EventKind::address_deleted, index, prepared, 0, now_ns);
  }
}

void AddressKeeper::on_kernel_news(const NetlinkNews& news, std::uint64_t now_ns) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats_[index];
    for (PreparedAddress& prepared : seat.addresses) {
      const bool same = prepared.port != nullptr && prepared.port->interface_index() == news.interface_index &&
                        prepared.address.address.family == news.address.family && prepared.address.address.bytes == news.address.bytes;
      if (!same) continue;
      if (news.kind == NetlinkNews::Kind::address_gone && seat.open) return verify(seat, index, now_ns);
      if (news.kind == NetlinkNews::Kind::address_added && !seat.open) return remove_stray(prepared, index, now_ns);
    }
  }
}

void AddressKeeper::on_holder_heard(const WirePort& port, const HeardHolder& heard, std::uint64_t now_ns) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats_[index];
    for (PreparedAddress& prepared : seat.addresses) {
      if (prepared.port != &port || prepared.address.address.family != heard.address.family ||
          prepared.address.address.bytes != heard.address.bytes) continue;
      if (seat.probing) {
        report(EventKind::address_conflict, index, prepared, mac_value(heard.mac), now_ns);
        if (options_.open_despite_conflict) return open_seat(seat, now_ns);
        const AddressOrder order = seat.order;
        close_seat(seat, now_ns);
        answer_({order.seat, order.epoch, true, true});
        return;
      }
      if (!seat.open || now_ns < prepared.defended_ns + kDefendEveryNs) return;
      if (now_ns < seat.opened_ns + 20 * kMs) return;  // the former owner's last words
      prepared.defended_ns = now_ns;
      report(EventKind::address_conflict, index, prepared, mac_value(heard.mac), now_ns);
      for (const auto& frame : prepared.announcements) port.send(frame);
      return;
    }
  }
}

void AddressKeeper::on_time(std::uint64_t now_ns) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats_[index];
    if (seat.probing && now_ns >= seat.probe_until_ns) {
      open_seat(seat, now_ns);
    } else if (seat.probing && now_ns >= seat.next_probe_ns) {
      probe(seat);
      seat.next_probe_ns = now_ns + options_.probe_ms * kMs / kProbes;
    }
    if (seat.open && now_ns >= seat.next_announce_ns) {
      announce(seat);
      ++seat.announced;
      seat.next_announce_ns = seat.announced < kAnnounceAfterNs.size() ? seat.opened_ns + kAnnounceAfterNs[seat.announced] : UINT64_MAX;
    }
  }
  if (now_ns < next_check_ns_) return;
  const bool missing = std::any_of(ports_.begin(), ports_.end(), [](const auto& entry) {
    return entry.second == nullptr || !interface_still(*entry.second);
  });
  if (missing) {  // an interface that vanished or came back has another index
    for (auto& [name, port] : ports_) {
      if (port != nullptr && !interface_still(*port)) port.reset();
    }
    ports_changed_ = true;
    prepare(now_ns);
  }
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    if (seats_[index].open) verify(seats_[index], index, now_ns);
  }
  next_check_ns_ = now_ns + kCheckEveryNs;
}

std::uint64_t AddressKeeper::next_deadline_ns() const {
  std::uint64_t next = wanted_.empty() ? UINT64_MAX : next_check_ns_;
  for (const Seat& seat : seats_) next = std::min({next, seat.next_announce_ns, seat.probe_until_ns, seat.next_probe_ns});
  return next;
}

}  // namespace heartwire
