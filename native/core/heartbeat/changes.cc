// Timings that change while beats go on (P3; 000). The interval of our beats to a peer is shared: its time-out for us counts
// on it. So a beat asks for a new one by its change-request flag, the peer applies it first, its ACK says so by the same flag,
// and only then is it kept here. All else is local: each end judges by its own time-outs, at once.
//
//   A  beat [asks: 1 s] ───────▶ B  waits for A as for beats of the slower interval, old or new
//   A  sends by 1 s     ◀─ ACK [done]  (not done: B promises leases that are too short for that; A asks again)
//   A  beat [1 s] ─────────────▶ B  the old one counts no more
//
// Nobody is judged by beats that come more seldom than the time-out was made for, whoever changes first: `slowed`.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

namespace {
constexpr std::uint64_t kSlowestNs = 60'000'000'000;   // longest interval that the configuration allows
constexpr std::uint64_t kPatientNs = 3'600'000'000'000;
constexpr std::uint64_t kBeatsInLease = 2;
}  // namespace

// By which our beats go out now. While we ask, the quicker of both: a request is repeated soon.
std::uint64_t Engine::State::sending_interval_of(const Peer& peer) const {
  const std::uint64_t own = interval_of(peer);
  if (peer.rhythm.agreed_ns == 0) return own;
  return peer.rhythm.asked_since_ns == 0 ? peer.rhythm.agreed_ns : std::min(own, peer.rhythm.agreed_ns);
}

// A time-out is made for our own interval; where one of us two still beats, or may beat, more seldom, it is as much longer.
std::uint64_t Engine::State::slowed(const Peer& peer, std::uint64_t wait_ns) const {
  const PeerRhythm& rhythm = peer.rhythm;
  const std::uint64_t own = interval_of(peer);
  const std::uint64_t slowest = std::min(std::max({rhythm.agreed_ns, rhythm.heard_ns, rhythm.wanted_ns}), kSlowestNs);
  if (slowest <= own || bug == PlantedBug::change_unwaited) return wait_ns;
  return std::max(wait_ns, std::min(wait_ns / own * slowest, kPatientNs));
}

void Engine::State::set_timing(const SetTiming& timing, std::uint64_t now_ns) {
  interval_ns = std::uint64_t{std::max<std::uint32_t>(timing.interval_us, 200)} * 1000;
  timeout_ns = std::max(std::uint64_t{timing.timeout_us} * 1000, 2 * interval_ns);
  answer_ns = std::uint64_t{timing.answer_us} * 1000;
  liveness_timeout_ns = std::uint64_t{timing.liveness_timeout_ms} * 1'000'000;
  release_stalled = timing.release_stalled;
  nic_policy = timing.nic_policy;
  next_beat_ns = std::min(next_beat_ns, now_ns + interval_ns);
  page.interval_ns.set(interval_ns);
  page.timeout_ns.set(timeout_ns);
  for (std::size_t index = 0; index < peers_used; ++index) {
    if (peers[index].node_id != 0) ask_for_interval(peers[index], now_ns);
  }
}

// Our interval to this peer may be another one now.
void Engine::State::ask_for_interval(Peer& peer, std::uint64_t now_ns) {
  PeerRhythm& rhythm = peer.rhythm;
  const std::uint64_t own = interval_of(peer);
  const bool unheard = rhythm.agreed_ns == 0 || peer.session == nullptr;
  const std::uint64_t before = rhythm.agreed_ns;
  if (unheard || bug == PlantedBug::change_unasked) rhythm.agreed_ns = own;
  const bool differs = rhythm.agreed_ns != own;
  if (before == own && rhythm.asked_since_ns == 0) return tell_agreed(peer, now_ns);
  rhythm.asked_since_ns = differs ? std::max(now_ns, newest_sent_ns + 1) : 0;
  peer.next_beat_ns = std::min(peer.next_beat_ns, differs ? now_ns : now_ns + own);
  next_beat_ns = std::min(next_beat_ns, peer.next_beat_ns);
  tell_agreed(peer, now_ns);
}

