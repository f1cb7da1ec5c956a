// Taking over: when this node asks for a seat, and when it has won. Everything was decided before, in the
// standing orders; here is only the waiting and the counting.
//
//   idle ──own grant to the owner ran out, k intervals waited─────▶ asking ──votes of a majority──▶ opening ──▶ open
//     ▲                                                               │                               │ majority gone
//     └───────────── the owner lives, or another won ─────────────────┘          regained ◀── lapsed ◀─┘
//
// A candidate binds its own vote only when the others suffice (safety.md, 'Leases' 6): two candidates at once
// then cost a round trip, not a lease.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

std::size_t Engine::State::quorum() const {
  std::size_t needed = std::max<std::size_t>(voters.quorum, 1);
  if (bug == PlantedBug::wrong_quorum && needed > 1) --needed;
  if (bug == PlantedBug::shrinking_voters) return heard_voters() / 2 + 1;
  return needed;
}

std::size_t Engine::State::heard_voters() const {
  std::size_t heard = own_voter >= 0 ? 1 : 0;
  for (const Peer& peer : peers) heard += peer.node_id != 0 && peer.voter >= 0 && peer.up ? 1 : 0;
  return heard;
}

bool Engine::State::fit_to_ask(const Seat& seat) const {
  if (seat.network == 255) return true;
  bool has_path = false;
  for (const OwnLink& link : links) {
    if (!link.present || (link.network != seat.network && link.standby_for != seat.network)) continue;
    if (link.network != seat.network && link.offline && (on_standby >> seat.network & 1) == 0) continue;  // no address goes there
    has_path = true;
    if (link.carrier) return true;
  }
  return !has_path;
}

// Where a switch takes the carrier of all, one after the other, the owner may have handed over to a node that has none by then. The
// seat of management, which other networks carry, is not left vacant for that: who is elected takes it, and hands it on to whoever
// can serve. Not with a witness or a disk: the other node, which they would vote for, may be one that serves.
bool Engine::State::may_ask(const Seat& seat) const {
  return fit_to_ask(seat) || (seat.stand && &seat == seats.data() && witness < 0);
}

// When this node, at `position` of the standing orders, may ask; UINT64_MAX: not as things are.
std::uint64_t Engine::State::ask_at_ns(const Seat& seat, int position) const {
  const VoterRegister& reg = seat.reg;
  const std::uint64_t epoch = reg.epoch_at(position);
  if (!reg.voting() || epoch <= reg.promised_epoch() || epoch > reg.reserved_epoch() || !may_ask(seat)) return UINT64_MAX;
  const bool promised = reg.holder() != 0 && reg.holder() != self.node_id;
  // One that has just started refuses the owner what it may have promised to another before: it can succeed it nevertheless.
  const bool heard_owner = promised || seat.claimed_until_ns != 0;
  const bool invited = seat.invited_epoch == epoch;
  if (!seat.stand && !heard_owner && !invited) return UINT64_MAX;
  std::uint64_t at = reg.quiet_until_ns();
  if (promised) at = std::max(at, reg.granted_until_ns());
  if (invited) return at;
  if (!seat.stand) at = std::max(at, seat.claimed_until_ns);
  if (heard_owner) at += lateness.excuse_ns(seat.lateness_mark_ns, timeout_ns);
  if (release_stalled && is_stalled) at += timeout_ns;  // one whose event loop turns may ask first
  // Who comes first has the time to be first, though it be late by a beat.
  at += static_cast<std::uint64_t>(position) * std::max(seat.round_trip_ns + lease_margin_ns(seat.lease_ns), interval_ns);
  if (lateness.late_wakes() != 0) at = std::max(at, lateness.last_late_wake_ns() + interval_ns);  // the owner may ask first
  return std::max(at, lateness.unfit_until_ns());
}

