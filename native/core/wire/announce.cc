// See announce.h. Body: salt 16 (clear) | payload.
#include "core/wire/announce.h"

#include <algorithm>

#include "core/wire/key_ring.h"

namespace heartwire {
namespace {

std::unique_ptr<Sealer> announce_sealer(const KeyRing* ring, const FrameHeader& header, const Salt& salt) {
  if (!ring) return header.key_id == 0 ? make_plain_sealer() : nullptr;
  return make_sealer(*ring, header.key_id, {KeyRole::discovery, header.sender_id, 0, header.link_id, header.sender_boot, 0, salt});
}

}  // namespace

std::vector<std::uint8_t> Announcer::seal(const KeyRing* ring, std::uint8_t link_id, std::span<const std::uint8_t> payload) {
  if (payload.size() > kAnnouncePayloadBytesMax) return {};
  FrameHeader header;
  header.type = FrameType::announce;
  header.key_id = ring ? ring->send_key_id() : 0;
  header.link_id = link_id;
  header.cluster_id = cluster_id_;
  header.sender_id = node_id_;
  header.body_length = static_cast<std::uint16_t>(kSaltBytes + payload.size());
  header.sender_boot = boot_;
  header.sequence = ++sequence_;
  std::vector<std::uint8_t> frame(frame_bytes(header));
  encode_header(header, frame);
  std::copy(salt_.begin(), salt_.end(), frame.begin() + kHeaderBytes);
  std::copy(payload.begin(), payload.end(), frame.begin() + kHeaderBytes + kSaltBytes);
  const auto sealer = announce_sealer(ring, header, salt_);
  if (!sealer || sealer->seal(frame, header, true) == 0) return {};
  return frame;
}

Reject open_announcement(std::uint64_t cluster_id, std::uint16_t node_id, const Salt& own_salt, const KeyRing* ring,
                         std::uint8_t link_id, std::span<std::uint8_t> frame, Announcement& announcement) {
  FrameHeader header;
  if (const Reject reason = decode_header(frame, header); reason != Reject::none) return reason;
  if (header.type != FrameType::announce) return Reject::type;
  if (header.cluster_id != cluster_id) return Reject::cluster;
  if (header.body_length < kSaltBytes) return Reject::length;
  if (header.sender_id == 0 || header.receiver_id != 0) return Reject::sender;
  if (header.link_id != link_id) return Reject::link;
  if (header.receiver_boot != 0) return Reject::boot;
  std::copy_n(frame.begin() + kHeaderBytes, kSaltBytes, announcement.salt.begin());
  if (header.sender_id == node_id && announcement.salt == own_salt) return Reject::sender;
  const auto sealer = announce_sealer(ring, header, announcement.salt);
  if (!sealer || !sealer->open(frame, header, true)) return Reject::tag;
  announcement.sender_id = header.sender_id;
  announcement.boot = header.sender_boot;
  announcement.sequence = header.sequence;
  announcement.payload = frame.subspan(kHeaderBytes + kSaltBytes, header.body_length - kSaltBytes);
  return Reject::none;
}

}  // namespace heartwire