// Another start of that node: it knows nothing of what was agreed.
void Engine::State::forget_rhythm(Peer& peer, std::uint64_t now_ns) {
  const std::uint32_t token = peer.rhythm.token;
  peer.rhythm = PeerRhythm{};
  peer.rhythm.agreed_ns = interval_of(peer);
  peer.rhythm.token = token;
  peer.unanswered = false;
  tell_agreed(peer, now_ns);
}

// The beat as this peer gets it: with the interval that we keep to it, or the one that we ask for.
std::span<const std::uint8_t> Engine::State::with_rhythm(const Peer& peer, std::span<const std::uint8_t> body) {
  const bool asks = peer.rhythm.asked_since_ns != 0;
  const std::uint64_t told = asks || peer.rhythm.agreed_ns == 0 ? interval_of(peer) : peer.rhythm.agreed_ns;
  if (!asks && told == interval_ns) return body;
  std::copy(body.begin(), body.end(), rhythm_buffer.begin());
  const auto own = std::span(rhythm_buffer).first(body.size());
  set_interval(own, static_cast<std::uint32_t>(told / 1000), asks);
  return own;
}

// An owner that beats so seldom must not lapse by it: leases that this voter may promise bridge two of its beats.
bool Engine::State::may_be_slower(std::uint64_t slower_ns) const {
  if (own_voter < 0) return true;
  return std::all_of(seats.begin(), seats.end(), [&](const Seat& seat) {
    return !seat.exists || seat.reg.lease_us_max() * std::uint64_t{1000} >= kBeatsInLease * slower_ns;
  });
}

// What a new beat of the peer says of its interval. True: it asks for another, and that is applied now.
bool Engine::State::on_rhythm(Peer& peer, const Beat& beat) {
  PeerRhythm& rhythm = peer.rhythm;
  const std::uint64_t told_ns = std::uint64_t{beat.interval_us} * 1000;
  if (told_ns == 0 || told_ns > kSlowestNs) return false;
  if (!beat.change_request) {
    rhythm.heard_ns = told_ns;
    rhythm.wanted_ns = 0;
    return false;
  }
  rhythm.wanted_ns = told_ns;
  return told_ns <= rhythm.heard_ns || may_be_slower(told_ns);
}

// The peer has applied what our beat of `sent_ns` asked for.
void Engine::State::on_change_done(Peer& peer, std::uint64_t sent_ns, std::uint64_t now_ns) {
  PeerRhythm& rhythm = peer.rhythm;
  if (rhythm.asked_since_ns == 0 || sent_ns < rhythm.asked_since_ns) return;
  rhythm.agreed_ns = interval_of(peer);
  rhythm.asked_since_ns = 0;
  peer.next_beat_ns = std::min(peer.next_beat_ns, next_on_grid(now_ns, rhythm.agreed_ns));
  next_beat_ns = std::min(next_beat_ns, peer.next_beat_ns);
  tell_agreed(peer, now_ns);
}

void Engine::State::confirm_timing(const ConfirmTiming& confirm, std::uint64_t now_ns) {
  Peer* peer = find_peer(confirm.node_id);
  if (peer == nullptr) return event(EventKind::timing_agreed, now_ns, confirm.node_id, 0, 0, 0, confirm.token);
  peer->rhythm.token = confirm.token;
  tell_agreed(*peer, now_ns);
}

// Voters get beats of whoever owns or asks, too.
bool Engine::State::gets_beats(const Peer& peer) const {
  const auto speaks = [](const Seat& seat) { return seat.exists && (seat.owns() || seat.phase == SeatPhase::asking); };
  return peer.up && (peer.beat || (peer.voter >= 0 && std::any_of(seats.begin(), seats.end(), speaks)));
}

// A peer that we do not beat to, or that is down, has nothing to agree on.
void Engine::State::tell_agreed(Peer& peer, std::uint64_t now_ns) {
  PeerRhythm& rhythm = peer.rhythm;
  if (rhythm.token == 0 || (rhythm.asked_since_ns != 0 && gets_beats(peer))) return;
  event(EventKind::timing_agreed, now_ns, peer.node_id, 0, 0, 0, rhythm.token);
  rhythm.token = 0;
}

}  // namespace heartwire
