// See session_builder.h.
#include "core/wire/session_builder.h"

#include <algorithm>

#include "core/wire/key_ring.h"

namespace heartwire {
namespace {

KeyContext outward(KeyRole role, const SessionParties& parties, std::uint8_t link_id) {
  return {role, parties.self_id, parties.peer_id, link_id, parties.self.boot, parties.peer.boot, parties.self.salt};
}

KeyContext inward(KeyRole role, const SessionParties& parties, std::uint8_t link_id) {
  return {role, parties.peer_id, parties.self_id, link_id, parties.peer.boot, parties.self.boot, parties.peer.salt};
}

bool build_plain(SessionUse use, PeerSession::Path& path) {
  if (use != SessionUse::receiving) path.send = make_plain_sealer();
  if (use != SessionUse::sending) path.receive[0] = make_plain_sealer();
  return true;
}

bool build_path(const KeyRing& ring, KeyRole role, const SessionParties& parties, std::uint8_t link_id, SessionUse use, PeerSession::Path& path) {
  bool good = true;
  if (use != SessionUse::receiving) {
    path.send = make_sealer(ring, ring.send_key_id(), outward(role, parties, link_id));
    good = path.send != nullptr;
  }
  if (use == SessionUse::sending) return good;
  const std::size_t count = std::min(ring.ids().size(), std::size(path.receive));
  for (std::size_t i = 0; i < count; i++) {
    path.receive_key_id[i] = ring.ids()[i];
    path.receive[i] = make_sealer(ring, ring.ids()[i], inward(role, parties, link_id));
    good = good && path.receive[i] != nullptr;
  }
  return good;
}

}  // namespace

std::unique_ptr<PeerSession> build_session(const KeyRing* ring, KeyRole role, const SessionParties& parties, std::uint8_t links,
                                           SessionUse use) {
  auto session = std::make_unique<PeerSession>();
  session->peer_id = parties.peer_id;
  session->peer_boot = parties.peer.boot;
  session->send_key_id = ring ? ring->send_key_id() : 0;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((links >> link_id & 1) == 0) continue;
    PeerSession::Path& path = session->paths[link_id];
    const bool good = ring ? build_path(*ring, role, parties, link_id, use, path) : build_plain(use, path);
    if (!good) return nullptr;
  }
  return session;
}

Sealer* receive_sealer(const PeerSession::Path& path, std::uint8_t key_id) {
  for (std::size_t i = 0; i < std::size(path.receive); i++)
    if (path.receive[i] && path.receive_key_id[i] == key_id) return path.receive[i].get();
  return nullptr;
}

}  // namespace heartwire
