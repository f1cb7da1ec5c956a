// What comes in, in the order of frame.h: what is cheap first, then the tag, and only then does anything move. What is
// refused is counted by reason; of a node without a session it may be a reason to greet it.
#include "core/message/message_engine.h"
#include "core/wire/session_builder.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kGreetBackNs = 200'000'000;  // a handshake that the other side began may take so long

bool is_handshake(FrameType type) {
  return type == FrameType::hello || type == FrameType::hello_reply || type == FrameType::hello_confirm;
}

}  // namespace

void MessageEngine::reject(Reject reason, std::uint16_t claimed_id, std::uint8_t link_id, std::uint64_t now_ns) {
  counters_.add(reason);
  if (reason != Reject::tag) return;
  const std::uint64_t frames = key_alarm_.count(claimed_id, now_ns);
  if (frames == 0) return;
  MessageNotice notice;
  notice.kind = MessageNotice::Kind::bad_key;
  notice.node = claimed_id;
  notice.link = link_id;
  notice.id = frames;
  sink_.notice(std::move(notice));
}

void MessageEngine::receive(std::uint8_t link_id, bool discovery, std::span<std::uint8_t> frame, const LinkAddress& source,
                            std::uint64_t now_ns) {
  now_ns_ = now_ns;
  counters_.add(MessageCounter::frames_received);
  if (link_id >= kLinksMax || (links_ >> link_id & 1) == 0) return counters_.add(Reject::link);  // it has just gone
  FrameHeader header;
  const Reject malformed = decode_header(frame, header);
  if (malformed != Reject::none) return counters_.add(malformed);
  if (header.cluster_id != options_.cluster_id) return counters_.add(Reject::cluster);
  if (header.type == FrameType::announce) return on_announce(link_id, frame, header.sender_id, source, now_ns);
  if (discovery) return counters_.add(Reject::type);
  if (is_handshake(header.type)) return on_handshake(link_id, frame, header.sender_id, source, now_ns);
  if (header.type == FrameType::fragments || header.type == FrameType::fragment_ack) {
    return on_stream_frame(link_id, frame, header, source, now_ns);
  }
  if (header.type == FrameType::multicast) return on_multicast(link_id, frame, header, source, now_ns);
  if (header.type == FrameType::multicast_heard) return on_multicast_heard(link_id, frame, header, source, now_ns);
  if (header.type == FrameType::question || header.type == FrameType::answer) {
    return on_question_frame(link_id, frame, header, source, now_ns);
  }
  counters_.add(Reject::type);
}

void MessageEngine::on_handshake(std::uint8_t link_id, std::span<std::uint8_t> frame, std::uint16_t claimed_id,
                                 const LinkAddress& source, std::uint64_t now_ns) {
  const HandshakeOutcome outcome = handshake_->on_frame(link_id, frame, source, now_ns);
  if (outcome.reject != Reject::none) return reject(outcome.reject, claimed_id, link_id, now_ns);
  if (!outcome.reply.empty()) sink_.send(link_id, source, outcome.reply);
  if (outcome.kind == HandshakeOutcome::Kind::path_proven) return on_proven(outcome, link_id, source, now_ns);
  const MessagePeer* peer = live_peer(outcome.peer_id);
  if (outcome.kind == HandshakeOutcome::Kind::none) {
    // It asked, and its confirmation may get lost: unless it comes, we ask.
    const bool proven = peer != nullptr && (peer->proven >> link_id & 1) != 0 && peer->paths[link_id].address == source;
    if (!proven) hellos_.want(outcome.peer_id, link_id, source, true, now_ns + kGreetBackNs);
    return;
  }
  hellos_.settle(outcome.peer_id, link_id, source);
  const bool duplicate = outcome.kind == HandshakeOutcome::Kind::duplicate;
  MessageNotice notice;
  notice.kind = duplicate ? MessageNotice::Kind::duplicate : MessageNotice::Kind::boot_went_back;
  notice.node = outcome.peer_id;
  notice.link = link_id;
  notice.boot = outcome.peer.boot;
  sink_.notice(std::move(notice));
}

void MessageEngine::on_stream_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header,
                                    const LinkAddress& source, std::uint64_t now_ns) {
  if (header.receiver_id != options_.node_id && forward(link_id, frame, header, source, now_ns)) return;
  Origin origin;
  StreamFrame stream;
  Reject reason = admit(link_id, frame, header, source, now_ns, origin);
  const bool alone = header.type == FrameType::fragment_ack;
  if (reason == Reject::none) {
    const auto body = std::span<const std::uint8_t>(frame).subspan(kHeaderBytes, header.body_length);
    stream.acknowledges = alone;
    if (!(alone ? decode_fragment_ack(body, stream.ack) : decode_stream_frame(body, stream))) reason = Reject::body;
  }
  if (reason != Reject::none) return reject(reason, header.sender_id, link_id, now_ns);
  MessagePeer& peer = *origin.peer;
  if (origin.relay != nullptr) peer.via = origin.relay->id;
  const std::uint8_t own_link = origin.relay == nullptr ? link_id : std::uint8_t{kLinksMax};
  if (stream.acknowledges && !peer.sender->on_ack(stream.ack, own_link, now_ns)) counters_.add(MessageCounter::acks_refused);
  if (!alone) {
    Arrivals arrivals;
    arrivals.news = stream.pressing || origin.relay != nullptr;
    std::span<const std::uint8_t> rest = stream.fragments;
    Fragment fragment;
    while (take_fragment(rest, fragment)) arrivals.add(on_fragment(peer, link_id, fragment));
    acknowledge(origin, link_id, arrivals);
  }
  touch(peer);
}

