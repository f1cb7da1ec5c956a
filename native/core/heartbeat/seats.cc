// Who owns: this node as a voter (claims and asks of others) and as an owner or candidate (grants and votes
// of others). What may be promised is decided in lease/register.cc alone; when to ask is in candidacy.cc.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

// Who stops sending at that time has nothing in its egress queue any more when the voters' promises end (safety.md, 'Leases' 1).
std::uint64_t Engine::State::expiry_ns(const Seat& seat, const Tenure& tenure, int without) const {
  return tenure.expiry_ns(voters.count, quorum(), bug == PlantedBug::egress_uncounted ? 0 : seat.egress_ns, without);
}

void Engine::State::set_egress(const SetEgress& egress) {
  if (egress.seat >= kSeatsMax) return;
  seats[egress.seat].egress_ns = egress.drain_ns;
  tell_lease(egress.seat);
}

std::uint64_t Engine::State::expiry_ns(const Seat& seat) const {
  const std::uint64_t expiry = expiry_ns(seat, seat.tenure);
  if (bug == PlantedBug::lateness_extends_lease && expiry != UINT64_MAX && expiry != 0) {
    return expiry + lateness.excuse_ns(0, timeout_ns);
  }
  return expiry;
}

// A voter hears an owner.
void Engine::State::on_claim(Peer& peer, const Claim& claim, Ack& ack, std::uint64_t now_ns) {
  if (claim.seat >= kSeatsMax || !seats[claim.seat].exists) return;
  Seat& seat = seats[claim.seat];
  Grant grant{claim.seat, Answer::unfit, 0, seat.reg.promised_epoch()};
  if (own_voter >= 0) grant = seat.reg.on_claim(peer.node_id, claim, now_ns);
  ack.grants[ack.grant_count++] = grant;
  if (grant.answer == Answer::reserve) event(EventKind::reserve_needed, now_ns, peer.node_id, 0, claim.seat, claim.epoch);
  if (claim.state == ClaimState::valid) {
    seat.lateness_mark_ns = lateness.mark_ns();
    if (claim.epoch > seat.known_epoch || (claim.epoch == seat.known_epoch && peer.node_id != seat.known_holder)) {
      seat.known_epoch = claim.epoch;
      seat.known_holder = peer.node_id;
      tell_release(claim.seat);  // first, or JavaScript would take the next owner for a rival
      event(EventKind::holder_changed, now_ns, peer.node_id, 0, claim.seat, claim.epoch);
    }
    if (claim.epoch == seat.known_epoch && claim.successor == self.node_id) prepare(claim.seat, claim, now_ns);
    if (claim.epoch == seat.known_epoch) seat.claimed_until_ns = now_ns + std::uint64_t{seat.reg.lease_for(claim.lease_us)} * 1000;
    if (seat.phase == SeatPhase::asking && claim.epoch >= seat.epoch) give_up(claim.seat);
    // Somebody has a majority for a later epoch. With a quorum of one that proves nothing: C4 decides there.
    if (seat.owns() && claim.epoch > seat.epoch && voters.quorum > 1) lose(claim.seat, now_ns);
  } else {
    if (peer.node_id == seat.known_holder) seat.claimed_until_ns = std::min(seat.claimed_until_ns, now_ns);
    if (claim.state == ClaimState::released && claim.successor == self.node_id) seat.invited_epoch = claim.epoch + 1;
  }
  tick_seat(claim.seat, now_ns);
}

// A voter hears a candidate.
void Engine::State::on_ask(Peer& peer, const Ask& ask, Ack& ack, std::uint64_t now_ns) {
  if (ask.seat >= kSeatsMax || !seats[ask.seat].exists) return;
  Seat& seat = seats[ask.seat];
  Vote vote{ask.seat, Answer::unfit, 0, 0, seat.reg.promised_epoch()};
  if (own_voter >= 0) vote = seat.reg.on_ask(peer.node_id, ask, voters.set_number, now_ns);
  ack.votes[ack.vote_count++] = vote;
  if (vote.answer == Answer::reserve) event(EventKind::reserve_needed, now_ns, peer.node_id, 0, ask.seat, ask.epoch);
  if (seat.asked_epoch != ask.epoch || seat.asked_answer != vote.answer) {
    seat.asked_epoch = ask.epoch;
    seat.asked_answer = vote.answer;
    event(EventKind::asked, now_ns, peer.node_id, 0, ask.seat, ask.epoch, static_cast<std::uint64_t>(vote.answer));
  }
  if (vote.answer != Answer::yes || seat.phase != SeatPhase::asking || bug == PlantedBug::two_registers) return;
  // Our own ask for an older epoch cannot win any more. For the same epoch (other orders) there is nothing to free:
  // a voter gives an epoch to one candidate, and ending it would end it for the other one too.
  if (ask.epoch > seat.epoch) yield(ask.seat, now_ns);
  else if (ask.epoch == seat.epoch) give_up(ask.seat);
}

void Engine::State::report_refusal(Seat& seat, std::uint8_t index, const Peer& peer, Answer answer, std::uint64_t epoch,
                                   std::uint64_t now_ns) {
  const std::uint64_t bit = std::uint64_t{1} << (peer.voter & 63);
  if (seat.refused_epoch != seat.epoch) {
    seat.refused_epoch = seat.epoch;
    seat.refused_voters = 0;
    seat.refused_for_good = 0;
  }
  // Once per voter and epoch; and again where one that was silent after its start, or held, says that it never will.
  const bool for_good = answer == Answer::epoch_old || answer == Answer::voters;
  std::uint64_t& reported = for_good ? seat.refused_for_good : seat.refused_voters;
  if ((reported & bit) != 0) return;
  seat.refused_voters |= bit;
  if (for_good) seat.refused_for_good |= bit;
  event(EventKind::refused, now_ns, peer.node_id, 0, index, epoch, static_cast<std::uint64_t>(answer));
}

