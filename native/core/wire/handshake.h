// How two nodes come to share a session: a challenge in three frames, so that nothing recorded earlier
// can be believed. Pure: no socket, no clock; salts and nonces come in as arguments.
//
//   A hears an announce (or any frame) of an unknown (node, boot), or sees a path without address:
//   A -> B hello         A's boot, salt, ports; nonce_A
//   B -> A hello_reply   B's boot, salt, ports; nonce_B; echo of nonce_A        (A now believes B and this path)
//   A -> B hello_confirm echo of nonce_B                                        (B now believes A and this path)
//
// Run on every path by itself, since it also proves the source address of that path. Handshake frames
// are sealed under KeyRole::hello keys (no session needed: the salt travels in the frame's body in clear,
// as associated data). A boot number lower than the known one is refused; an equal boot with another salt
// is a second incarnation: reported (`duplicate`), never believed.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/net/link_address.h"
#include "core/wire/frame.h"
#include "core/wire/seal.h"

namespace heartwire {

struct Introduction {  // what a node says of itself in a handshake
  std::uint64_t boot = 0;
  Salt salt{};
  std::uint16_t beat_port = 0;
  std::uint16_t message_port = 0;
};

class KeyRing;

struct HandshakeOutcome {
  enum class Kind : std::uint8_t { none, path_proven, duplicate, boot_went_back } kind = Kind::none;
  std::uint16_t peer_id = 0;
  Introduction peer;
  bool new_boot = false;             // first path proven for this boot: build sessions, drop older ones
  Reject reject = Reject::none;      // why a frame was dropped
  std::vector<std::uint8_t> reply;   // to be sent back to the source over the same link; may be empty
};

class Handshake {
 public:
  Handshake(std::uint64_t cluster_id, std::uint16_t node_id, const Introduction& self, const KeyRing& ring,
            bool plain /* authentication none */);
  // A hello for this peer over this link; `nonce` fresh random. At most one outstanding per peer and link,
  // which expires after `expiry_ns`. peer_id 0: to an address whose node is unknown (bridged nodes).
  std::vector<std::uint8_t> begin(std::uint16_t peer_id, std::uint8_t link_id, std::span<const std::uint8_t, 16> nonce,
                                  std::uint64_t now_ns, std::uint64_t expiry_ns);
  HandshakeOutcome on_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, std::span<const std::uint8_t, 16> fresh_nonce,
                            std::uint64_t now_ns);
  // Forgets a peer (pruned); its highest boot is kept.
  void forget(std::uint16_t peer_id);
};

}  // namespace heartwire