void MessageEngine::on_question_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header,
                                      const LinkAddress& source, std::uint64_t now_ns) {
  Origin origin;
  Reject reason = admit(link_id, frame, header, source, now_ns, origin);
  if (reason == Reject::none && origin.relay != nullptr) reason = Reject::source;  // nobody passes these on
  if (reason == Reject::none) {
    const auto body = std::span<const std::uint8_t>(frame).subspan(kHeaderBytes, header.body_length);
    reason = header.type == FrameType::question ? on_question(*origin.peer, link_id, body, now_ns) : on_answer(*origin.peer, link_id, body);
  }
  if (reason != Reject::none) reject(reason, header.sender_id, link_id, now_ns);
}

Reject MessageEngine::admit(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header,
                            const LinkAddress& source, std::uint64_t now_ns, Origin& origin) {
  if (header.sender_id == 0 || header.sender_id == options_.node_id || header.receiver_id != options_.node_id) return Reject::sender;
  MessagePeer* const peer = live_peer(header.sender_id);
  if (peer == nullptr) {
    pursue(header.sender_id, link_id, source, false, now_ns);
    return Reject::sender;
  }
  MessagePath& path = peer->paths[header.link_id];
  origin.peer = peer;
  if (header.link_id != link_id || (peer->proven >> link_id & 1) == 0 || path.address != source) {
    // Not from where it lives: perhaps from a member that passes it on. It proves itself by its seal, as ever.
    origin.relay = relay_at(*peer, link_id, source);
    if (origin.relay == nullptr) {
      if (header.link_id != link_id) return Reject::link;
      pursue(header.sender_id, link_id, source, false, now_ns);
      return Reject::source;
    }
  }
  if (header.sender_boot != peer->who.boot || header.receiver_boot != options_.self.boot) {
    if (origin.relay == nullptr) pursue(header.sender_id, link_id, source, false, now_ns);
    return Reject::boot;
  }
  if (!path.window.fresh(header.sequence)) return Reject::replay;
  Sealer* sealer = receive_sealer(peer->session->paths[header.link_id], header.key_id);
  if (sealer == nullptr || !sealer->open(frame.first(frame_bytes(header)), header, true)) return Reject::tag;
  path.window.accept(header.sequence);
  return Reject::none;
}

// A copy from another network is no news.
void MessageEngine::Arrivals::add(Arrival arrival) {
  due |= arrival != Arrival::stale;
  news |= arrival != Arrival::accepted && arrival != Arrival::duplicate && arrival != Arrival::stale;
}

// The acknowledgement may wait for something to ride with, unless the sender waits for it, or has to know that something is
// missing.
void MessageEngine::acknowledge(const Origin& origin, std::uint8_t link_id, const Arrivals& arrivals) {
  if (!arrivals.due) return;
  MessagePeer& peer = *origin.peer;
  if (origin.relay != nullptr) peer.ack_via = origin.relay->id;  // back as it came
  else peer.ack_due |= static_cast<LinkMask>(1u << link_id);
  const bool at_once = arrivals.news || peer.receiver->kept_fragments() != 0;
  peer.ack_by_ns = std::min(peer.ack_by_ns, at_once ? now_ns_ : now_ns_ + kAckHoldNs);
}

Arrival MessageEngine::on_fragment(MessagePeer& peer, std::uint8_t link_id, const Fragment& fragment) {
  const Arrival arrival = peer.receiver->on_fragment(fragment, sink_.room(), [&](std::uint64_t id, std::vector<std::uint8_t>&& payload, bool quiet) {
    counters_.add(MessageCounter::messages_received);
    MessageNotice notice;
    notice.kind = MessageNotice::Kind::message;
    notice.node = peer.id;
    notice.link = link_id;
    notice.boot = peer.who.boot;
    notice.id = id;
    notice.quiet = quiet;
    notice.payload = std::move(payload);
    sink_.notice(std::move(notice));
  });
  if (arrival == Arrival::accepted) peer.arrived_ns = now_ns_;
  const bool had = arrival == Arrival::duplicate;
  counters_.add(arrival == Arrival::accepted ? MessageCounter::fragments_accepted
                : had ? MessageCounter::fragments_duplicate : MessageCounter::fragments_refused);
  return arrival;
}

}  // namespace heartwire