// An owner hears a voter.
void Engine::State::on_grant(Peer& peer, const Grant& grant, std::uint64_t sent_ns, std::uint64_t now_ns) {
  if (grant.seat >= kSeatsMax || peer.voter < 0) return;
  Seat& seat = seats[grant.seat];
  if (!seat.owns()) return;
  // A voter that hears `lapsed` frees its promise at once, so what it promised for an earlier beat is worth nothing.
  if (sent_ns < seat.lapsed_sent_ns && bug != PlantedBug::grants_before_lapsed) return;
  if (is_witness(peer) && sent_ns < seat.waived_sent_ns && bug != PlantedBug::waived_grant_counts) return;
  if (grant.answer == Answer::yes && grant.epoch == seat.epoch) {
    const std::uint64_t promised_ns = std::uint64_t{grant.lease_us} * 1000;
    const std::uint64_t lease_ns = bug == PlantedBug::count_asked_lease ? seat.lease_ns : promised_ns;
    seat.tenure.on_grant(static_cast<std::size_t>(peer.voter), sent_ns, lease_ns);
    if (seat.phase == SeatPhase::lapsed) tick_seat(grant.seat, now_ns);
    else tell_lease(grant.seat);
  } else if (grant.answer == Answer::epoch_old) {
    report_refusal(seat, grant.seat, peer, grant.answer, grant.epoch, now_ns);
  }
}

// An owner is a voter too: its own promise counts like any other's.
void Engine::State::grant_to_self(std::uint64_t sent_ns) {
  if (own_voter < 0) return;
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats[index];
    if (!seat.exists || !seat.owns()) continue;
    const ClaimState state = seat.phase == SeatPhase::lapsed ? ClaimState::lapsed : ClaimState::valid;
    const Claim claim{index, state, 0, static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.epoch};
    const Grant grant = seat.reg.on_claim(self.node_id, claim, sent_ns);
    if (grant.answer == Answer::yes) {
      seat.tenure.on_grant(static_cast<std::size_t>(own_voter), sent_ns, std::uint64_t{grant.lease_us} * 1000);
      if (seat.phase != SeatPhase::lapsed) tell_lease(index);
    }
  }
}

// The lease has no majority any more, or another's has.
void Engine::State::lapse(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.phase = SeatPhase::lapsed;
  seat.raise_epoch = 0;
  // A queue that no lease covers outlasts every promise: who waited for it in silence would lose its seat for a moment's
  // lateness, and gain nothing.
  seat.drained_ns = seat.tenure.covers(seat.egress_ns) ? now_ns + seat.egress_ns : now_ns;
  order_addresses(index, false, now_ns);
  event(EventKind::seat_lapsed, now_ns, self.node_id, 0, index, seat.epoch);
}

void Engine::State::lose(std::uint8_t index, std::uint64_t now_ns) {
  if (seats[index].phase != SeatPhase::lapsed) lapse(index, now_ns);
  seats[index].phase = SeatPhase::idle;
}

void Engine::State::tell_lease(std::uint8_t index) {
  const Seat& seat = seats[index];
  if (seat.owns()) sink.lease(index, seat.cell, seat.phase == SeatPhase::lapsed ? 0 : expiry_ns(seat));
}

void Engine::State::order_addresses(std::uint8_t index, bool open, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  AddressOrder order{};
  order.seat = index;
  order.open = open;
  order.first_acquisition = open && seat.stood && !seat.ever_owned;
  order.epoch = seat.close_due && !open ? seat.released_epoch : seat.epoch;
  order.decided_ns = now_ns;
  seat.close_due = false;
  if (open) {
    seat.ever_owned = true;
    // Whoever gave up must not come back by a late store: another cell. A later epoch in place gave nothing up.
    // So has one that has prepared itself in a fresh one, where nothing was stored yet.
    if (!seat.ordered_open && seat.prepared_epoch != seat.epoch) seat.cell = fresh_cell();
    seat.prepared_epoch = 0;
    order.cell = seat.cell;
    tell_lease(index);
  }
  seat.ordered_open = open;
  sink.address(order);
}

void Engine::State::publish_seats(std::uint64_t now_ns) {
  page.generation.publish(page.generation.get() + 1);
  for (std::size_t index = 0; index < kSeatsMax; ++index) {
    const Seat& seat = seats[index];
    PageSeat& shown = page.seats[index];
    shown.exists.set(seat.exists);
    if (!seat.exists) continue;
    shown.holder.set(seat.owns() ? self.node_id : seat.known_holder);
    shown.holder_epoch.set(seat.owns() ? seat.epoch : seat.known_epoch);
    shown.state.set(static_cast<std::uint64_t>(seat.phase));
    shown.epoch.set(seat.epoch);
    shown.expiry_ns.set(seat.owns() ? expiry_ns(seat) : 0);
    shown.granted_until_ns.set(seat.reg.granted_until_ns());
    shown.promised_epoch.set(seat.reg.promised_epoch());
    shown.reserved_epoch.set(seat.reg.reserved_epoch());
    shown.orders_id.set(seat.reg.orders_id());
    shown.voting.set(seat.reg.voting() && own_voter >= 0);
    shown.granted_to.set(seat.reg.granted_until_ns() > now_ns ? seat.reg.holder() : 0);
    shown.egress_ns.set(seat.egress_ns);
    shown.witness_asked_ns.set(seat.witness_asked_ns);
    shown.witness_until_ns.set(witness >= 0 && seat.owns() ? seat.tenure.until_ns(static_cast<std::size_t>(witness)) : 0);
  }
  page.generation.publish(page.generation.get() + 1);
}

}  // namespace heartwire
