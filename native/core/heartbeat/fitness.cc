// Fit to serve (safety.md): which networks this node can serve addresses on, and what an owner does that cannot. It has
// carrier there, on the adapter or on the one that stands by; it hears somebody there, if others are heard elsewhere
// that it has heard there before; and somebody whom it hears there answers what it sends there (one fibre of a pair may be
// broken). An owner that is unfit gives its seat to a successor of the standing orders that says in its beats that it serves
// there. Where nobody says so the network is dead for all, and nothing moves.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

namespace {
// A switch that dies is noticed everywhere, but not in the same instant: the others' beats get the time to say so.
constexpr std::uint64_t kHoldIntervals = 2;
// Who hears nothing for a time-out hears nothing. Answers alone may be lost for so long: they take two ways.
constexpr std::uint64_t kMuteTimeouts = 2;
}  // namespace

std::uint64_t Engine::State::latest_elsewhere_ns(std::uint8_t network, std::uint64_t OwnLink::*what) const {
  std::uint64_t latest_ns = 0;
  for (const OwnLink& link : links) {
    if (link.present && link.network != network && link.standby_for != network) latest_ns = std::max(latest_ns, link.*what);
  }
  return latest_ns;
}

// How many that live have been heard there, and how long the slowest of them may be silent. `unanswered_ns`: only those who have
// answered what it sent after that time, on another network.
Engine::State::Company Engine::State::company_on(std::uint8_t network, std::uint64_t unanswered_ns) const {
  Company company{0, timeout_ns};
  for (std::size_t index = 0; index < peers_used; ++index) {
    const Peer& peer = peers[index];
    if (peer.node_id == 0 || !peer.up || peer.newest_echo_ns < unanswered_ns) continue;
    bool counts = false;
    for (std::size_t id = 0; id < kLinksMax; ++id) {
      if (links[id].network != network && links[id].standby_for != network) continue;
      if (!peer.paths[id].monitor.ever_heard()) continue;
      counts = true;
      company.patience_ns = std::max(company.patience_ns, timeout_of(peer, id));
    }
    company.nodes += counts ? 1 : 0;
  }
  return company;
}

// Measured between networks and not against the clock: peers that end fall silent on all. With only one other node to be
// heard nobody can tell whose silence it is.
bool Engine::State::is_silent(std::uint8_t network, std::uint64_t heard_ns) const {
  const std::uint64_t elsewhere_ns = latest_elsewhere_ns(network, &OwnLink::heard_ns);
  if (heard_ns == 0 || elsewhere_ns < heard_ns + timeout_ns) return false;
  if ((silent_on >> network & 1) != 0) return true;  // until somebody is heard there: that others end makes it no better
  const Company company = company_on(network, 0);
  return company.nodes > 1 && elsewhere_ns >= heard_ns + company.patience_ns;
}

// Who has begun to send, after a pause or for the first time, is answered on one network before the other.
void Engine::State::note_answer(OwnLink& link, std::uint64_t arrival_ns) {
  if (arrival_ns > last_answer_ns + timeout_ns) answered_since_ns = arrival_ns;
  last_answer_ns = std::max(last_answer_ns, arrival_ns);
  link.answered_ns = std::max(link.answered_ns, arrival_ns);
}

// It hears some of them, and nobody hears it. Who only answers is silent there, too: what was found while it sent still counts then,
// but nothing is found.
bool Engine::State::is_mute(std::uint8_t network, std::uint64_t answered_ns, std::uint64_t now_ns) const {
  const std::uint64_t elsewhere_ns = latest_elsewhere_ns(network, &OwnLink::answered_ns);
  const bool never = answered_ns == 0;  // a path that is not proven yet carries no beats
  answered_ns = std::max(answered_ns, answered_since_ns);
  if (never || elsewhere_ns < answered_ns + kMuteTimeouts * timeout_ns) return false;
  if ((mute_on >> network & 1) != 0) return true;
  const Company company = company_on(network, answered_ns + timeout_ns);
  if (now_ns > elsewhere_ns + company.patience_ns) return false;
  return company.nodes > 1 && elsewhere_ns >= answered_ns + kMuteTimeouts * company.patience_ns;
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
    const bool mute = !silent && is_mute(network, std::max(service.answered_ns, standby.answered_ns), now_ns);
    if (drained) {
      const bool judged = (silent || mute) && !is_congested(network);
      silent_on = static_cast<std::uint8_t>(judged && silent ? silent_on | bit : silent_on & ~bit);
      mute_on = static_cast<std::uint8_t>(judged && mute ? mute_on | bit : mute_on & ~bit);
    }
    const bool fit = (service.carrier || standby.carrier) && ((silent_on | mute_on) & bit) == 0;
    if (fit) serves |= bit;
    else serves &= static_cast<std::uint8_t>(~bit);
    const bool has_path = service.exists || standby.exists;
    if (fit || !has_path) unserved_since_ns[network] = 0;
    else if (unserved_since_ns[network] == 0) unserved_since_ns[network] = now_ns;
  }
}

// To a voter that cannot write what it promises nobody can give a seat.
std::uint8_t Engine::State::told_serves() const { return own_voter >= 0 && !seats[0].reg.voting() ? 0 : serves; }

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

Unfitness Engine::State::unfitness_on(std::uint8_t network) const {
  if ((silent_on >> network & 1) != 0) return Unfitness::hears_nobody;
  return (mute_on >> network & 1) != 0 ? Unfitness::unheard : Unfitness::no_carrier;
}

void Engine::State::give_up_unserved(std::uint64_t now_ns) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    const Seat& seat = seats[index];
    if (!seat.exists || seat.phase != SeatPhase::open || seat.network >= kLinksMax) continue;
    const std::uint64_t since_ns = unserved_since_ns[seat.network];
    const std::uint64_t told_after_ns = since_ns + kHoldIntervals * interval_ns;
    if (since_ns == 0 || now_ns < told_after_ns) continue;
    // Unfit already when it took the seat: whoever was to have it could not take it. That will not have changed at once.
    if (since_ns <= seat.acquired_ns && now_ns < seat.acquired_ns + seat.lease_ns) continue;
    const Unfitness why = unfitness_on(seat.network);
    if (why != Unfitness::no_carrier && seat.egress_ns > interval_ns) continue;  // as above
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
