// See multicast_frame.h for the layout.
#include "core/message/multicast_frame.h"

#include "core/wire/bytes.h"

namespace heartwire {
namespace {

constexpr std::uint8_t kPressingFlag = 1;
constexpr std::uint16_t kQuietFlag = 1;
constexpr std::size_t kLengthBytes = 2;

// How long the first of `fragments` is behind its length; 0: they are not well formed.
std::size_t first_length(std::span<const std::uint8_t> fragments) {
  if (fragments.size() < kLengthBytes) return 0;
  const std::size_t length = fragments[0] | std::size_t{fragments[1]} << 8;
  return length <= fragments.size() - kLengthBytes ? length : 0;
}

// `own` -1: nobody's place is taken, only the form is checked.
bool decode_fragment_for(std::span<const std::uint8_t> bytes, std::uint8_t receivers, int own, Fragment& fragment) {
  const std::size_t head = kMulticastFragmentBytes - kLengthBytes + std::size_t{receivers} * kMulticastPlaceBytes;
  if (bytes.size() < head) return false;
  ByteReader reader(bytes.first(head));
  fragment.index = reader.u32();
  fragment.count = reader.u16();
  const std::uint16_t flags = reader.u16();
  fragment.quiet = flags == kQuietFlag;
  reader.require(fragment.index < fragment.count && flags <= kQuietFlag);
  for (int receiver = 0; receiver < receivers; receiver++) {
    const std::uint32_t number = reader.u32();
    const std::uint64_t message = reader.u64();
    reader.require(message != 0);
    if (receiver != own) continue;
    fragment.number = number;
    fragment.message = message;
  }
  if (!reader.done()) return false;
  fragment.payload = bytes.subspan(head);
  return !fragment.payload.empty() || fragment.count == 1;
}

}  // namespace

bool PackedMulticast::append(const Fragment& fragment, std::span<const MulticastPlace> places, std::size_t bytes_max) {
  const std::size_t length = kMulticastFragmentBytes + places.size() * kMulticastPlaceBytes + fragment.payload.size();
  const std::size_t begin = bytes_.size();
  if (begin != 0 && begin + length > bytes_max) return false;
  bytes_.resize(begin + length);
  ByteWriter writer{std::span(bytes_).subspan(begin)};
  writer.u16(static_cast<std::uint16_t>(length - kLengthBytes));
  writer.u32(fragment.index);
  writer.u16(fragment.count);
  writer.u16(fragment.quiet ? kQuietFlag : 0);
  for (const MulticastPlace& place : places) {
    writer.u32(place.number);
    writer.u64(place.message);
  }
  writer.bytes(fragment.payload);
  return true;
}

std::size_t encode_multicast_frame(bool pressing, std::span<const MulticastReceiver> receivers, const PackedMulticast& packed,
                                   std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u8(pressing ? kPressingFlag : 0);
  writer.u8(static_cast<std::uint8_t>(receivers.size()));
  for (const MulticastReceiver& receiver : receivers) {
    writer.u16(receiver.node);
    writer.u64(receiver.boot);
    writer.u32(receiver.stream);
    writer.u8(static_cast<std::uint8_t>(receiver.ack.size()));
    writer.bytes(receiver.ack);
  }
  writer.bytes(packed.bytes());
  return writer.done();
}

bool decode_multicast_frame(std::span<const std::uint8_t> body, std::uint16_t node, std::uint64_t boot, MulticastFrame& frame) {
  if (body.size() < kMulticastPrefixBytes || body[0] > kPressingFlag || body[1] == 0) return false;
  frame = MulticastFrame{};
  frame.pressing = body[0] == kPressingFlag;
  frame.receivers = body[1];
  std::span<const std::uint8_t> rest = body.subspan(kMulticastPrefixBytes);
  for (int receiver = 0; receiver < frame.receivers; receiver++) {
    if (rest.size() < kMulticastReceiverBytes) return false;
    ByteReader reader(rest.first(kMulticastReceiverBytes));
    const std::uint16_t named = reader.u16();
    const bool ours = reader.u64() == boot && named == node;
    const std::uint32_t stream = reader.u32();
    const std::size_t ack_bytes = reader.u8();
    rest = rest.subspan(kMulticastReceiverBytes);
    FragmentAck ack;
    if (stream == 0 || ack_bytes > rest.size()) return false;
    if (ack_bytes != 0 && !decode_fragment_ack(rest.first(ack_bytes), ack)) return false;
    rest = rest.subspan(ack_bytes);
    if (!ours) continue;
    if (frame.own >= 0) return false;
    frame.own = receiver;
    frame.stream = stream;
    frame.acknowledges = ack_bytes != 0;
    frame.ack = ack;
  }
  frame.fragments = rest;
  Fragment fragment;
  while (!rest.empty()) {
    const std::size_t length = first_length(rest);
    if (length == 0 || !decode_fragment_for(rest.subspan(kLengthBytes, length), frame.receivers, -1, fragment)) return false;
    rest = rest.subspan(kLengthBytes + length);
  }
  return true;
}

bool take_multicast_fragment(std::span<const std::uint8_t>& fragments, const MulticastFrame& frame, Fragment& fragment) {
  const std::size_t length = first_length(fragments);
  if (length == 0 || frame.own < 0 || !decode_fragment_for(fragments.subspan(kLengthBytes, length), frame.receivers, frame.own, fragment)) return false;
  fragment.stream = frame.stream;
  fragments = fragments.subspan(kLengthBytes + length);
  return true;
}

}  // namespace heartwire
