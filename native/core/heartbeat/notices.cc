// Death notices. Each node seals, while it lives, what its guardian shall say to each peer when it has died: "this start of
// me is over". The guardian holds no key. A notice has no body and always the same sequence: sealed anew it is the same
// bytes, so no nonce ever meets two texts; and its key binds it to both boots, so it can mean no other start.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

void Engine::State::seal_notice(Peer& peer, std::size_t link) {
  const PeerPath& path = peer.paths[link];
  if (!path.proven || peer.session == nullptr) return;
  Sealer* sealer = peer.session->paths[link].send.get();
  if (sealer == nullptr) return;
  FrameHeader header;
  header.type = FrameType::notice;
  header.key_id = peer.session->send_key_id;
  header.link_id = static_cast<std::uint8_t>(link);
  header.cluster_id = self.cluster_id;
  header.sender_id = self.node_id;
  header.receiver_id = peer.node_id;
  header.sender_boot = self.boot;
  header.receiver_boot = peer.session->peer_boot;
  header.sequence = kNoticeSequence;
  std::array<std::uint8_t, kHeaderBytes + kTagBytes> frame;
  encode_header(header, frame);
  const std::size_t size = sealer->seal(frame, header, false);
  sink.notice(peer.node_id, header.link_id, path.address, std::span<const std::uint8_t>(frame.data(), size));
}

// What was granted to it is free at once: its addresses were off before the notice was sent. Copies change nothing.
void Engine::State::on_notice(Peer& peer, std::uint64_t now_ns) {
  if (peer.closed_boot == peer.session->peer_boot) return;
  peer.closed_boot = peer.session->peer_boot;
  for (std::size_t link = 0; link < kLinksMax; ++link) {
    PeerPath& path = peer.paths[link];
    if (!path.up) continue;
    path.up = false;
    peer.page->paths[link].up.set(0);
    event(EventKind::link_down, now_ns, peer.node_id, static_cast<std::uint8_t>(link), 0, 0, path.monitor.last_arrival_ns());
  }
  if (peer.watch && !peer.condemned) event(EventKind::node_down, now_ns, peer.node_id, 0, 0, 0, peer.last_life_ns);
  peer.up = false;
  peer.condemned = true;
  peer.page->up.set(0);
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats[index];
    seat.reg.on_death(peer.node_id, now_ns);
    if (seat.known_holder == peer.node_id) seat.claimed_until_ns = std::min(seat.claimed_until_ns, now_ns);
    tick_seat(index, now_ns);
  }
}

}  // namespace heartwire
