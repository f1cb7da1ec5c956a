// See message_engine.h. Here: commands, the clock, and what goes out.
#include "core/message/message_engine.h"

#include <algorithm>

namespace heartwire {
namespace {

std::array<std::uint8_t, kHandshakeSecretBytes> fresh_secret(MessageEngineSink& sink) {
  std::array<std::uint8_t, kHandshakeSecretBytes> secret;
  sink.random(secret);
  return secret;
}

}  // namespace

MessageEngine::MessageEngine(const MessageOptions& options, std::shared_ptr<KeyRing> keys, MessageEngineSink& sink, MessageCounters& counters)
    : options_(options),
      parameters_(options.parameters),
      keys_(options.plain ? nullptr : std::move(keys)),
      sink_(sink),
      counters_(counters),
      handshake_(std::make_unique<Handshake>(options.cluster_id, options.node_id, options.self, keys_, options.plain, fresh_secret(sink))),
      announcer_(options.cluster_id, options.node_id, options.self.boot, options.self.salt) {
  beat_links_ = options.beat_links;
  for (const LinkOptions& link : options.message_links) {
    const LinkMask bit = static_cast<LinkMask>(1u << link.link_id);
    links_ |= bit;
    if (link.group.family != AddressFamily::none) multicast_links_ |= bit;
  }
  build_multicast();
}

MessagePeer* MessageEngine::live_peer(std::uint16_t node_id) {
  const auto found = peers_.find(node_id);
  return found == peers_.end() || !found->second->live ? nullptr : found->second.get();
}

void MessageEngine::notify(MessageNotice::Kind kind, const MessagePeer& peer, std::uint8_t link_id, std::uint64_t id) {
  MessageNotice notice;
  notice.kind = kind;
  notice.node = peer.id;
  notice.link = link_id;
  notice.boot = peer.who.boot;
  notice.id = id;
  sink_.notice(std::move(notice));
}

// ---- commands ------------------------------------------------------------------------------------------

void MessageEngine::send(std::uint16_t node_id, std::uint64_t id, std::vector<std::uint8_t> payload, std::uint64_t now_ns, bool quiet) {
  now_ns_ = now_ns;
  counters_.add(MessageCounter::messages_submitted);
  MessagePeer* peer = live_peer(node_id);
  if (peer != nullptr) {
    peer->sender->submit(id, std::move(payload), now_ns, quiet);
    touch(*peer);
    return;
  }
  // The session ended since the sender was told that there is one.
  counters_.add(MessageCounter::messages_undeliverable);
  MessageNotice notice;
  notice.kind = MessageNotice::Kind::undeliverable;
  notice.node = node_id;
  notice.id = id;
  sink_.notice(std::move(notice));
}

void MessageEngine::forget(std::uint16_t node_id) {
  hellos_.forget(node_id);
  handshake_->forget(node_id);
  if (MessagePeer* peer = live_peer(node_id)) end_session(*peer);
}

void MessageEngine::prefer(std::uint8_t link_id) {
  if (link_id >= kLinksMax) return;
  preferred_ = link_id;
  for (auto& [id, peer] : peers_) {
    if (peer->sender != nullptr) peer->sender->prefer(link_id);
  }
}

void MessageEngine::set_parameters(const MessageParameters& parameters, std::uint64_t now_ns) {
  parameters_ = parameters;
  for (auto& [id, peer] : peers_) {
    if (peer->sender != nullptr) peer->sender->set_parameters(parameters);
  }
  streams_deadline_ns_ = std::min(streams_deadline_ns_, now_ns);
}

void MessageEngine::set_keys(std::shared_ptr<KeyRing> keys) {
  if (options_.plain || keys == nullptr) return;
  keys_ = std::move(keys);
  handshake_->set_keys(keys_);
  rebuild_sessions();
}

// ---- time ------------------------------------------------------------------------------------------------

void MessageEngine::touch(MessagePeer& peer) {
  if (peer.touched) return;
  peer.touched = true;
  touched_.push_back(&peer);
}

void MessageEngine::tick(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  hellos_.tick(now_ns, [this, now_ns](std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to) { greet(node_id, link_id, to, now_ns); });
  if (now_ns >= presence_ns_) show_presence(now_ns);
  if (now_ns >= streams_deadline_ns_) {
    streams_deadline_ns_ = UINT64_MAX;
    for (auto& [id, peer] : peers_) {
      if (!peer->live) continue;
      peer->sender->tick(now_ns);
      streams_deadline_ns_ = std::min(streams_deadline_ns_, peer->sender->next_deadline_ns());
    }
  }
  if (now_ns >= acks_deadline_ns_) {
    acks_deadline_ns_ = UINT64_MAX;
    for (auto& [id, peer] : peers_) {
      if (peer->ack_due != 0) touch(*peer);
    }
  }
  if (now_ns >= sound_ns_) sound(now_ns);
  if (!stage_.empty()) send_staged();
  for (MessagePeer* peer : touched_) {
    peer->touched = false;
    send_due(*peer);
    if (peer->live) streams_deadline_ns_ = std::min(streams_deadline_ns_, peer->sender->next_deadline_ns());
  }
  touched_.clear();
  if (!handovers_wait_) return;
  hand_over();
  handover_retry_ns_ = handovers_wait_ ? now_ns + 1'000'000 : UINT64_MAX;
}

std::uint64_t MessageEngine::next_deadline_ns() const {
  return std::min({hellos_.next_deadline_ns(), presence_ns_, sound_ns_, streams_deadline_ns_, acks_deadline_ns_, handover_retry_ns_});
}

// ---- frames out ------------------------------------------------------------------------------------------

// Sealed anew for each path and each try: every path has its own key, and every frame its own sequence.
// Its size; 0: there is no key for that path.
std::size_t MessageEngine::seal(MessagePeer& peer, std::uint8_t link_id, FrameType type, std::span<const std::uint8_t> body, Frame& frame) {
  Sealer* sealer = peer.session == nullptr ? nullptr : peer.session->paths[link_id].send.get();
  if (sealer == nullptr) return 0;
  FrameHeader header;
  header.type = type;
  header.key_id = peer.session->send_key_id;
  header.link_id = link_id;
  header.cluster_id = options_.cluster_id;
  header.sender_id = options_.node_id;
  header.receiver_id = peer.id;
  header.body_length = static_cast<std::uint16_t>(body.size());
  header.sender_boot = options_.self.boot;
  header.receiver_boot = peer.who.boot;
  header.sequence = ++peer.paths[link_id].send_sequence;
  encode_header(header, frame);
  std::copy(body.begin(), body.end(), frame.begin() + kHeaderBytes);
  return sealer->seal(frame, header, true);
}

void MessageEngine::send_frame(MessagePeer& peer, std::uint8_t link_id, FrameType type, std::span<const std::uint8_t> body) {
  Frame frame;
  const std::size_t bytes = seal(peer, link_id, type, body, frame);
  if (bytes != 0) sink_.send(link_id, peer.paths[link_id].address, std::span(frame).first(bytes));
}

std::size_t MessageEngine::encode_ack(const MessagePeer& peer, std::span<std::uint8_t> out) const {
  FragmentAck ack = peer.receiver->ack(sink_.room());
  ack.delay_us = static_cast<std::uint16_t>(std::min<std::uint64_t>((now_ns_ - peer.arrived_ns) / 1000, UINT16_MAX));
  return encode_fragment_ack(ack, out);
}

// What is packed goes over each of its paths; `last` of this turn: with the acknowledgement that is due there, if it has room.
void MessageEngine::send_packed(MessagePeer& peer, bool last) {
  if (peer.packed.empty()) return;
  std::array<std::uint8_t, 64> ack;
  std::array<std::uint8_t, kBodyBytesMax> body;
  const std::size_t ack_bytes = last && peer.ack_due != 0 ? encode_ack(peer, ack) : 0;
  const bool room = kStreamPrefixBytes + ack_bytes + peer.packed.bytes().size() <= parameters_.fragment_bytes_max;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    const LinkMask bit = static_cast<LinkMask>(1u << link_id);
    if ((peer.packed_links & bit) == 0) continue;
    const bool rides = room && ack_bytes != 0 && (peer.ack_due & peer.proven & bit) != 0;
    const std::size_t bytes = encode_stream_frame(peer.packed_pressing, std::span(ack).first(rides ? ack_bytes : 0), peer.packed, body);
    send_frame(peer, link_id, FrameType::fragments, std::span(body).first(bytes));
    if (!rides) continue;
    counters_.add(MessageCounter::acks_sent);
    peer.ack_due &= static_cast<LinkMask>(~bit);
  }
  if (options_.relays && peer.sender->silent(now_ns_)) {
    relay(peer, FrameType::fragments, std::span(body).first(encode_stream_frame(peer.packed_pressing, {}, peer.packed, body)));
  }
  peer.packed.clear();
  peer.packed_pressing = false;
}

