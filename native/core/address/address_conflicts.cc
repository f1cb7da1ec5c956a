// See address_keeper.h. Here: other hosts that have, or ask for, an address of ours. Before the first acquisition the
// wire is asked (RFC 5227, RFC 4862); at a takeover it is not, since the former owner may still answer for a moment:
// announce, and report who goes on claiming it.
#include <algorithm>
#include <cerrno>
#include <set>

#include "core/address/address_keeper.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr unsigned kProbes = 3;
constexpr std::uint64_t kDefendEveryNs = 10'000 * kMillisecond;  // RFC 5227 2.4: else two defenders storm each other
constexpr std::uint64_t kLastWordsNs = 20 * kMillisecond;        // what the former owner sent before it heard of us
constexpr int kClaimsPerTurn = 64;

std::uint64_t value_of(const Mac& mac) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : mac) value = value << 8 | byte;
  return value;
}

}  // namespace

void AddressKeeper::start_probing(HeldSeat& seat, std::uint64_t now_ns) {
  seat.state = State::probing;
  seat.close_again_ns = UINT64_MAX;
  seat.probe_until_ns = now_ns + options_.probe_ms * kMillisecond;
  seat.next_probe_ns = now_ns;
  listen_where_needed();
  probe_due(seat, now_ns);
}

void AddressKeeper::probe_due(HeldSeat& seat, std::uint64_t now_ns) {
  if (now_ns >= seat.probe_until_ns) {
    open_seat(seat, now_ns);
  } else if (now_ns >= seat.next_probe_ns) {
    seat.next_probe_ns = now_ns + options_.probe_ms * kMillisecond / kProbes;
    for (const HeldAddress& held : seat.addresses) {
      if (held.port != nullptr) held.port->send(held.probes);
    }
  }
}

// Who holds and seeks nothing has no use for the claims of others, and would be woken by each.
void AddressKeeper::listen_where_needed() {
  std::set<const WirePort*> needed;
  for (const HeldSeat& seat : seats_) {
    if (seat.state != State::open && seat.state != State::probing) continue;
    for (const HeldAddress& held : seat.addresses) needed.insert(held.port);
  }
  for (const auto& [name, port] : ports_) {
    if (port != nullptr) port->listen(needed.contains(port.get()));
  }
}

void AddressKeeper::hear_neighbours(std::uint64_t now_ns) {
  listen_where_needed();
  for (const auto& [name, port] : ports_) {
    if (port == nullptr) continue;
    for (int count = 0; count < kClaimsPerTurn; ++count) {
      const auto claim = port->next();
      if (!claim) break;
      hear_claim(*claim, *port, now_ns);
    }
  }
}

void AddressKeeper::hear_claim(const NeighbourClaim& claim, const WirePort& port, std::uint64_t now_ns) {
  const bool own = std::any_of(own_macs_.begin(), own_macs_.end(), [&](const auto& entry) { return entry.second == claim.mac; });
  if (own) return;
  for (HeldSeat& seat : seats_) {
    if (seat.state != State::open && seat.state != State::probing) continue;
    for (HeldAddress& held : seat.addresses) {
      const LinkAddress& address = held.wanted.address;
      if (held.port != &port || address.family != claim.address.family || address.bytes != claim.address.bytes) continue;
      if (seat.state == State::probing) {
        probe_conflict(seat, held, claim, now_ns);
        return;
      }
      const bool told = held.conflict_told_ns != 0 && now_ns - held.conflict_told_ns < kDefendEveryNs;
      if (claim.probe || told || now_ns - seat.announced_ns < kLastWordsNs) return;  // the kernel answers probes
      held.conflict_told_ns = now_ns;
      report(EventKind::address_conflict, seat, held, false, value_of(claim.mac), now_ns);
      port.send(held.announcements);
      return;
    }
  }
}

void AddressKeeper::probe_conflict(HeldSeat& seat, const HeldAddress& held, const NeighbourClaim& claim, std::uint64_t now_ns) {
  report(EventKind::address_conflict, seat, held, true, value_of(claim.mac), now_ns);
  if (options_.open_despite_conflict) {
    open_seat(seat, now_ns);
    return;
  }
  close_seat(seat);
  outside_.answer({seat.order.seat, seat.order.epoch, true, true, EADDRINUSE});
}

}  // namespace heartwire
