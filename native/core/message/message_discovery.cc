// Who is there. An announcement is sealed for all that hold the cluster's key, so it may be a recording: it starts a
// challenge, and is told to JavaScript only if it comes from the start of the node that answered one. Each carries a
// number that is the same on all networks, so that it is told once.
//
// What may be a recording is no good reason to greet: one of a start that is over, a number that was heard on this network.
//
// A node that misses somebody on a network announces nothing but its presence there (no payload): then the other
// greets it, and a network that was dead at the first meeting is found when it comes back.
#include <algorithm>

#include "core/message/message_engine.h"
#include "core/wire/bytes.h"

namespace heartwire {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::uint64_t kPresencePauseNs = 1'000'000'000;      // doubles while nothing changes
constexpr std::uint64_t kPresencePauseMaxNs = 30'000'000'000;
constexpr std::uint64_t kChallengeNs = 1'000'000'000;

}  // namespace

void MessageEngine::announce(std::span<const std::uint8_t> payload) {
  if (payload.empty() || payload.size() > kAnnounceBytesMax) return;
  announce_number_++;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((links_ >> link_id & 1) != 0) broadcast(link_id, announce_number_, payload);
  }
}

void MessageEngine::broadcast(std::uint8_t link_id, std::uint64_t number, std::span<const std::uint8_t> payload) {
  std::array<std::uint8_t, kAnnouncePayloadBytesMax> bytes;
  ByteWriter writer(bytes);
  writer.u64(number);
  writer.bytes(payload);
  const std::vector<std::uint8_t> frame = announcer_.seal(keys_.get(), link_id, std::span(bytes).first(writer.done()));
  if (frame.empty()) return;
  counters_.add(MessageCounter::announces_sent);
  sink_.broadcast(link_id, frame);
}

void MessageEngine::on_announce(std::uint8_t link_id, std::span<std::uint8_t> frame, std::uint16_t claimed_id,
                                const LinkAddress& source, std::uint64_t now_ns) {
  Announcement heard;
  const Reject reason = open_announcement(options_.cluster_id, options_.node_id, options_.self.salt, keys_.get(), link_id, frame, heard);
  if (reason != Reject::none) return reject(reason, claimed_id, link_id, now_ns);
  if (heard.payload.size() < kNumberBytes) return reject(Reject::body, claimed_id, link_id, now_ns);
  ByteReader reader(heard.payload.first(kNumberBytes));
  const std::uint64_t number = reader.u64();
  const auto payload = heard.payload.subspan(kNumberBytes);
  counters_.add(MessageCounter::announces_received);
  const bool fresh = note_announce(heard, link_id, number);
  MessagePeer* peer = live_peer(heard.sender_id);
  const bool known = peer != nullptr && peer->who.boot == heard.boot && peer->who.salt == heard.salt;
  LinkAddress greeted = source;  // announcements come from the port for broadcasts, handshakes go to the one for messages
  if (greeted.family != AddressFamily::mac) greeted.port = options_.self.message_port;
  if (!known || (peer->proven >> link_id & 1) == 0 || peer->paths[link_id].address != greeted) {
    pursue(heard.sender_id, link_id, greeted, fresh, now_ns);
  }
  if (known) return tell_announce(*peer, link_id, number, payload);
  if (payload.empty() || heard.sender_id == options_.node_id) return;
  HeldAnnounce announce{heard.boot, heard.salt, number, link_id, {payload.begin(), payload.end()}};
  if (!held_.hold(heard.sender_id, std::move(announce), now_ns)) counters_.add(MessageCounter::announces_dropped);
}

// False: it may well be a recording.
bool MessageEngine::note_announce(const Announcement& heard, std::uint8_t link_id, std::uint64_t number) {
  if (heard.sender_id == options_.node_id) return false;
  const auto found = peers_.find(heard.sender_id);
  if (found == peers_.end()) return true;
  MessagePeer& peer = *found->second;
  if (heard.boot != peer.who.boot) return heard.boot > peer.who.boot;
  std::uint64_t& highest = peer.paths[link_id].announce_number;
  if (heard.salt != peer.who.salt || number <= highest) return false;
  highest = number;
  return true;
}

void MessageEngine::tell_announce(MessagePeer& peer, std::uint8_t link_id, std::uint64_t number, std::span<const std::uint8_t> payload) {
  if (payload.empty()) return;
  if (number <= peer.announce_number) return counters_.add(MessageCounter::announces_dropped);
  peer.announce_number = number;
  MessageNotice notice;
  notice.kind = MessageNotice::Kind::announce;
  notice.node = peer.id;
  notice.link = link_id;
  notice.boot = peer.who.boot;
  notice.id = number;
  notice.payload.assign(payload.begin(), payload.end());
  sink_.notice(std::move(notice));
}

void MessageEngine::contact(const LinkAddress& address, std::uint8_t link_id, std::uint64_t now_ns) {
  if (link_id < kLinksMax && (links_ >> link_id & 1) != 0) pursue(0, link_id, address, true, now_ns);
}

// A forgotten node need not have forgotten us, and greets nobody that it has a session with: so we do.
void MessageEngine::look_for(std::uint16_t node_id, std::uint64_t now_ns) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end() || found->second->live) return;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    const LinkAddress& address = found->second->paths[link_id].address;
    if (address.family != AddressFamily::none) pursue(node_id, link_id, address, true, now_ns);
  }
}

void MessageEngine::pursue(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& source, bool trusted, std::uint64_t now_ns) {
  if (!hellos_.want(node_id, link_id, source, trusted, now_ns)) counters_.add(MessageCounter::hellos_refused);
}

void MessageEngine::greet(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to, std::uint64_t now_ns) {
  Nonce nonce;
  sink_.random(nonce);
  const std::vector<std::uint8_t> hello = handshake_->begin(node_id, link_id, to, nonce, now_ns, kChallengeNs);
  if (hello.empty()) return counters_.add(MessageCounter::hellos_refused);
  counters_.add(MessageCounter::hellos_sent);
  sink_.send(link_id, to, hello);
}

void MessageEngine::link_opened(std::uint8_t link_id, std::uint64_t now_ns) {
  if (link_id >= kLinksMax) return;
  presence_pause_ns_ = kPresencePauseNs;
  presence_ns_ = now_ns;
  // Who was reached on it before has not forgotten us, and greets nobody that it has proven: so we do.
  for (const auto& [id, peer] : peers_) {
    const LinkAddress& address = peer->paths[link_id].address;
    if (peer->live && (peer->proven >> link_id & 1) == 0 && address.family != AddressFamily::none) pursue(id, link_id, address, true, now_ns);
  }
}

void MessageEngine::show_presence(std::uint64_t now_ns) {
  LinkMask missing = 0;
  for (const auto& [id, peer] : peers_) {
    if (peer->live) missing |= static_cast<LinkMask>(links_ & ~peer->proven);
  }
  presence_ns_ = UINT64_MAX;
  if (missing == 0) return;
  announce_number_++;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((missing >> link_id & 1) != 0) broadcast(link_id, announce_number_, {});
  }
  presence_pause_ns_ = std::min(std::max(2 * presence_pause_ns_, kPresencePauseNs), kPresencePauseMaxNs);
  presence_ns_ = now_ns + presence_pause_ns_;
}

}  // namespace heartwire
