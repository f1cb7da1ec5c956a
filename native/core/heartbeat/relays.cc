// A partial mesh holds (X4): where a peer does not answer on any path of its own, a beat goes to another member as well,
// which passes it on as it is. The frame is sealed by its sender for its receiver and carries a sequence of their own path,
// so that the member between can drop or delay it, and nothing else: keys, windows and sending times count as ever, and
// what a delayed beat or ACK grants only ends sooner. One hop: only what came straight from its sender is passed on, to a
// node that is heard straight. Nobody is asked before; who hears its peers sends nothing more than without relays.
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {
namespace {

constexpr unsigned kForwardedMax = 256;   // frames passed on in one interval of beats: others' silence must not starve our beats
constexpr std::size_t kRelaysLookedAt = 32;  // slots looked at for one more relay

// The shortest of its paths; 0: none was measured.
std::uint64_t round_trip_to(const Peer& peer) {
  std::uint64_t shortest = 0;
  for (const PagePath& path : peer.page->paths) {
    const std::uint64_t round_trip = path.round_trip_ns.get();
    if (round_trip != 0 && (shortest == 0 || round_trip < shortest)) shortest = round_trip;
  }
  return shortest;
}

}  // namespace

// The path that was heard last, of those that can carry more than their own beats; kLinksMax: none.
std::size_t Engine::State::open_link_to(const Peer& peer) const {
  std::size_t best = kLinksMax;
  for (std::size_t link = 0; link < kLinksMax; ++link) {
    const PeerPath& path = peer.paths[link];
    if (!links[link].present || links[link].interval_ns_min != 0 || !path.proven || !path.up) continue;
    if (best == kLinksMax || path.monitor.last_arrival_ns() > peer.paths[best].monitor.last_arrival_ns()) best = link;
  }
  return best;
}

// Round and round, since nobody knows yet whom the peer hears.
Peer* Engine::State::next_relay(Peer& peer) {
  for (std::size_t step = 0; step < std::min(kRelaysLookedAt, peers_used); ++step) {
    peer.relaying.turn = (peer.relaying.turn + 1) % peers_used;
    Peer& candidate = peers[peer.relaying.turn];
    if (candidate.node_id != 0 && &candidate != &peer && open_link_to(candidate) != kLinksMax) return &candidate;
  }
  return nullptr;
}

void Engine::State::transmit_via(Peer& peer, std::size_t link, const Peer& relay, FrameType type, std::span<const std::uint8_t> body) {
  const std::size_t outer = open_link_to(relay);
  if (outer == kLinksMax) return;
  const std::span<const std::uint8_t> bytes = seal(peer, link, type, body);
  if (bytes.empty()) return;
  sink.send(static_cast<std::uint8_t>(outer), relay.paths[outer].address, bytes);
  page.links[outer].sent.add();
}

// Begun early enough that the other side hears something within its time-out.
void Engine::State::relay_beat(Peer& peer, std::span<const std::uint8_t> body, std::uint64_t now_ns) {
  if (!self.relays || peer.session == nullptr || peer.closed_boot == peer.session->peer_boot) return;
  const std::uint64_t interval = peer.interval_ns != 0 ? peer.interval_ns : interval_ns;
  const std::uint64_t timeout = peer.timeout_ns != 0 ? peer.timeout_ns : timeout_ns;
  Relaying& relaying = peer.relaying;
  if (relaying.unanswered_ns == 0) relaying.unanswered_ns = newest_sent_ns;
  const std::uint64_t patience = timeout / 2 > interval ? timeout / 2 - interval : 0;
  if (newest_sent_ns < relaying.unanswered_ns + std::max(patience, interval * 3 / 4) + round_trip_to(peer)) return;
  if (!peer.up && now_ns < relaying.next_ns) return;
  relaying.next_ns = now_ns + timeout;
  std::size_t link = 0;
  while (link < kLinksMax && peer.session->paths[link].send == nullptr) ++link;
  if (link == kLinksMax) return;
  Peer* known = relaying.via == 0 ? nullptr : find_peer(relaying.via);
  if (known != nullptr) transmit_via(peer, link, *known, FrameType::beat, body);
  Peer* other = next_relay(peer);
  if (other != nullptr && other != known) transmit_via(peer, link, *other, FrameType::beat, body);
}

// A frame for somebody else. The tag is not ours to check: who it is for does. So nobody gains by it but the reach of
// this node, for frames from a proven address between two starts of members that we know, and no more than the bound.
bool Engine::State::forward(std::uint8_t link_id, std::span<const std::uint8_t> frame, const FrameHeader& header,
                            const LinkAddress& source, std::uint64_t now_ns) {
  if (!self.relays || header.receiver_id == self.node_id || header.receiver_id == header.sender_id) return false;
  const Peer* from = find_peer(header.sender_id);
  const Peer* to = find_peer(header.receiver_id);
  if (from == nullptr || to == nullptr || from->session == nullptr || to->session == nullptr) return false;
  const PeerPath& path = from->paths[link_id];
  if (!path.proven || path.address != source) return false;
  if (header.sender_boot != from->session->peer_boot || header.receiver_boot != to->session->peer_boot) return false;
  const std::size_t outer = open_link_to(*to);
  if (outer == kLinksMax) return false;
  if (now_ns >= relay_span_ns + interval_ns) {
    relay_span_ns = now_ns;
    relayed_in_span = 0;
  }
  if (relayed_in_span >= kForwardedMax) return false;
  ++relayed_in_span;
  sink.send(static_cast<std::uint8_t>(outer), to->paths[outer].address, frame.first(frame_bytes(header)));
  page.links[outer].sent.add();
  page.links[outer].relayed.add();
  return true;
}

// The member that lives where a frame of `sender` came from; null: nobody.
Peer* Engine::State::relay_at(const Peer& sender, std::uint8_t link_id, const LinkAddress& source) {
  for (std::size_t index = 0; self.relays && index < peers_used; ++index) {
    Peer& peer = peers[index];
    if (peer.node_id != 0 && &peer != &sender && peer.paths[link_id].proven && peer.paths[link_id].address == source) return &peer;
  }
  return nullptr;
}

// It lives, though none of its paths does.
void Engine::State::note_relayed(Peer& peer, const Peer& relay, std::uint64_t arrival_ns, std::uint64_t now_ns) {
  Relaying& relaying = peer.relaying;
  relaying.up = true;
  relaying.via = relay.node_id;
  relaying.lateness_mark_ns = lateness.mark_ns();
  relaying.last_arrival_ns = std::max(relaying.last_arrival_ns, arrival_ns);
  peer.last_life_ns = peer.last_spoke_ns = std::max(peer.last_life_ns, arrival_ns);
  if (!peer.up && !peer.unanswered && nic_policy == NicPolicy::last) set_up(peer, now_ns);
}

// True: it is heard on a path of its own (`any_up`) or through others.
bool Engine::State::judge_relays(Peer& peer, bool any_up, std::uint64_t now_ns, std::uint64_t& patience_ns) {
  Relaying& relaying = peer.relaying;
  if (relaying.up) {
    const std::uint64_t timeout = peer.timeout_ns != 0 ? peer.timeout_ns : timeout_ns;
    const std::uint64_t excuse = lateness.excuse_ns(relaying.lateness_mark_ns, timeout);
    relaying.up = now_ns <= relaying.last_arrival_ns + timeout + excuse || lateness.unfit(now_ns);
    if (relaying.up) patience_ns = std::max(patience_ns, timeout + excuse);
  }
  peer.page->via.set(relaying.up && !any_up ? relaying.via : 0);
  return any_up || relaying.up;
}

}  // namespace heartwire
