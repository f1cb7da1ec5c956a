// Sealing and opening frames with AES-256-GCM from the OpenSSL that Node exports. One primitive for all
// frames: beats and ACKs are authenticated only (the whole frame is associated data, which is GMAC),
// announcements, handshakes and messages have their body encrypted too. Chosen over HMAC for beats since
// OpenSSL 3 allocates inside every HMAC, while re-keying a GCM context with a new nonce does not.
//
// One key for one direction of one path in one start of both ends: HKDF-SHA256(cluster key, info = version, key id, role,
// sender, receiver, link, sender boot, sender salt, receiver boot). Nonce = type and sequence, so a key never sees a nonce
// twice as long as the sender's sequence on a path only grows while its boot and the receiver's stay the same - also over a
// new session object or a rotation. A frame is sealed once and resent as the same bytes. Keys are wiped when the object dies.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/wire/frame.h"

namespace heartwire {

inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kClusterKeyBytesMin = 32;
inline constexpr std::size_t kClusterKeyBytesMax = 64;
using Salt = std::array<std::uint8_t, kSaltBytes>;

enum class KeyRole : std::uint8_t { beat_1 = 1, message = 3, guardian = 4, discovery = 5, hello = 6, multicast = 7 };

struct KeyContext {  // everything that a derived key is bound to
  KeyRole role{};
  std::uint16_t sender_id = 0;
  std::uint16_t receiver_id = 0;
  std::uint8_t link_id = 0;
  std::uint64_t sender_boot = 0;
  std::uint64_t receiver_boot = 0;
  Salt sender_salt{};
};

class KeyRing;  // core/wire/key_ring.h

// Body bytes that stay readable when the rest is encrypted: announcements and handshakes begin with the sender's
// salt, without which the receiver could not derive the key.
inline constexpr std::size_t clear_body_bytes(FrameType type) {
  const bool salted = type == FrameType::announce || type == FrameType::hello || type == FrameType::hello_reply ||
                      type == FrameType::hello_confirm;
  return salted ? kSaltBytes : 0;
}

// One derived key with its cipher context. Created off the beat thread (allocates); seal() and open()
// allocate nothing and take no lock.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // Completes the frame in `frame` (header and body already written, header.body_length set): encrypts
  // the body after its clear_body_bytes() if `encrypt`, writes the tag. Returns the frame's size, 0 when it does not fit.
  virtual std::size_t seal(std::span<std::uint8_t> frame, const FrameHeader& header, bool encrypt) = 0;
  // Checks the tag in constant time and decrypts in place if `encrypted`. False: nothing may be believed, and the
  // body may be garbage. `header` must be the one decoded from this frame.
  virtual bool open(std::span<std::uint8_t> frame, const FrameHeader& header, bool encrypted) = 0;
};

// Derives and builds. Null when the key id is unknown.
std::unique_ptr<Sealer> make_sealer(const KeyRing& ring, std::uint8_t key_id, const KeyContext& context);
// The loudly named option `authentication: none-insecure`: the tag is zero and is checked to be zero.
std::unique_ptr<Sealer> make_plain_sealer();

// The sealers of one peer in one start of both ends, for one role; index is the link id. Receiving takes
// any key id of the ring, hence two of them while keys rotate.
struct PeerSession {
  std::uint16_t peer_id = 0;
  std::uint64_t peer_boot = 0;
  std::uint8_t send_key_id = 0;
  struct Path {
    std::unique_ptr<Sealer> send;
    std::unique_ptr<Sealer> receive[2];
    std::uint8_t receive_key_id[2] = {0, 0};
  } paths[kLinksMax];
};

}  // namespace heartwire