// JavaScript's election. It may not know what this voter itself has promised (a release votes for its successor).
void Engine::State::stand(std::uint8_t index, std::uint64_t now_ns) {
  if (index >= kSeatsMax) return;
  Seat& seat = seats[index];
  seat.stand = true;
  const int position = seat.reg.position(self.node_id);
  const std::uint64_t promised = seat.reg.promised_epoch();
  if (position < 0 || seat.reg.epoch_at(position) > promised) return;
  event(EventKind::refused, now_ns, self.node_id, 0, index, promised, static_cast<std::uint64_t>(Answer::epoch_old));
}

// An owner stands anew in place where its epoch is refused (lapsed), or where nobody else is asked (a quorum of one).
bool Engine::State::may_begin(const Seat& seat) const {
  if (seat.phase == SeatPhase::idle) return true;
  return seat.stand && (seat.phase == SeatPhase::lapsed || (seat.phase == SeatPhase::open && quorum() == 1));
}

// A vote of ours for a candidate of an older epoch is no owner yet: if that candidate has voted for us in turn, it yields.
bool Engine::State::owner_lives(const Seat& seat, std::uint64_t now_ns) const {
  if (!seat.stood && seat.claimed_until_ns > now_ns) return true;
  if (seat.reg.granted_until_ns() <= now_ns || seat.reg.holder() == self.node_id) return false;
  return seat.reg.claimed() || seat.reg.holder_epoch() >= seat.epoch;
}

void Engine::State::tick_seat(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  if (!seat.exists) return;
  if (seat.release_at_ns != 0 && (now_ns >= seat.release_at_ns || seat.phase != SeatPhase::open)) ask_egress(index, now_ns);
  if (!seat.owns() && now_ns >= seat.prepared_until_ns) drop_prepared(index, now_ns);
  const int position = seat.reg.position(self.node_id);
  if (may_begin(seat) && position >= 0 && now_ns >= ask_at_ns(seat, position)) {
    begin_asking(index, position, now_ns);
  } else if (seat.phase == SeatPhase::asking) {
    const bool outdated = position < 0 || seat.reg.epoch_at(position) != seat.epoch || seat.epoch <= seat.reg.promised_epoch();
    if (bug != PlantedBug::two_registers && bug != PlantedBug::early_vote && (outdated || owner_lives(seat, now_ns))) {
      give_up(index);
    } else {
      if (now_ns >= seat.next_ask_ns) ask_voters(index, now_ns);
      try_to_win(index, now_ns);  // a rival that yielded has freed our own vote
    }
  } else if (seat.phase == SeatPhase::opening || seat.phase == SeatPhase::open) {
    if (position < 0 || seat.reg.epoch_at(position) != seat.raise_epoch) seat.raise_epoch = 0;  // other orders
    if (now_ns >= expiry_ns(seat)) lapse(index, now_ns);
    else if (lives_by_witness(seat, now_ns) && !fit_to_ask(seat)) release({index, 0}, now_ns);
    else if (may_raise(seat, position)) begin_raising(index, position, now_ns);
  } else if (seat.phase == SeatPhase::lapsed && expiry_ns(seat) > now_ns) {
    seat.phase = SeatPhase::opening;
    event(EventKind::seat_regained, now_ns, self.node_id, 0, index, seat.epoch);
    order_addresses(index, true, now_ns);
  }
}

Ask Engine::State::ask_of(std::uint8_t index) const {
  const Seat& seat = seats[index];
  return {index, voters.set_number, static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.epoch, seat.reg.orders_id()};
}

void Engine::State::begin_asking(std::uint8_t index, int position, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.phase = SeatPhase::asking;
  seat.stood = seat.stand;
  seat.epoch = seat.reg.epoch_at(position);
  seat.asked_since_ns = now_ns;
  seat.tenure.begin();
  if (bug == PlantedBug::early_vote) seat.reg.on_ask(self.node_id, ask_of(index), voters.set_number, now_ns);
  if (bug == PlantedBug::open_before_votes) order_addresses(index, true, now_ns);
  count_given_vote(index, now_ns);
  if (seat.phase != SeatPhase::asking) return;  // that was enough
  ask_voters(index, now_ns);
  try_to_win(index, now_ns);
}

