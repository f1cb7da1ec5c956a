// Who is believed: a proven path gives a node a session, the first one of a new start a new session; sessions and paths go
// to the beat thread as well, which makes none. Keys that change make new sealers for the same sessions: counters go on.
#include "core/message/message_engine.h"
#include "core/wire/session_builder.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kFirstPresenceNs = 500'000'000;  // the other networks usually prove themselves before
constexpr std::uint64_t kFirstSoundNs = 20'000'000;      // the other side has to believe this path, too

}  // namespace

void MessageEngine::on_proven(const HandshakeOutcome& outcome, std::uint8_t link_id, const LinkAddress& source, std::uint64_t now_ns) {
  hellos_.settle(outcome.peer_id, link_id, source);
  auto& place = peers_[outcome.peer_id];
  if (place == nullptr) place = std::make_unique<MessagePeer>(*this, outcome.peer_id);
  MessagePeer& peer = *place;
  const bool begins = outcome.new_boot || !peer.live;
  if (begins) begin_session(peer, outcome.peer);
  if (!peer.live) return;  // the library refused
  peer.who.beat_port = outcome.peer.beat_port;
  peer.who.message_port = outcome.peer.message_port;
  const LinkMask bit = static_cast<LinkMask>(1u << link_id);
  const bool news = (peer.proven & bit) == 0 || peer.paths[link_id].address != source;
  peer.paths[link_id].address = source;
  peer.proven |= bit;
  peer.beat_paths_due |= bit;
  handovers_wait_ = true;
  if (begins) {
    sink_.session_changed(peer.id, true);
    notify(MessageNotice::Kind::session_up, peer);
    presence_pause_ns_ = 0;
    presence_ns_ = std::min(presence_ns_, now_ns + kFirstPresenceNs);
  }
  if (news) {
    counters_.add(MessageCounter::paths_proven);
    notify(MessageNotice::Kind::session_path, peer, link_id);
  }
  if (news && (multicast_links_ & bit) != 0) ask_who_hears(kFirstSoundNs);
  peer.sender->set_usable(peer.proven, now_ns);
  touch(peer);
  if (auto held = held_.take(peer.id, peer.who.boot, peer.who.salt, now_ns)) tell_announce(peer, held->link_id, held->number, held->payload);
}

// Another start of the node, or the same one after it was forgotten. What was queued for the last one is undeliverable.
void MessageEngine::begin_session(MessagePeer& peer, const Introduction& who) {
  const bool same_start = peer.sender != nullptr && peer.who.boot == who.boot;
  if (peer.live) end_session(peer);
  peer.who = who;
  if (!build_sessions(peer)) return;
  peer.live = true;
  if (same_start) return;  // the stream goes on where it was: the other side may not have forgotten us
  peer.paths = {};
  peer.announce_number = 0;
  peer.sender = std::make_unique<ReliableSender>(parameters_, peer);
  peer.sender->prefer(preferred_);
  peer.receiver = std::make_unique<ReliableReceiver>(options_.message_bytes_max);
}

void MessageEngine::end_session(MessagePeer& peer) {
  peer.live = false;
  peer.proven = 0;
  set_hears(peer, 0);
  peer.beat_paths_due = 0;
  peer.ack_due = 0;
  peer.ack_by_ns = UINT64_MAX;
  peer.packed.clear();
  peer.via = peer.ack_via = 0;
  peer.session.reset();
  peer.multicast.reset();
  peer.beat_session.reset();
  peer.second_session.reset();
  peer.sender->set_usable(0, 0);
  peer.sender->fail_all();
  peer.receiver->close();
  peer.inquiries.clear();
  sink_.session_changed(peer.id, false);
}

bool MessageEngine::build_sessions(MessagePeer& peer) {
  const SessionParties parties{options_.node_id, options_.self, peer.id, peer.who};
  auto session = build_session(keys_.get(), KeyRole::message, parties, links_);
  auto beat_session = build_session(keys_.get(), KeyRole::beat_1, parties, static_cast<std::uint8_t>(links_ | beat_links_));
  if (session == nullptr || beat_session == nullptr) return false;
  if (options_.second_beats) {  // the same keys: its frames have a type, and so nonces, of their own
    peer.second_session = build_session(keys_.get(), KeyRole::beat_1, parties, links_, SessionUse::sending);
    if (peer.second_session == nullptr) return false;
  }
  if (multicast_links_ != 0) {
    peer.multicast = build_session(keys_.get(), KeyRole::multicast, {0, {}, peer.id, peer.who}, multicast_links_, SessionUse::receiving);
    if (peer.multicast == nullptr) return false;
  }
  counters_.add(MessageCounter::sessions_built);
  peer.session = std::move(session);
  peer.beat_session = std::move(beat_session);
  handovers_wait_ = true;
  return true;
}

void MessageEngine::add_link(std::uint8_t link_id, bool multicast) {
  if (link_id >= kLinksMax || (links_ >> link_id & 1) != 0) return;
  links_ |= static_cast<LinkMask>(1u << link_id);
  if (multicast) multicast_links_ |= static_cast<LinkMask>(1u << link_id);
  rebuild_sessions();
}

void MessageEngine::carry_beats(std::uint8_t link_id) {
  if (link_id >= kLinksMax || (beat_links_ >> link_id & 1) != 0) return;
  beat_links_ |= static_cast<LinkMask>(1u << link_id);
  rebuild_sessions();
}

void MessageEngine::rebuild_sessions() {
  build_multicast();
  for (auto& [id, peer] : peers_) {
    if (peer->live) build_sessions(*peer);
  }
}

// Its counters and windows stay: the same keys come back with the same link.
void MessageEngine::remove_link(std::uint8_t link_id, std::uint64_t now_ns) {
  if (link_id >= kLinksMax) return;
  const LinkMask others = static_cast<LinkMask>(~(1u << link_id));
  links_ &= others;
  beat_links_ &= others;
  multicast_links_ &= others;
  for (auto& [id, peer] : peers_) {
    peer->proven &= others;
    set_hears(*peer, static_cast<LinkMask>(peer->hears & others));
    peer->beat_paths_due &= others;
    if (peer->live) peer->sender->set_usable(peer->proven, now_ns);
  }
}

void MessageEngine::hand_over() {
  handovers_wait_ = false;
  for (auto& [id, peer] : peers_) {
    if (hand_over(*peer)) continue;
    handovers_wait_ = true;
    counters_.add(MessageCounter::handovers_retried);
    return;
  }
}

// False: the ring is full; the rest goes later.
bool MessageEngine::hand_over(MessagePeer& peer) {
  if (peer.beat_session != nullptr) {
    SessionHandover handover;
    handover.session = peer.beat_session.get();
    handover.peer_id = peer.id;
    if (!sink_.handover(handover)) return false;
    static_cast<void>(peer.beat_session.release());
  }
  if (peer.second_session != nullptr) {
    SessionHandover handover;
    handover.session = peer.second_session.get();
    handover.peer_id = peer.id;
    handover.second = true;
    if (!sink_.handover(handover)) return false;
    static_cast<void>(peer.second_session.release());
  }
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((peer.beat_paths_due >> link_id & 1) == 0) continue;
    SessionHandover handover;
    handover.peer_id = peer.id;
    handover.link_id = link_id;
    handover.beat_address = peer.paths[link_id].address;
    if (handover.beat_address.family != AddressFamily::mac) handover.beat_address.port = peer.who.beat_port;
    handover.path = true;
    if (!sink_.handover(handover)) return false;
    peer.beat_paths_due &= static_cast<LinkMask>(~(1u << link_id));
  }
  return true;
}

}  // namespace heartwire
