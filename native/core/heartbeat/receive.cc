// What comes in. The order is the rule (frame.h): what is cheap first, then the tag, and only then does
// anything move. Whatever is refused is counted by reason on its link and dropped.
#include <algorithm>

#include "core/heartbeat/engine_state.h"
#include "core/wire/xml_beat.h"

namespace heartwire {

void Engine::State::receive(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source,
                            std::uint64_t arrival_ns, std::uint64_t now_ns) {
  if (link_id >= kLinksMax) return;
  if (!frame.empty() && frame[0] == '<') {  // C6: 002's XML form says the same; from here on it is a frame
    const std::size_t size = xml_to_frame(frame, text_buffer);
    frame = std::span(text_buffer.data(), size);
  }
  page.links[link_id].received.add();
  FrameHeader header;
  Origin origin;
  Beat beat;
  Ack ack;
  std::uint64_t life_sent_ns = 0;
  Reject reject = admit(link_id, frame, source, header, origin);
  if (reject == Reject::sender && forward(link_id, frame, header, source, now_ns)) return;
  if (reject == Reject::none && header.type == FrameType::notice) {
    if (header.body_length == 0 && header.sequence == kNoticeSequence) return on_notice(*origin.peer, now_ns);
    reject = Reject::body;
  }
  if (reject == Reject::none) {
    const std::span<const std::uint8_t> body = frame.subspan(kHeaderBytes, header.body_length);
    bool understood = false;
    if (header.type == FrameType::beat) understood = decode_beat(body, beat);
    else if (header.type == FrameType::ack) understood = decode_ack(body, ack);
    else understood = decode_life(body, life_sent_ns);
    if (!understood) reject = Reject::body;
  }
  if (reject != Reject::none) {
    page.links[link_id].rejects[static_cast<std::size_t>(reject)].add();
    return;
  }
  if (header.type == FrameType::life) return on_life(*origin.peer, link_id, life_sent_ns, arrival_ns, now_ns);
  if (origin.relay == nullptr) {
    origin.peer->paths[link_id].monitor.on_frame(header.sequence, arrival_ns, origin.peer->page->paths[link_id]);
    links[link_id].heard_ns = std::max(links[link_id].heard_ns, arrival_ns);
  }
  if (header.type == FrameType::beat) on_beat(origin, header, beat, arrival_ns, now_ns);
  else on_ack(origin, ack, arrival_ns, now_ns);
}

Reject Engine::State::admit(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source,
                            FrameHeader& header, Origin& origin) {
  const Reject malformed = decode_header(frame, header);
  if (malformed != Reject::none) return malformed;
  const bool notice = header.type == FrameType::notice, life = header.type == FrameType::life;
  if (header.type != FrameType::beat && header.type != FrameType::ack && !notice && !life) return Reject::type;
  if (header.cluster_id != self.cluster_id) return Reject::cluster;
  if (header.sender_id == self.node_id || header.receiver_id != self.node_id) return Reject::sender;
  Peer* const peer = find_peer(header.sender_id);
  if (peer == nullptr || peer->session == nullptr) return Reject::sender;
  origin = {peer, header.link_id, nullptr};
  PeerPath& path = peer->paths[header.link_id];
  if (header.link_id != link_id || !path.proven || path.address != source) {
    // Not from where it lives: perhaps from a member that passes it on. It proves itself by its seal, as ever.
    origin.relay = notice || life ? nullptr : relay_at(*peer, link_id, source);
    if (origin.relay == nullptr) return header.link_id != link_id ? Reject::link : Reject::source;
  }
  if (header.sender_boot != peer->session->peer_boot || header.receiver_boot != self.boot) return Reject::boot;
  if (!notice && header.sender_boot == peer->closed_boot) return Reject::boot;  // late beats of the dead
  const bool fresh = life ? header.sequence > path.life_sequence : notice || path.window.fresh(header.sequence);
  if (!fresh) return Reject::replay;
  PeerSession::Path& sealers = peer->session->paths[header.link_id];
  for (std::size_t index = 0; index < 2; ++index) {
    Sealer* sealer = sealers.receive[index].get();
    if (sealer == nullptr || sealers.receive_key_id[index] != header.key_id) continue;
    if (!sealer->open(frame.first(frame_bytes(header)), header, false)) return Reject::tag;
    if (life) path.life_sequence = header.sequence;
    else if (!notice) path.window.accept(header.sequence);
    return Reject::none;
  }
  return Reject::tag;
}

void Engine::State::note_origin(const Origin& origin, std::uint64_t arrival_ns, std::uint64_t now_ns) {
  if (origin.relay != nullptr) note_relayed(*origin.peer, *origin.relay, arrival_ns, now_ns);
  else note_life(*origin.peer, origin.link, now_ns);
}

void Engine::State::on_beat(const Origin& origin, const FrameHeader& header, const Beat& beat, std::uint64_t arrival_ns,
                            std::uint64_t now_ns) {
  Peer& peer = *origin.peer;
  if (bug == PlantedBug::old_beats_vouch) peer.newest_sent_ns = peer.newest_life_ns = 0;
  if (beat.sent_ns >= std::max(peer.newest_sent_ns, peer.newest_life_ns)) note_origin(origin, arrival_ns, now_ns);
  Ack copy;
  if (beat.sent_ns > peer.newest_sent_ns) {  // news; a copy of it on another path gets the same answer
    peer.newest_sent_ns = beat.sent_ns;
    note_stalled(peer, beat.stalled, now_ns);
    note_serves(peer, beat.serves, now_ns);
    peer.last_ack = Ack{};
    peer.last_ack.change_done = on_rhythm(peer, beat);
    for (std::size_t index = 0; index < beat.claim_count; ++index) on_claim(peer, beat.claims[index], peer.last_ack, now_ns);
    for (std::size_t index = 0; index < beat.ask_count; ++index) on_ask(peer, beat.asks[index], peer.last_ack, now_ns);
  }
  if (beat.sent_ns == peer.newest_sent_ns) copy = peer.last_ack;  // an old beat gets an ACK that grants nothing
  copy.echo_sequence = header.sequence;
  copy.echo_sent_ns = beat.sent_ns;
  copy.held_ns = static_cast<std::uint32_t>(std::min<std::uint64_t>(now_ns - arrival_ns, UINT32_MAX));
  copy.stalled = is_stalled;
  copy.serves = told_serves();
  const std::size_t size = encode_ack(copy, body_buffer);
  const std::span<const std::uint8_t> body(body_buffer.data(), size);
  if (origin.relay != nullptr) transmit_via(peer, origin.link, *origin.relay, FrameType::ack, body);  // back as it came
  else transmit(peer, origin.link, FrameType::ack, body);
}

void Engine::State::on_ack(const Origin& origin, const Ack& ack, std::uint64_t arrival_ns, std::uint64_t now_ns) {
  Peer& peer = *origin.peer;
  if (ack.echo_sent_ns == 0 || ack.echo_sent_ns > now_ns) return;
  if (ack.echo_sent_ns >= peer.newest_echo_ns) {
    peer.newest_echo_ns = ack.echo_sent_ns;
    peer.unanswered = false;
    peer.answer_mark_ns = lateness.mark_ns();
    note_stalled(peer, ack.stalled, now_ns);
    note_serves(peer, ack.serves, now_ns);
    note_origin(origin, arrival_ns, now_ns);
    if (ack.change_done) on_change_done(peer, ack.echo_sent_ns, now_ns);
  }
  if (origin.relay == nullptr && ack.echo_sent_ns >= peer.relaying.unanswered_ns) peer.relaying.unanswered_ns = 0;
  if (origin.relay == nullptr) note_answer(links[origin.link], arrival_ns);
  if (origin.relay == nullptr && arrival_ns >= ack.echo_sent_ns + ack.held_ns) {
    const std::uint64_t round_trip_ns = arrival_ns - ack.echo_sent_ns - ack.held_ns;
    peer.paths[origin.link].monitor.on_round_trip(round_trip_ns, peer.page->paths[origin.link]);
    page.links[origin.link].round_trip.add(round_trip_ns);
  }
  const std::uint64_t counted_from_ns = bug == PlantedBug::count_from_arrival ? now_ns : ack.echo_sent_ns;
  for (std::size_t index = 0; index < ack.grant_count; ++index) on_grant(peer, ack.grants[index], counted_from_ns, now_ns);
  for (std::size_t index = 0; index < ack.vote_count; ++index) on_vote(peer, ack.votes[index], counted_from_ns, now_ns);
}

}  // namespace heartwire
