// A partial mesh holds (X4): where a peer answers on no path of its own, fragments go to other members as well, and the
// acknowledgements come back the same way. As for beats (heartbeat/relays.cc): the frame is sealed by its sender for its
// receiver, and who is between can drop or delay it, and nothing else. One hop.
#include "core/message/message_engine.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kSpanNs = 100'000'000;
constexpr unsigned kForwardedMax = 4096;  // frames passed on in one span

}  // namespace

// The lowest path that has a key seals it; the member between gets it over whatever path of its own is proven.
void MessageEngine::send_via(MessagePeer& peer, MessagePeer& relay, FrameType type, std::span<const std::uint8_t> body) {
  std::uint8_t inner = 0;
  while (inner < kLinksMax && (peer.proven >> inner & 1) == 0) inner++;
  if (inner == kLinksMax) return;
  Frame frame;
  const std::size_t bytes = seal(peer, inner, type, body, frame);
  if (bytes == 0) return;
  counters_.add(MessageCounter::relays_sent);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {  // copies are one frame: the first one counts
    if ((relay.proven >> link_id & 1) != 0) sink_.send(link_id, relay.paths[link_id].address, std::span(frame).first(bytes));
  }
}

// Round and round, since nobody knows yet whom the peer hears.
MessagePeer* MessageEngine::next_relay(MessagePeer& peer) {
  std::size_t seen = 0;
  MessagePeer* first = nullptr;
  for (auto& [id, candidate] : peers_) {
    if (candidate.get() == &peer || !candidate->live || candidate->sender->silent(now_ns_)) continue;
    if (first == nullptr) first = candidate.get();
    if (seen++ < peer.relay_turn) continue;
    peer.relay_turn = seen;
    return candidate.get();
  }
  peer.relay_turn = 1;
  return first;
}

void MessageEngine::relay(MessagePeer& peer, FrameType type, std::span<const std::uint8_t> body) {
  MessagePeer* known = peer.via == 0 ? nullptr : live_peer(peer.via);
  if (known != nullptr) send_via(peer, *known, type, body);
  MessagePeer* other = next_relay(peer);
  if (other != nullptr && other != known) send_via(peer, *other, type, body);
}

// A frame for somebody else: from a proven address, between two starts of members that we know, and no more than the bound.
// Its tag is not ours to check.
bool MessageEngine::forward(std::uint8_t link_id, std::span<const std::uint8_t> frame, const FrameHeader& header,
                            const LinkAddress& source, std::uint64_t now_ns) {
  if (!options_.relays || header.receiver_id == header.sender_id) return false;
  const MessagePeer* from = live_peer(header.sender_id);
  const MessagePeer* to = live_peer(header.receiver_id);
  const bool known = from != nullptr && to != nullptr && (from->proven >> link_id & 1) != 0 && from->paths[link_id].address == source &&
                     header.sender_boot == from->who.boot && header.receiver_boot == to->who.boot;
  if (now_ns >= relay_span_ns_ + kSpanNs) {
    relay_span_ns_ = now_ns;
    relayed_in_span_ = 0;
  }
  if (!known || relayed_in_span_ >= kForwardedMax) {
    counters_.add(MessageCounter::relays_refused);
    return false;
  }
  relayed_in_span_++;
  counters_.add(MessageCounter::frames_relayed);
  for (std::uint8_t out = 0; out < kLinksMax; out++) {
    if ((to->proven >> out & 1) != 0) sink_.send(out, to->paths[out].address, frame.first(frame_bytes(header)));
  }
  return true;
}

// The member that lives where a frame of `sender` came from; null: nobody.
MessagePeer* MessageEngine::relay_at(const MessagePeer& sender, std::uint8_t link_id, const LinkAddress& source) {
  if (!options_.relays) return nullptr;
  for (auto& [id, peer] : peers_) {
    if (peer.get() != &sender && peer->live && (peer->proven >> link_id & 1) != 0 && peer->paths[link_id].address == source) return peer.get();
  }
  return nullptr;
}

}  // namespace heartwire
