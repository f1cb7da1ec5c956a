// See stream_frame.h for the layout.
#include "core/message/stream_frame.h"

#include "core/wire/bytes.h"

namespace heartwire {
namespace {

constexpr std::uint8_t kPressingFlag = 1;

// How long the first of `fragments` is; 0: they are not well formed.
std::size_t first_length(std::span<const std::uint8_t> fragments) {
  if (fragments.size() < kFragmentLengthBytes) return 0;
  const std::size_t length = fragments[0] | std::size_t{fragments[1]} << 8;
  return length <= fragments.size() - kFragmentLengthBytes ? length : 0;
}

}  // namespace

bool PackedFragments::append(const Fragment& fragment, std::size_t bytes_max) {
  const std::size_t length = kFragmentHeaderBytes + fragment.payload.size();
  const std::size_t begin = bytes_.size(), end = begin + kFragmentLengthBytes + length;
  if (begin != 0 && kStreamPrefixBytes + end > bytes_max) return false;
  bytes_.resize(end);
  bytes_[begin] = static_cast<std::uint8_t>(length);
  bytes_[begin + 1] = static_cast<std::uint8_t>(length >> 8);
  encode_fragment(fragment, std::span(bytes_).subspan(begin + kFragmentLengthBytes));
  return true;
}

std::size_t encode_stream_frame(bool pressing, std::span<const std::uint8_t> ack, const PackedFragments& packed, std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u8(pressing ? kPressingFlag : 0);
  writer.u8(static_cast<std::uint8_t>(ack.size()));
  writer.bytes(ack);
  writer.bytes(packed.bytes());
  return writer.done();
}

bool decode_stream_frame(std::span<const std::uint8_t> body, StreamFrame& frame) {
  if (body.size() < kStreamPrefixBytes || body[0] > kPressingFlag) return false;
  frame.pressing = body[0] == kPressingFlag;
  const std::size_t ack_bytes = body[1];
  frame.acknowledges = ack_bytes != 0;
  if (ack_bytes > body.size() - kStreamPrefixBytes) return false;
  if (frame.acknowledges && !decode_fragment_ack(body.subspan(kStreamPrefixBytes, ack_bytes), frame.ack)) return false;
  frame.fragments = body.subspan(kStreamPrefixBytes + ack_bytes);
  std::span<const std::uint8_t> rest = frame.fragments;
  Fragment fragment;
  do {
    if (!take_fragment(rest, fragment)) return false;
  } while (!rest.empty());
  return true;
}

bool take_fragment(std::span<const std::uint8_t>& fragments, Fragment& fragment) {
  const std::size_t length = first_length(fragments);
  if (!decode_fragment(fragments.subspan(fragments.empty() ? 0 : kFragmentLengthBytes, length), fragment)) return false;
  fragments = fragments.subspan(kFragmentLengthBytes + length);
  return true;
}

}  // namespace heartwire
