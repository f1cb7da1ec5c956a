// What is sent, and when: one beat to each peer per interval on every path (C6: never resent), at once when
// there is something to say (an ask, a win, a release). The body is written once and sealed per path.
#include <algorithm>

#include "core/heartbeat/engine_state.h"
#include "core/wire/xml_beat.h"

namespace heartwire {

// Saying `lapsed` frees the promises at once. While answers still stand in the egress queue of one network, a beat may be
// quicker on another: such an owner says nothing of its seat (unless no lease covers that queue: lapse()).
bool Engine::State::is_draining(const Seat& seat, std::uint64_t now_ns) const {
  return seat.phase == SeatPhase::lapsed && now_ns < seat.drained_ns && bug != PlantedBug::lapsed_undrained;
}

void Engine::State::fill_beat(Beat& beat, std::uint64_t now_ns) {
  newest_sent_ns = std::max(now_ns, newest_sent_ns + 1);  // distinct: a voter takes equal ones for copies
  beat.sent_ns = newest_sent_ns;
  beat.interval_us = static_cast<std::uint32_t>(interval_ns / 1000);
  beat.timeout_us = static_cast<std::uint32_t>(timeout_ns / 1000);
  beat.stalled = is_stalled;
  beat.serves = told_serves();
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats[index];
    if (!seat.exists) continue;
    if (seat.releases_left > 0) {
      beat.claims[beat.claim_count++] = {index, ClaimState::released, seat.successor, 0, seat.released_epoch};
    } else if (seat.owns() && !is_draining(seat, now_ns)) {
      const bool valid = seat.phase != SeatPhase::lapsed;
      if (!valid) {  // it frees what was granted before: count nothing of that any more
        seat.lapsed_sent_ns = newest_sent_ns;
        seat.tenure.begin();
      }
      const std::uint16_t next = seat.phase == SeatPhase::open && seat.is_leaving() ? seat.release_to : 0;
      beat.claims[beat.claim_count++] = {index, valid ? ClaimState::valid : ClaimState::lapsed, next,
                                         static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.epoch};
    }
    if (seat.phase == SeatPhase::asking || seat.raise_epoch != 0) {
      beat.asks[beat.ask_count++] = {index, voters.set_number, static_cast<std::uint32_t>(seat.lease_ns / 1000),
                                     seat.raise_epoch != 0 ? seat.raise_epoch : seat.epoch, seat.reg.orders_id()};
    }
  }
}

// The body for all, and the one for the witness. Both are the same beat: they have one sending time. True: it claims or asks.
bool Engine::State::compose(std::uint64_t now_ns) {
  Beat beat;
  fill_beat(beat, now_ns);
  body_size = encode_beat(beat, body_buffer);
  const bool says_something = beat.claim_count != 0 || beat.ask_count != 0;
  if (witness < 0) return says_something;
  weigh_witness(now_ns);
  if (voters.disk) order_disk();
  spare_witness(beat);
  witness_size = encode_beat(beat, witness_buffer);
  return says_something;
}

// The finished frame, in this engine's buffer until the next one; empty: there is no key for that path.
std::span<const std::uint8_t> Engine::State::seal(Peer& peer, std::size_t link, FrameType type, std::span<const std::uint8_t> body) {
  Sealer* sealer = peer.session == nullptr ? nullptr : peer.session->paths[link].send.get();
  if (sealer == nullptr) return {};
  FrameHeader header;
  header.type = type;
  header.key_id = peer.session->send_key_id;
  header.link_id = static_cast<std::uint8_t>(link);
  header.cluster_id = self.cluster_id;
  header.sender_id = self.node_id;
  header.receiver_id = peer.node_id;
  header.body_length = static_cast<std::uint16_t>(body.size());
  header.sender_boot = self.boot;
  header.receiver_boot = peer.session->peer_boot;
  header.sequence = ++peer.paths[link].send_sequence;
  encode_header(header, frame_buffer);
  std::copy(body.begin(), body.end(), frame_buffer.begin() + kHeaderBytes);
  const std::size_t size = sealer->seal(std::span(frame_buffer.data(), frame_bytes(header)), header, false);
  return std::span<const std::uint8_t>(frame_buffer.data(), size);
}

