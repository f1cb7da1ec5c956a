// The third vote of two nodes (X9). Two nodes renew with each other; the witness is asked only where the other one does not
// suffice: it may be far away, so its promise is longer than a lease, and a promise that it had given to an owner that dies
// would keep the successor waiting for that long. So an owner gives it back as soon as the other node answers again.
//
//   other node answers: claims to the witness ask for no lease (it learns who owns, and can write `reserved` beforehand)
//   it falls silent: the owner asks before its lease ends, the successor once its own grant has run out; the first one has it
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

namespace {
constexpr std::uint8_t kDiskSeat = 0;             // the manager's, with all its addresses
constexpr std::uint64_t kRenewAtIntervals = 3;  // of the witness' beats: with less of its promise left it is asked at once
}  // namespace

// Heard within that time: any voter that is neither we nor the witness.
bool Engine::State::another_lives(std::uint64_t within_ns, std::uint64_t now_ns) const {
  return std::any_of(peers.begin(), peers.begin() + static_cast<long>(peers_used), [&](const Peer& peer) {
    return peer.voter >= 0 && !is_witness(peer) && speaks(peer, within_ns, now_ns);
  });
}

bool Engine::State::needs_witness(const Seat& seat, std::uint64_t now_ns) const {
  if (bug == PlantedBug::witness_always_asked) return true;
  if (seat.phase == SeatPhase::asking) {
    return !another_lives(seat.lease_ns / 2, now_ns) || now_ns >= seat.asked_since_ns + interval_ns;
  }
  if (seat.phase == SeatPhase::lapsed) return true;
  if (seat.phase == SeatPhase::closing) return seat.witness_needed;  // its promise is free when the addresses are off
  const bool holds = seat.phase == SeatPhase::opening || seat.phase == SeatPhase::open;
  return holds && expiry_ns(seat, seat.tenure, witness) < now_ns + seat.lease_ns / 3;
}

// The other node's grants have run out. Without carrier on the network of its addresses such an owner serves nobody, and is in
// the way of whoever could: it takes them off, and then frees the witness.
bool Engine::State::lives_by_witness(const Seat& seat, std::uint64_t now_ns) const {
  return witness >= 0 && expiry_ns(seat, seat.tenure, witness) <= now_ns;
}

// Who gives a promise back counts it no more, nor what was promised for an earlier beat and is still under way.
void Engine::State::weigh_witness(std::uint64_t now_ns) {
  for (Seat& seat : seats) {
    const bool needed = seat.exists && needs_witness(seat, now_ns);
    if (seat.witness_needed && !needed && seat.owns()) {
      seat.waived_sent_ns = newest_sent_ns;
      if (bug != PlantedBug::waived_grant_counts) seat.tenure.forget(static_cast<std::size_t>(witness));
    }
    seat.witness_needed = needed;
    if (needed) seat.witness_asked_ns = now_ns;
  }
}

// What the witness is not asked for. An owner without carrier serves nobody: it asks for nothing more, so that the other
// node has the seat when what was promised has run out. It gives nothing back before: its addresses may still be on.
void Engine::State::spare_witness(Beat& beat) const {
  const auto lets_go = [&](const Claim& claim) {
    const Seat& seat = seats[claim.seat];
    return claim.state != ClaimState::released && seat.witness_needed && !fit_to_ask(seat);
  };
  const Claim* const claims_end = std::remove_if(beat.claims, beat.claims + beat.claim_count, lets_go);
  beat.claim_count = static_cast<std::uint8_t>(claims_end - beat.claims);
  for (std::size_t index = 0; index < beat.claim_count; ++index) {
    Claim& claim = beat.claims[index];
    if (claim.state == ClaimState::valid && !seats[claim.seat].witness_needed) claim.lease_us = 0;
  }
  const auto spared = [&](const Ask& ask) { return !seats[ask.seat].witness_needed; };
  const Ask* const end = std::remove_if(beat.asks, beat.asks + beat.ask_count, spared);
  beat.ask_count = static_cast<std::uint8_t>(end - beat.asks);
}

// The disk as the witness: one order for the one seat that it knows, standing until the next.
void Engine::State::order_disk() {
  const Seat& seat = seats[kDiskSeat];
  DiskOrder order;
  if (seat.exists && seat.witness_needed) {
    const DiskWish wish = seat.phase == SeatPhase::asking ? DiskWish::ask : fit_to_ask(seat) ? DiskWish::claim : DiskWish::let_go;
    order = {wish, seat.epoch};
  }
  if (order == disk_order) return;
  disk_order = order;
  sink.disk(order);
}

void Engine::State::on_disk(const DiskAnswer& answer, std::uint64_t now_ns) {
  Seat& seat = seats[kDiskSeat];
  if (witness < 0 || !voters.disk || (seat.phase != SeatPhase::asking && !seat.owns())) return;
  const bool asks = seat.phase == SeatPhase::asking;
  if (answer.answer == Answer::yes && answer.epoch == seat.epoch && answer.sent_ns >= (asks ? seat.asked_since_ns : seat.waived_sent_ns)) {
    seat.tenure.on_grant(static_cast<std::size_t>(witness), answer.sent_ns, std::uint64_t{answer.lease_us} * 1000);
    if (asks) try_to_win(kDiskSeat, now_ns);
    else if (seat.phase == SeatPhase::lapsed) tick_seat(kDiskSeat, now_ns);
  } else if (answer.answer == Answer::epoch_old && seat.refused_disk_epoch != seat.epoch) {
    seat.refused_disk_epoch = seat.epoch;
    event(EventKind::refused, now_ns, 0, 0, kDiskSeat, answer.epoch, static_cast<std::uint64_t>(answer.answer));
  }
}

// Apart from the rhythm of its beats: its promise is needed and near its end, or is to be given back.
bool Engine::State::witness_is_due(const Peer& peer, std::uint64_t now_ns) const {
  const std::uint64_t interval = sending_interval_of(peer);
  return std::any_of(seats.begin(), seats.end(), [&](const Seat& seat) {
    if (!seat.exists || !seat.owns()) return false;
    if (!seat.witness_needed) return seat.waived_sent_ns > witness_told_ns;
    return seat.tenure.until_ns(static_cast<std::size_t>(witness)) < now_ns + kRenewAtIntervals * interval;
  });
}

}  // namespace heartwire
