// Fit to serve (safety.md): which networks this node can serve addresses on, and what an owner does that cannot. It has
// carrier there, on the adapter or on the one that stands by; and it hears somebody there, if others are heard elsewhere
// that it has heard there before. An owner that is unfit gives its seat to a successor of the standing orders that says in
// its beats that it serves there. Where nobody says so the network is dead for all, and nothing moves.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

namespace {
// A switch that dies is noticed everywhere, but not in the same instant: the others' beats get the time to say so.
constexpr std::uint64_t kHoldIntervals = 2;
}  // namespace

// Measured between networks and not against the clock: peers that end fall silent on all. With only one other node to be
// heard nobody can tell whose silence it is.
bool Engine::State::is_silent(std::uint8_t network, std::uint64_t heard_ns) const {
  std::uint64_t elsewhere_ns = 0;
  for (const OwnLink& link : links) {
    if (link.present && link.network != network && link.standby_for != network) elsewhere_ns = std::max(elsewhere_ns, link.heard_ns);
  }
  if (heard_ns == 0 || elsewhere_ns < heard_ns + timeout_ns) return false;
  unsigned company = 0;
  std::uint64_t patience_ns = timeout_ns;
  for (std::size_t index = 0; index < peers_used; ++index) {
    const Peer& peer = peers[index];
    bool heard_here = false;
    for (std::size_t id = 0; id < kLinksMax && peer.node_id != 0 && peer.up; ++id) {
      if (links[id].network != network && links[id].standby_for != network) continue;
      if (!peer.paths[id].monitor.ever_heard()) continue;
      heard_here = true;
      patience_ns = std::max(patience_ns, timeout_of(peer, id));
    }
    company += heard_here ? 1 : 0;
  }
  return company > 1 && elsewhere_ns >= heard_ns + patience_ns;
}

// An owner hears answers to its own beats; while those stand in its full queue, nobody is silent.
bool Engine::State::is_congested(std::uint8_t network) {
  for (std::uint8_t id = 0; id < kLinksMax; ++id) {
    const OwnLink& link = links[id];
    if (link.present && (link.network == network || link.standby_for == network) && sink.is_queued(id)) return true;
  }
  return false;
}

// `drained`: all that has arrived was read, so that silence is not our own lateness; else what was found last still counts.
void Engine::State::weigh_networks(std::uint64_t now_ns, bool drained) {
  for (std::uint8_t network = 0; network < kLinksMax; ++network) {
    const Adapter service = adapter_of(network, false), standby = adapter_of(network, true);
    const auto bit = static_cast<std::uint8_t>(1u << network);
    const bool silent = is_silent(network, std::max(service.heard_ns, standby.heard_ns));
    if (drained && silent && !is_congested(network)) silent_on |= bit;
    else if (drained) silent_on &= static_cast<std::uint8_t>(~bit);
    const bool fit = (service.carrier || standby.carrier) && (silent_on & bit) == 0;
    if (fit) serves |= bit;
    else serves &= static_cast<std::uint8_t>(~bit);
    const bool has_path = service.exists || standby.exists;
    if (fit || !has_path) unserved_since_ns[network] = 0;
    else if (unserved_since_ns[network] == 0) unserved_since_ns[network] = now_ns;
  }
}

void Engine::State::note_serves(Peer& peer, std::uint8_t networks, std::uint64_t now_ns) {
  const bool told = peer.serves_told_ns != 0;
  peer.serves_told_ns = now_ns;
  if (told && networks == peer.serves) return;
  peer.serves = networks;
  event(EventKind::peer_serves, now_ns, peer.node_id, 0, 0, 0, networks);
}

// The first of the standing orders that is up and may take a later epoch than ours; that turns, where it must; and that has
// said since `told_after_ns` that it serves on the network of the seat (0: whatever it says). 0: none.
std::uint16_t Engine::State::fit_successor(const Seat& seat, std::uint64_t now_ns, bool must_turn, std::uint64_t told_after_ns) {
  for (int position = 0; position < seat.reg.successors(); ++position) {
    const std::uint16_t node = seat.reg.successor(position);
    if (node == self.node_id || seat.reg.epoch_at(position) <= seat.epoch) continue;
    const Peer* peer = find_peer(node);
    if (peer == nullptr || (must_turn && peer->stalled) || !speaks(*peer, timeout_of(*peer, 0), now_ns)) continue;
    const bool serves_there = seat.network < kLinksMax && (peer->serves >> seat.network & 1) != 0;
    if (told_after_ns == 0 || (serves_there && peer->serves_told_ns >= told_after_ns)) return node;
  }
  return 0;
}

void Engine::State::give_up_unserved(std::uint64_t now_ns) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    const Seat& seat = seats[index];
    if (!seat.exists || seat.phase != SeatPhase::open || seat.network >= kLinksMax) continue;
    const std::uint64_t since_ns = unserved_since_ns[seat.network];
    const std::uint64_t told_after_ns = since_ns + kHoldIntervals * interval_ns;
    if (since_ns == 0 || now_ns < told_after_ns) continue;
    const Unfitness why = (silent_on >> seat.network & 1) != 0 ? Unfitness::hears_nobody : Unfitness::no_carrier;
    if (why == Unfitness::hears_nobody && seat.egress_ns > interval_ns) continue;  // as above
    std::uint16_t successor = fit_successor(seat, now_ns, true, told_after_ns);
    if (successor == 0) successor = fit_successor(seat, now_ns, false, told_after_ns);
    if (successor != 0) give_up_seat(index, successor, why, now_ns);
  }
}

void Engine::State::give_up_seat(std::uint8_t index, std::uint16_t successor, Unfitness why, std::uint64_t now_ns) {
  event(EventKind::seat_unfit, now_ns, self.node_id, 0, index, seats[index].epoch, static_cast<std::uint64_t>(why));
  release({index, successor}, now_ns);
}

}  // namespace heartwire
