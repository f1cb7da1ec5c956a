// How an owner gives its seat away: silent first, then it frees the grants, and its own vote goes along. What the address thread
// answers comes in here, too.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

// A planned move behind a kernel guard. While the owner still serves, its successor puts the addresses on behind a guard that is
// closed, and then the address thread is asked whether the guard alone makes the owner silent. If so the release needs nobody,
// and the takeover a store: a client waits for no thread and no lock of the kernel's. Otherwise all goes the way that it always goes.
void Engine::State::begin_release(const SeatAct& act, std::uint64_t now_ns) {
  if (act.seat >= kSeatsMax) return;
  Seat& seat = seats[act.seat];
  if (seat.phase != SeatPhase::open || !sink.guarded()) return release(act, now_ns);
  seat.release_to = act.successor;
  if (seat.is_leaving()) return;
  Peer* const successor = act.successor == 0 ? nullptr : find_peer(act.successor);
  if (successor == nullptr) return ask_egress(act.seat, now_ns);
  seat.release_at_ns = now_ns + kPrepareNs;
  compose(now_ns);
  send_beat_to(*successor, now_ns, false);
}

void Engine::State::ask_egress(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.release_at_ns = 0;
  seat.asked_egress_ns = now_ns;
  AddressOrder question{};
  question.seat = index;
  question.epoch = seat.epoch;
  question.decided_ns = now_ns;
  question.asks = true;
  sink.address(question);
}

void Engine::State::on_egress_told(const AddressDone& done, std::uint64_t now_ns) {
  Seat& seat = seats[done.seat];
  if (seat.asked_egress_ns == 0) return;
  const bool fresh = now_ns - seat.asked_egress_ns <= kEgressToldNsMax;
  seat.asked_egress_ns = 0;
  if (done.unqueued && fresh && seat.phase == SeatPhase::open && seat.epoch == done.epoch) release_at_once(done.seat, now_ns);
  else release({done.seat, seat.release_to}, now_ns);
}

// The cell has no other writer than this thread, and is never written again: who owns the seat next takes another. So a zero in it
// closes the guard for good, and as surely as the address thread does, which follows.
void Engine::State::release_at_once(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.stand = false;
  seat.raise_epoch = 0;
  seat.successor = seat.release_to;
  seat.phase = SeatPhase::closing;
  if (bug != PlantedBug::release_unclosed) sink.lease(index, seat.cell, 0);
  seat.ordered_open = false;
  finish_release(index, now_ns);
  seat.close_due = true;
  send_news_soon(now_ns);
}

// The owner is about to release the seat to this node. Its guard is closed as long as nothing is stored in that cell, and only who has
// won stores something there. Its own programs do not reach the address meanwhile, so this ends soon, whatever becomes of the owner.
void Engine::State::prepare(std::uint8_t index, const Claim& claim, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  const int position = seat.reg.position(self.node_id);
  const bool is_next = position >= 0 && seat.reg.epoch_at(position) == claim.epoch + 1;
  if (!sink.guarded() || seat.phase != SeatPhase::idle || !is_next || !may_ask(seat)) return;
  const bool is_new = seat.prepared_epoch != claim.epoch + 1;
  if (is_new) drop_prepared(index, now_ns);
  seat.prepared_epoch = claim.epoch + 1;
  seat.prepared_until_ns = now_ns + kPreparedNsMax;
  if (!is_new) return;
  seat.cell = fresh_cell();
  sink.lease(index, seat.cell, bug == PlantedBug::prepared_open ? now_ns + seat.lease_ns : 0);
  AddressOrder order{};
  order.seat = index;
  order.open = order.prepares = true;
  order.epoch = seat.prepared_epoch;
  order.decided_ns = now_ns;
  order.cell = seat.cell;
  sink.address(order);
}

// Not one that another seat's lease is read from.
std::uint16_t Engine::State::fresh_cell() {
  const auto is_used = [this](std::uint16_t cell) {
    return std::any_of(seats.begin(), seats.end(), [cell](const Seat& seat) {
      return (seat.ordered_open || seat.prepared_epoch != 0) && seat.cell == cell;
    });
  };
  std::uint16_t cell = next_cell++ % kGuardCells;
  while (is_used(cell)) cell = next_cell++ % kGuardCells;  // far more cells than seats
  return cell;
}

