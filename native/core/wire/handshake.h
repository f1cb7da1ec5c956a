// How two nodes come to share a session: a challenge in three frames, so that nothing recorded earlier
// can be believed. Pure: no socket, no clock; salts, nonces and the secret come in as arguments.
//
//   A hears an announce (or any frame) of an unknown (node, boot), or sees a path without address:
//   A -> B hello         A's boot, salt, ports; nonce_A
//   B -> A hello_reply   B's boot, salt, ports; nonce_B; echo of nonce_A        (A now believes B and this path)
//   A -> B hello_confirm A's boot, salt, ports; echo of nonce_B                 (B now believes A and this path)
//
// Run on every path by itself, since it also proves the source address of that path. Handshake frames
// are sealed under KeyRole::hello keys (no session needed: the salt travels in the frame's body in clear,
// as associated data). A boot number lower than the known one is refused; an equal boot with another salt
// is a second incarnation: reported (`duplicate`), never believed.
//
// B keeps nothing about a hello: nonce_B is an HMAC over who asked, from where and when, under a secret of this
// start, and is computed again when the confirm comes. So recorded or forged hellos have no table to churn. State
// moves only when a nonce of ours came back under a right tag.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/net/link_address.h"
#include "core/wire/frame.h"
#include "core/wire/seal.h"

namespace heartwire {

inline constexpr std::size_t kNonceBytes = 16;
inline constexpr std::size_t kHandshakeSecretBytes = 32;
inline constexpr std::size_t kChallengesMax = kPeersMax * kLinksMax;  // hellos of ours without an answer
using Nonce = std::array<std::uint8_t, kNonceBytes>;

struct Introduction {  // what a node says of itself in a handshake
  std::uint64_t boot = 0;
  Salt salt{};                       // fresh random bits for each start; a start that reused them would reuse nonces
  std::uint16_t beat_port = 0;
  std::uint16_t message_port = 0;
};

class KeyRing;

struct HandshakeOutcome {
  // duplicate: proven, equal boot, other salt. boot_went_back: proven, but lower than the highest boot known.
  // Both change nothing, and are reported only of a node that answered a challenge of ours within the last 4 s, so
  // that no older recording raises an alarm.
  enum class Kind : std::uint8_t { none, path_proven, duplicate, boot_went_back } kind = Kind::none;
  std::uint16_t peer_id = 0;
  Introduction peer;
  bool new_boot = false;             // first path proven for this boot: build sessions, drop older ones
  Reject reject = Reject::none;      // why a frame was dropped
  std::vector<std::uint8_t> reply;   // to be sent back to the source over the same link; may be empty
};

class Handshake {
 public:
  // `self` and `secret` are fresh for each start. `ring` may be null when `plain` (authentication none).
  Handshake(std::uint64_t cluster_id, std::uint16_t node_id, const Introduction& self, std::shared_ptr<const KeyRing> ring,
            bool plain, std::span<const std::uint8_t, kHandshakeSecretBytes> secret);
  ~Handshake();
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  // A hello for this peer over this link to this address; `nonce` fresh random. Only an answer from `to` is believed,
  // unless its family is none (broadcast, serial). peer_id 0: whoever lives there (bridged nodes). Begun again before
  // `expiry_ns` has passed, it repeats the first challenge, so that a slow answer still fits. Empty: table full, or no keys.
  std::vector<std::uint8_t> begin(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& to,
                                  std::span<const std::uint8_t, kNonceBytes> nonce, std::uint64_t now_ns, std::uint64_t expiry_ns);
  // One received frame of type hello, hello_reply or hello_confirm (others: Reject::type); opened in place.
  HandshakeOutcome on_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source, std::uint64_t now_ns);
  // Forgets a peer (pruned); its highest boot is kept, so that an older one stays refused.
  void forget(std::uint16_t peer_id);
  // Rotation: seals with the first key of the new ring from now on.
  void set_keys(std::shared_ptr<const KeyRing> ring) { ring_ = std::move(ring); }
  std::size_t challenges() const { return challenges_.size(); }

 private:
  struct ChallengeKey {
    std::uint16_t peer_id;
    std::uint8_t link_id;
    LinkAddress to;
    auto operator<=>(const ChallengeKey&) const = default;
  };
  struct Challenge { Nonce nonce; std::uint64_t expires_ns; };
  using Challenges = std::map<ChallengeKey, Challenge>;
  struct Known {                                   // one proven peer
    std::uint64_t boot = 0;                        // highest ever proven
    Salt salt{};
    bool live = false;
    std::array<std::uint64_t, kLinksMax> confirm_sequence{};  // highest confirm believed: each only once
  };
  struct Heard {                                   // one frame whose tag was right
    FrameHeader header;
    Introduction peer;
    Nonce nonce;
    Nonce echo;
  };

  Reject read(std::uint8_t link_id, std::span<std::uint8_t> frame, Heard& heard) const;
  std::vector<std::uint8_t> write(FrameType type, std::uint16_t receiver_id, std::uint8_t link_id, std::uint64_t receiver_boot,
                                  const Nonce& nonce, const Nonce& echo);
  std::unique_ptr<Sealer> sealer(std::uint8_t key_id, const KeyContext& context) const;
  Challenges::iterator find_challenge(const Heard& heard, const LinkAddress& source, std::uint64_t now_ns);
  Nonce cookie(const Heard& heard, const LinkAddress& source, std::uint64_t period) const;
  bool cookie_matches(const Heard& heard, const LinkAddress& source, std::uint64_t now_ns) const;
  HandshakeOutcome prove(const Heard& heard);

  std::uint64_t cluster_id_;
  std::uint16_t node_id_;
  Introduction self_;
  std::shared_ptr<const KeyRing> ring_;
  bool plain_;
  std::array<std::uint8_t, kHandshakeSecretBytes> secret_;
  std::uint64_t sequence_ = 0;                     // of all handshake frames of this start: the nonce of their keys
  Challenges challenges_;
  std::unordered_map<std::uint16_t, Known> known_;
  std::size_t live_ = 0;
};

}  // namespace heartwire
