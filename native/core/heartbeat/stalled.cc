// An event loop that does not turn (safety.md, 'Fit to serve'). The beats go on and say so; whether the role stays here
// is the operator's choice (`stalled.policy`). With `release` it goes to a successor of the standing orders whose own
// event loop turns; where none does, it stays: a stalled owner still answers, nobody would not.
#include "core/heartbeat/engine_state.h"

namespace heartwire {

// A peer's beats and ACKs both tell; of the ACKs only those to our newest beat.
void Engine::State::note_stalled(Peer& peer, bool says_stalled, std::uint64_t now_ns) {
  if (says_stalled == peer.stalled) return;
  peer.stalled = says_stalled;
  peer.page->stalled.set(says_stalled ? 1 : 0);
  event(EventKind::peer_stalled, now_ns, peer.node_id, 0, 0, 0, 0, says_stalled);
}

void Engine::State::watch_liveness(std::uint64_t now_ns) {
  is_stalled = liveness_timeout_ns != 0 && live_until_ns != 0 && now_ns > live_until_ns;
  page.stalled.set(is_stalled ? 1 : 0);
  // The others' event loops may have stopped at the same instant: their beats get the time to say so.
  if (!release_stalled || !is_stalled || now_ns <= live_until_ns + timeout_ns) return;
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    const Seat& seat = seats[index];
    if (!seat.exists || seat.phase != SeatPhase::open) continue;
    if (const std::uint16_t successor = fit_successor(seat, now_ns, true, 0)) give_up_seat(index, successor, Unfitness::stalled, now_ns);
  }
}

}  // namespace heartwire