void Engine::State::drop_prepared(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  if (seat.prepared_epoch == 0) return;
  AddressOrder order{};
  order.seat = index;
  order.prepares = true;
  order.epoch = seat.prepared_epoch;
  order.decided_ns = now_ns;
  seat.prepared_epoch = 0;
  sink.address(order);
}

// Planned move or resignation: close first, then free the grants (safety.md, 'Leases' 7).
void Engine::State::release(const SeatAct& act, std::uint64_t now_ns) {
  if (act.seat >= kSeatsMax) return;
  Seat& seat = seats[act.seat];
  seat.stand = false;
  seat.raise_epoch = 0;
  if (!seat.owns()) {
    if (seat.phase == SeatPhase::asking) give_up(act.seat);
    event(EventKind::seat_released, now_ns, self.node_id, 0, act.seat, 0);
    return;
  }
  seat.successor = act.successor;
  seat.phase = SeatPhase::closing;
  order_addresses(act.seat, false, now_ns);
  if (bug == PlantedBug::release_before_close) finish_release(act.seat, now_ns);
}

void Engine::State::finish_release(std::uint8_t index, std::uint64_t now_ns) {
  Seat& seat = seats[index];
  seat.phase = bug == PlantedBug::stale_release ? SeatPhase::lapsed : SeatPhase::idle;
  seat.released_epoch = seat.epoch;
  seat.releases_left = kReleaseBeats;
  seat.reg.on_claim(self.node_id, {index, ClaimState::released, 0, 0, seat.epoch}, now_ns);
  Peer* successor = nullptr;
  if (own_voter >= 0 && seat.successor != 0) {  // our vote for the successor, so that nobody slips in between
    const Ask ask{index, voters.set_number, static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.epoch + 1, seat.reg.orders_id()};
    const Vote vote = seat.reg.on_ask(seat.successor, ask, voters.set_number, now_ns);
    successor = vote.answer == Answer::yes ? find_peer(seat.successor) : nullptr;
    if (successor != nullptr) give_vote(*successor, vote);
  }
  if (successor != nullptr && quorum() <= 2) {  // its vote and ours suffice: nobody else is waited for
    compose(now_ns);
    send_beat_to(*successor, now_ns, false);
    send_news_soon(now_ns);
    seat.untold_release_ns = now_ns;
    return;
  }
  send_beats_to_voters(now_ns);
  event(EventKind::seat_released, now_ns, self.node_id, 0, index, seat.epoch);
}

// Our vote, before its candidate has asked: an answer to the newest beat that we have of it, since a promise is counted from
// what the candidate has sent. It wins with its own vote then, and asks nobody, where two are a majority.
void Engine::State::give_vote(Peer& peer, Vote vote) {
  vote.wait_us = voters.set_number;
  Ack ack;
  ack.echo_sent_ns = peer.newest_sent_ns;
  ack.held_ns = UINT32_MAX;  // no measure of a round trip
  ack.stalled = is_stalled;
  ack.serves = serves;
  ack.votes[ack.vote_count++] = vote;
  const std::size_t size = encode_ack(ack, body_buffer);
  for (std::size_t link = 0; link < kLinksMax; ++link) transmit(peer, link, FrameType::ack, std::span(body_buffer.data(), size));
}

void Engine::State::on_address_done(const AddressDone& done, std::uint64_t now_ns) {
  if (done.seat >= kSeatsMax) return;
  if (done.told) return on_egress_told(done, now_ns);
  Seat& seat = seats[done.seat];
  const bool ours = seat.owns() && seat.epoch == done.epoch;
  if (!done.open) {
    if (!done.silent) event(EventKind::seat_closed, now_ns, self.node_id, 0, done.seat, done.epoch);
    if (ours && seat.phase == SeatPhase::closing) finish_release(done.seat, now_ns);
  } else if (done.failed) {
    event(EventKind::seat_failed, now_ns, self.node_id, 0, done.seat, done.epoch, static_cast<std::uint64_t>(done.error));
    if (!ours) return;
    seat.successor = 0;
    seat.phase = SeatPhase::closing;  // whatever was added before the failure goes first
    order_addresses(done.seat, false, now_ns);
  } else if (ours && seat.phase == SeatPhase::opening) {
    seat.phase = SeatPhase::open;
    event(EventKind::seat_open, now_ns, self.node_id, 0, done.seat, seat.epoch, now_ns);
  }
}

}  // namespace heartwire