void Engine::State::ask_voters(std::uint8_t index, std::uint64_t now_ns) {
  seats[index].next_ask_ns = now_ns + interval_ns;
  send_beats_to_voters(now_ns);
}

// A releasing owner's vote, which nobody has asked for (Engine::State::give_vote). It is given when its addresses are silent, so it
// says that the epoch before is over, as the release that follows. It can be kept for too long, not count for too long: its promise
// ends by itself, and only we could free it before, by ending that epoch, which our own register would not let us ask for again.
bool Engine::State::keep_given_vote(const Peer& peer, const Vote& vote, std::uint64_t sent_ns, std::uint64_t now_ns) {
  Seat& seat = seats[vote.seat];
  if (vote.answer != Answer::yes || vote.wait_us == 0 || vote.wait_us != voters.set_number) return false;
  if (peer.node_id != seat.known_holder || vote.epoch != seat.known_epoch + 1) return false;
  seat.given = {peer.node_id, vote.epoch, sent_ns, std::uint64_t{vote.lease_us} * 1000};
  seat.invited_epoch = vote.epoch;
  if (own_voter >= 0) seat.reg.on_claim(peer.node_id, {vote.seat, ClaimState::released, self.node_id, 0, vote.epoch - 1}, now_ns);
  seat.claimed_until_ns = std::min(seat.claimed_until_ns, now_ns);
  return true;
}

void Engine::State::count_given_vote(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  const Peer* const giver = seat.given.node == 0 ? nullptr : find_peer(seat.given.node);
  if (seat.phase != SeatPhase::asking || seat.given.epoch != seat.epoch || giver == nullptr || giver->voter < 0) return;
  seat.tenure.on_grant(static_cast<std::size_t>(giver->voter), seat.given.sent_ns, seat.given.lease_ns);
  try_to_win(index, now_ns);
}