void Engine::State::transmit(Peer& peer, std::size_t link, FrameType type, std::span<const std::uint8_t> body) {
  const PeerPath& path = peer.paths[link];
  if (!links[link].present || !path.proven) return;
  std::span<const std::uint8_t> bytes = seal(peer, link, type, body);
  if (bytes.empty()) return;
  if (self.xml) {  // with many seats the text is longer than a datagram carries; then the binary form says the same
    const std::size_t text_size = frame_to_xml(bytes, std::span(text_buffer).first(kFrameBytesMax));
    if (text_size != 0) bytes = std::span<const std::uint8_t>(text_buffer.data(), text_size);
  }
  sink.send(static_cast<std::uint8_t>(link), path.address, bytes);
  page.links[link].sent.add();
  peer.page->paths[link].sent.add();
}

void Engine::State::send_beat_to(Peer& peer, std::uint64_t now_ns, bool every_path) {
  if (peer.session != nullptr && peer.closed_boot == peer.session->peer_boot) return;  // dead, as its guardian said
  if (is_witness(peer)) witness_told_ns = newest_sent_ns;
  const auto said = is_witness(peer) ? std::span(witness_buffer.data(), witness_size) : std::span(body_buffer.data(), body_size);
  const std::span<const std::uint8_t> body = with_rhythm(peer, said);
  for (std::size_t link = 0; link < kLinksMax; ++link) {
    PeerPath& path = peer.paths[link];
    if (links[link].interval_ns_min != 0) {  // a slow path: no more than it can carry
      if (!every_path && now_ns < path.next_beat_ns) continue;
      path.next_beat_ns = now_ns + links[link].interval_ns_min;
    }
    transmit(peer, link, FrameType::beat, body);
  }
  relay_beat(peer, body, now_ns);
}

void Engine::State::send_beats_to_voters(std::uint64_t now_ns) {
  compose(now_ns);
  for (int index = 0; index < voters.count; ++index) {
    if (Peer* peer = find_peer(voters.ids[index]); peer != nullptr) send_beat_to(*peer, now_ns, false);
  }
  grant_to_self(now_ns);
}

// Who has won and who has released tell the others a moment later: a beat to each voter on each network, and their answers, are
// not what a client waits for. Regular beats go on meanwhile, and say the same.
void Engine::State::send_news_soon(std::uint64_t now_ns) {
  news_due_ns = std::min(news_due_ns, now_ns + std::min(interval_ns / 4, kNewsDelayNsMax));
}

void Engine::State::send_news(std::uint64_t now_ns) {
  if (now_ns < news_due_ns) return;
  news_due_ns = UINT64_MAX;
  send_beats_to_voters(now_ns);
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    if (seats[index].close_due) order_addresses(index, false, now_ns);
    tell_release(index);
  }
}

void Engine::State::tell_release(std::uint8_t index) {
  Seat& seat = seats[index];
  if (seat.untold_release_ns == 0) return;
  event(EventKind::seat_released, seat.untold_release_ns, self.node_id, 0, index, seat.released_epoch);
  seat.untold_release_ns = 0;
}

// One grid for all peers of an interval, whenever each of them came: the grants of a majority then run out at once, and
// not with the last of several phases; and batches are full. Absolute: lateness does not add up.
std::uint64_t Engine::State::next_on_grid(std::uint64_t now_ns, std::uint64_t interval) {
  if (beat_phase_ns == 0 || beat_phase_ns > now_ns) beat_phase_ns = now_ns;
  return beat_phase_ns + ((now_ns - beat_phase_ns) / interval + 1) * interval;
}

void Engine::State::send_due_beats(std::uint64_t now_ns) {
  if (now_ns < next_beat_ns) return;
  const bool to_voters = compose(now_ns);
  std::uint64_t next = now_ns + interval_ns;
  for (std::size_t index = 0; index < peers_used; ++index) {
    Peer& peer = peers[index];
    if (peer.node_id == 0 || !(peer.beat || (to_voters && peer.voter >= 0))) continue;
    const std::uint64_t interval = sending_interval_of(peer);
    if (now_ns >= peer.next_beat_ns || (is_witness(peer) && witness_is_due(peer, now_ns))) {
      send_beat_to(peer, now_ns, false);
      peer.next_beat_ns = next_on_grid(now_ns, interval);
    }
    next = std::min(next, peer.next_beat_ns);
  }
  next_beat_ns = std::max(next, now_ns + 1);
  for (Seat& seat : seats) {
    if (seat.releases_left > 0) --seat.releases_left;
  }
  grant_to_self(now_ns);
}

}  // namespace heartwire
