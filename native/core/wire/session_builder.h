// From two introductions to the sealers that carry a session: one derived key for each direction of each
// path, and for receiving one for each of the ring's first two keys, so that both sides of a rotation understand
// each other. Allocates; made by the message thread and handed to whoever uses it.
#pragma once
#include <cstdint>
#include <memory>

#include "core/wire/handshake.h"
#include "core/wire/seal.h"

namespace heartwire {

class KeyRing;

struct SessionParties {
  std::uint16_t self_id = 0;
  Introduction self;
  std::uint16_t peer_id = 0;
  Introduction peer;
};

enum class SessionUse : std::uint8_t { both_ways, sending, receiving };

// `role`: beat_1, message, or multicast (one key for all receivers: the other party has number and boot 0). Bit k of `links`: link k exists (each path takes about 4 kB). `ring` null: plain.
// Null when the library refuses. The sequences of a path must go on growing over a rebuilt session of the same boots.
std::unique_ptr<PeerSession> build_session(const KeyRing* ring, KeyRole role, const SessionParties& parties, std::uint8_t links,
                                           SessionUse use = SessionUse::both_ways);

// The sealer of this path for a frame with this key id; null: no such key here.
Sealer* receive_sealer(const PeerSession::Path& path, std::uint8_t key_id);

}  // namespace heartwire
