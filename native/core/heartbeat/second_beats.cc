// See second_beats.h.
#include "core/heartbeat/second_beats.h"

#include <algorithm>
#include <utility>

#include "core/wire/beat.h"

namespace heartwire {

namespace {
constexpr std::uint64_t kLookAgainNs = 10'000'000;  // whether the first thread has begun
}  // namespace

SecondBeats::SecondBeats(const EngineIdentity& self, FrameSink& sink, StatisticsPage& page)
    : self_(self), sink_(sink), page_(page), peers_(kPeersMax), slot_of_(65536, 0) {}

SecondBeats::~SecondBeats() {
  for (const Peer& peer : peers_) delete peer.session;
}

SecondBeats::Peer* SecondBeats::peer_of(std::uint16_t node_id) {
  if (slot_of_[node_id] != 0) return &peers_[slot_of_[node_id] - 1u];
  if (node_id == 0 || node_id == self_.node_id || peers_used_ == peers_.size()) return nullptr;
  Peer& peer = peers_[peers_used_++];
  peer.node_id = node_id;
  slot_of_[node_id] = static_cast<std::uint16_t>(peers_used_);
  return &peer;
}

PeerSession* SecondBeats::exchange_session(PeerSession* session) {
  Peer* peer = session == nullptr ? nullptr : peer_of(session->peer_id);
  if (peer == nullptr) return session;
  return std::exchange(peer->session, session);
}

void SecondBeats::set_path(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& address) {
  Peer* peer = link_id >= kLinksMax ? nullptr : peer_of(peer_id);
  if (peer != nullptr) peer->paths[link_id] = {true, address};
}

std::uint64_t SecondBeats::tick(std::uint64_t due_ns, std::uint64_t interval_ns, std::uint64_t now_ns) {
  const std::uint64_t patience_ns = interval_ns / 2;
  if (due_ns == 0 || interval_ns == 0 || due_ns > UINT64_MAX - kStandInNs) return now_ns + kLookAgainNs;
  if (now_ns <= due_ns + patience_ns) {
    stood_in_since_ns_ = 0;
    return due_ns + patience_ns + 1;
  }
  if (now_ns > due_ns + kStandInNs) return now_ns + interval_ns;
  if (stood_in_since_ns_ == 0) {
    stood_in_since_ns_ = now_ns;
    page_.stood_in.add();
    next_ns_ = now_ns;
  }
  if (now_ns < next_ns_) return next_ns_;
  speak(now_ns);
  page_.stood_in_longest_ns.set(std::max(page_.stood_in_longest_ns.get(), now_ns - due_ns));
  next_ns_ = now_ns + interval_ns;
  return next_ns_;
}

void SecondBeats::speak(std::uint64_t now_ns) {
  for (std::size_t index = 0; index < peers_used_; ++index) {
    const Peer& peer = peers_[index];
    for (std::uint8_t link_id = 0; peer.session != nullptr && link_id < kLinksMax; ++link_id) {
      if (peer.paths[link_id].proven) send(peer, link_id, now_ns);
    }
  }
}

void SecondBeats::send(const Peer& peer, std::uint8_t link_id, std::uint64_t now_ns) {
  Sealer* sealer = peer.session->paths[link_id].send.get();
  if (sealer == nullptr) return;
  FrameHeader header;
  header.type = FrameType::life;
  header.key_id = peer.session->send_key_id;
  header.link_id = link_id;
  header.cluster_id = self_.cluster_id;
  header.sender_id = self_.node_id;
  header.receiver_id = peer.node_id;
  header.body_length = kLifeBytes;
  header.sender_boot = self_.boot;
  header.receiver_boot = peer.session->peer_boot;
  header.sequence = ++sequence_;
  std::array<std::uint8_t, kHeaderBytes + kLifeBytes + kTagBytes> frame;
  encode_header(header, frame);
  encode_life(now_ns, std::span(frame).subspan<kHeaderBytes, kLifeBytes>());
  const std::size_t size = sealer->seal(frame, header, false);
  if (size == 0) return;
  sink_.send(link_id, peer.paths[link_id].address, std::span<const std::uint8_t>(frame.data(), size));
  page_.signs_sent.add();
}

}  // namespace heartwire