void Engine::State::on_vote(Peer& peer, const Vote& vote, std::uint64_t sent_ns, std::uint64_t now_ns) {
  if (vote.seat >= kSeatsMax || peer.voter < 0) return;
  Seat& seat = seats[vote.seat];
  if (keep_given_vote(peer, vote, sent_ns, now_ns)) {
    if (seat.phase == SeatPhase::asking) return count_given_vote(vote.seat, now_ns);
    return tick_seat(vote.seat, now_ns);
  }
  // An answer to an older ask of ours says nothing about this one.
  if ((seat.phase != SeatPhase::asking && seat.raise_epoch == 0) || sent_ns < seat.asked_since_ns) return;
  if (seat.raise_epoch != 0 && vote.answer == Answer::yes && vote.epoch == seat.raise_epoch) {
    seat.raise_tenure.on_grant(static_cast<std::size_t>(peer.voter), sent_ns, std::uint64_t{vote.lease_us} * 1000);
    return try_to_raise(vote.seat, now_ns);
  }
  if (seat.phase == SeatPhase::asking && vote.answer == Answer::yes && vote.epoch == seat.epoch) {
    seat.tenure.on_grant(static_cast<std::size_t>(peer.voter), sent_ns, std::uint64_t{vote.lease_us} * 1000);
    try_to_win(vote.seat, now_ns);
    return;
  }
  if (vote.answer == Answer::held || vote.answer == Answer::quiet) {  // ask again as soon as it can say yes
    const std::uint64_t again_ns = std::max<std::uint64_t>(std::uint64_t{vote.wait_us} * 1000, 50'000);
    seat.next_ask_ns = std::min(seat.next_ask_ns, now_ns + again_ns);
  }
  report_refusal(seat, vote.seat, peer, vote.answer, vote.epoch, now_ns);
}

void Engine::State::try_to_win(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  const std::size_t own = own_voter >= 0 ? 1 : 0;
  const std::size_t others = seat.tenure.running(now_ns, voters.count, own_voter);
  if (others + own < quorum()) return;
  if (own_voter >= 0) {
    const Vote vote = seat.reg.on_ask(self.node_id, ask_of(index), voters.set_number, now_ns);
    if (vote.answer != Answer::yes && bug != PlantedBug::two_registers) return;
    const std::uint64_t lease_ns = bug == PlantedBug::two_registers ? seat.lease_ns : std::uint64_t{vote.lease_us} * 1000;
    seat.tenure.on_grant(static_cast<std::size_t>(own_voter), now_ns, lease_ns);
  }
  if (expiry_ns(seat) > now_ns) take(index, now_ns);
}

void Engine::State::take(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.phase = SeatPhase::opening;
  seat.stand = false;
  seat.releases_left = 0;
  seat.release_at_ns = seat.asked_egress_ns = 0;  // of a tenure that is over
  seat.known_holder = self.node_id;
  seat.known_epoch = seat.epoch;
  order_addresses(index, true, now_ns);  // first: nothing may stand before the address
  seat.acquired_ns = now_ns;
  event(EventKind::seat_acquired, now_ns, self.node_id, 0, index, seat.epoch, now_ns);
  if (expiry_ns(seat) > now_ns + interval_ns) send_news_soon(now_ns);
  else send_beats_to_voters(now_ns);  // a lease that a lost beat would end
}

// A voter that has restarted refuses all that is on its disk as reserved. The owner goes above it in place, while it
// holds the addresses by the grants of the others: else its successor could not count on that voter (safety.md,
// 'Leases' 5).
bool Engine::State::may_raise(const Seat& seat, int position) const {
  if (!seat.stand || seat.phase != SeatPhase::open || quorum() == 1 || position < 0) return false;
  const std::uint64_t epoch = seat.reg.epoch_at(position);
  return seat.reg.voting() && epoch > seat.epoch && epoch != seat.raise_epoch && epoch > seat.reg.promised_epoch() &&
         epoch <= seat.reg.reserved_epoch();
}

void Engine::State::begin_raising(std::uint8_t index, int position, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.raise_epoch = seat.reg.epoch_at(position);
  seat.raise_tenure.begin();
  seat.asked_since_ns = now_ns;
  send_beats_to_voters(now_ns);
}

void Engine::State::try_to_raise(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  const std::size_t own = own_voter >= 0 ? 1 : 0;
  if (seat.phase != SeatPhase::open || seat.raise_tenure.running(now_ns, voters.count, own_voter) + own < quorum()) return;
  if (own_voter >= 0) {
    const Ask ask{index, voters.set_number, static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.raise_epoch, seat.reg.orders_id()};
    const Vote vote = seat.reg.on_ask(self.node_id, ask, voters.set_number, now_ns);
    if (vote.answer != Answer::yes) return;
    seat.raise_tenure.on_grant(static_cast<std::size_t>(own_voter), now_ns, std::uint64_t{vote.lease_us} * 1000);
  }
  if (expiry_ns(seat, seat.raise_tenure) <= now_ns) return;
  seat.tenure = seat.raise_tenure;
  seat.epoch = seat.raise_epoch;
  seat.raise_epoch = 0;
  take(index, now_ns);
}

// Two candidates that voted for each other would both wait for a whole lease (a duel): the one with the older epoch,
// which it can never win any more, frees the votes that it was given.
void Engine::State::yield(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  give_up(index);
  seat.released_epoch = seat.epoch;
  seat.successor = 0;
  seat.releases_left = kReleaseBeats;
  send_beats_to_voters(now_ns);
}

void Engine::State::give_up(std::uint8_t index) {
  Seat& seat = seats[index];
  seat.phase = SeatPhase::idle;
  seat.next_ask_ns = UINT64_MAX;
  seat.tenure.begin();
}

}  // namespace heartwire