void MessageEngine::send_acks(MessagePeer& peer) {
  const LinkMask links = peer.ack_due;
  MessagePeer* const via = peer.ack_via == 0 ? nullptr : live_peer(peer.ack_via);
  peer.ack_due = 0;
  peer.ack_via = 0;
  if (links == 0 && via == nullptr) return;
  std::array<std::uint8_t, 64> body;
  const std::size_t bytes = encode_ack(peer, body);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((links & peer.proven & (1u << link_id)) == 0) continue;
    counters_.add(MessageCounter::acks_sent);
    send_frame(peer, link_id, FrameType::fragment_ack, std::span(body).first(bytes));
  }
  if (via != nullptr) send_via(peer, *via, FrameType::fragment_ack, std::span(body).first(bytes));
}

// The end of a peer's turn. An acknowledgement that nothing has taken along waits for the next turn until its time is over.
void MessageEngine::send_due(MessagePeer& peer) {
  if (!peer.live) return;
  send_packed(peer, true);
  if (peer.ack_by_ns <= now_ns_) send_acks(peer);
  if (peer.ack_due == 0) peer.ack_by_ns = UINT64_MAX;
  else acks_deadline_ns_ = std::min(acks_deadline_ns_, peer.ack_by_ns);
}

void MessagePeer::transmit(LinkMask links, const Fragment& fragment, bool again, bool pressing) {
  engine.counters_.add(again ? MessageCounter::fragments_resent : MessageCounter::fragments_sent);
  if (again) engine.hears_no_more(*this, kLinksMask);
  const LinkMask multicast = engine.multicast_links(*this, links);
  if (multicast == 0) return pack(links, fragment, pressing);
  engine.stage_.add(*this, links, multicast, fragment, pressing);
  engine.touch(*this);
}

void MessagePeer::pack(LinkMask links, const Fragment& fragment, bool pressing) {
  const std::size_t bytes_max = engine.parameters_.fragment_bytes_max;
  if (links != packed_links || !packed.append(fragment, bytes_max)) {
    engine.send_packed(*this, false);
    packed_links = links;
    packed.append(fragment, bytes_max);
  }
  packed_pressing |= pressing;
  engine.touch(*this);
}

void MessagePeer::delivered(std::uint64_t message_id) {
  engine.counters_.add(MessageCounter::messages_delivered);
  engine.notify(MessageNotice::Kind::delivered, *this, 0, message_id);
}

void MessagePeer::undeliverable(std::uint64_t message_id) {
  engine.counters_.add(MessageCounter::messages_undeliverable);
  engine.notify(MessageNotice::Kind::undeliverable, *this, 0, message_id);
}

}  // namespace heartwire
