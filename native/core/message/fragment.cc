// See fragment.h for the layout.
#include "core/message/fragment.h"

#include "core/wire/bytes.h"

namespace heartwire {
namespace {

constexpr std::size_t kAckHeaderBytes = 14;
constexpr std::uint8_t kResetFlag = 1;
constexpr std::uint16_t kQuietFlag = 1;

}  // namespace

std::size_t encode_fragment(const Fragment& fragment, std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u32(fragment.stream);
  writer.u32(fragment.number);
  writer.u64(fragment.message);
  writer.u32(fragment.index);
  writer.u16(fragment.count);
  writer.u16(fragment.quiet ? kQuietFlag : 0);
  writer.bytes(fragment.payload);
  return writer.done();
}

bool decode_fragment(std::span<const std::uint8_t> body, Fragment& fragment) {
  ByteReader reader(body.first(body.size() < kFragmentHeaderBytes ? body.size() : kFragmentHeaderBytes));
  fragment.stream = reader.u32();
  fragment.number = reader.u32();
  fragment.message = reader.u64();
  fragment.index = reader.u32();
  fragment.count = reader.u16();
  const std::uint16_t flags = reader.u16();
  fragment.quiet = flags == kQuietFlag;
  reader.require(fragment.stream != 0 && fragment.message != 0);
  reader.require(fragment.index < fragment.count && flags <= kQuietFlag);
  if (!reader.done()) return false;
  fragment.payload = body.subspan(kFragmentHeaderBytes);
  return !fragment.payload.empty() || fragment.count == 1;
}

std::size_t encode_fragment_ack(const FragmentAck& ack, std::span<std::uint8_t> out) {
  std::size_t length = ack.bitmap.size();
  while (length > 0 && ack.bitmap[length - 1] == 0) length--;
  ByteWriter writer(out);
  writer.u32(ack.stream);
  writer.u32(ack.next);
  writer.u16(ack.window);
  writer.u16(ack.delay_us);
  writer.u8(ack.reset ? kResetFlag : 0);
  writer.u8(static_cast<std::uint8_t>(length));
  writer.bytes(std::span(ack.bitmap).first(length));
  return writer.done();
}

bool decode_fragment_ack(std::span<const std::uint8_t> body, FragmentAck& ack) {
  ByteReader reader(body);
  ack = FragmentAck{};
  ack.stream = reader.u32();
  ack.next = reader.u32();
  ack.window = reader.u16();
  ack.delay_us = reader.u16();
  const std::uint8_t flags = reader.u8();
  const std::size_t length = reader.u8();
  ack.reset = flags == kResetFlag;
  reader.require(ack.stream != 0 && flags <= kResetFlag && ack.window <= kReceiveWindow);
  if (!reader.good() || length > ack.bitmap.size() || body.size() != kAckHeaderBytes + length) return false;
  reader.bytes(std::span(ack.bitmap).first(length));
  reader.require(length == 0 || ack.bitmap[length - 1] != 0);  // one way to write it
  return reader.done();
}

}  // namespace heartwire
