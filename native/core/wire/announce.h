// Discovery broadcasts: sealed for everybody who has the cluster's key, before there is any session. The
// sender's salt stands in clear in the body, since the receiver derives the key from it; the payload is encrypted.
// An announcement proves only that it was written once by a member. That it is no recording follows from the
// sender's living session: believe the payload only if boot and salt are those of a handshake.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/wire/frame.h"
#include "core/wire/seal.h"

namespace heartwire {

class KeyRing;
inline constexpr std::size_t kAnnouncePayloadBytesMax = kBodyBytesMax - kSaltBytes;

class Announcer {
 public:
  // Boot and salt are those of the Introduction. One announcer for each salt: its sequence is the nonce.
  Announcer(std::uint64_t cluster_id, std::uint16_t node_id, std::uint64_t boot, const Salt& salt)
      : cluster_id_(cluster_id), node_id_(node_id), boot_(boot), salt_(salt) {}
  // One frame for everybody on this link; `ring` null: plain. Empty when the payload is longer than
  // kAnnouncePayloadBytesMax.
  std::vector<std::uint8_t> seal(const KeyRing* ring, std::uint8_t link_id, std::span<const std::uint8_t> payload);

 private:
  std::uint64_t cluster_id_;
  std::uint16_t node_id_;
  std::uint64_t boot_;
  Salt salt_;
  std::uint64_t sequence_ = 0;
};

struct Announcement {
  std::uint16_t sender_id = 0;
  std::uint64_t boot = 0;
  std::uint64_t sequence = 0;                // higher is newer, within a boot
  Salt salt{};
  std::span<const std::uint8_t> payload;     // lies in the frame
};

// Opens in place. Our own (same id and salt) is Reject::sender; another node with our id is not.
Reject open_announcement(std::uint64_t cluster_id, std::uint16_t node_id, const Salt& own_salt, const KeyRing* ring,
                         std::uint8_t link_id, std::span<std::uint8_t> frame, Announcement& announcement);

}  // namespace heartwire
