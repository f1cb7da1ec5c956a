// The header's bytes, as frame.h lays them out. See there for the order of checks.
#include "core/wire/frame.h"

#include "core/wire/bytes.h"

namespace heartwire {
namespace {

static_assert(2 + 1 + 1 + 1 + 1 + 2 + 8 + 2 + 2 + 2 + 2 + 8 + 8 + 8 == kHeaderBytes);
static_assert(kFrameBytesMax <= UINT16_MAX);

bool known(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(FrameType::beat) && type <= static_cast<std::uint8_t>(FrameType::multicast_heard);
}

}  // namespace

void encode_header(const FrameHeader& header, std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u16(kFrameMagic);
  writer.u8(kFrameVersion);
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u8(header.key_id);
  writer.u8(header.link_id);
  writer.zeros(2);
  writer.u64(header.cluster_id);
  writer.u16(header.sender_id);
  writer.u16(header.receiver_id);
  writer.u16(header.body_length);
  writer.zeros(2);
  writer.u64(header.sender_boot);
  writer.u64(header.receiver_boot);
  writer.u64(header.sequence);
}

Reject decode_header(std::span<const std::uint8_t> frame, FrameHeader& header) {
  if (frame.size() < kHeaderBytes + kTagBytes) return Reject::length;
  ByteReader reader(frame.first(kHeaderBytes));
  if (reader.u16() != kFrameMagic) return Reject::magic;
  if (reader.u8() != kFrameVersion) return Reject::version;
  const std::uint8_t type = reader.u8();
  if (!known(type)) return Reject::type;
  header.type = static_cast<FrameType>(type);
  header.key_id = reader.u8();
  header.link_id = reader.u8();
  reader.zeros(2);
  header.cluster_id = reader.u64();
  header.sender_id = reader.u16();
  header.receiver_id = reader.u16();
  header.body_length = reader.u16();
  reader.zeros(2);
  header.sender_boot = reader.u64();
  header.receiver_boot = reader.u64();
  header.sequence = reader.u64();
  // A reserved field in use is a later version in all but name.
  if (!reader.done()) return Reject::version;
  if (header.body_length > kBodyBytesMax || frame_bytes(header) > frame.size()) return Reject::length;
  if (header.link_id >= kLinksMax) return Reject::link;
  return Reject::none;
}

}  // namespace heartwire
