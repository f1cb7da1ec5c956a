// The header: every field survives, every wrong one is refused for the right reason, and lengths that lie
// are caught before they are used.
#include <gtest/gtest.h>

#include "test/wire/samples.h"

namespace heartwire {
namespace {

using samples::Bytes;

Bytes sample() {
  FrameHeader header = samples::header();
  return samples::frame_of(header, samples::counting(20, 1));
}

Reject decode(std::span<const std::uint8_t> frame) {
  FrameHeader header;
  return decode_header(frame, header);
}

void set_u16(Bytes& frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::uint8_t>(value);
  frame[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

TEST(Frame, LayoutIsLittleEndianAtTheDocumentedOffsets) {
  const Bytes frame = sample();
  const Bytes expected = {
      0x48, 0x57, 1, 1, 7, 2, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
      0x02, 0x01, 0x04, 0x03, 20, 0, 0, 0, 0xa8, 0xa7, 0xa6, 0xa5, 0xa4, 0xa3, 0xa2, 0xa1,
      0xb8, 0xb7, 0xb6, 0xb5, 0xb4, 0xb3, 0xb2, 0xb1, 0xc8, 0xc7, 0xc6, 0xc5, 0xc4, 0xc3, 0xc2, 0xc1};
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + kHeaderBytes), expected);
}

TEST(Frame, EveryTypeAndFieldSurvives) {
  for (std::uint8_t type = 1; type <= 9; type++) {
    FrameHeader header = samples::header(static_cast<FrameType>(type));
    const Bytes frame = samples::frame_of(header, {});
    FrameHeader decoded;
    ASSERT_EQ(decode_header(frame, decoded), Reject::none);
    Bytes again(kHeaderBytes);
    encode_header(decoded, again);
    EXPECT_EQ(again, Bytes(frame.begin(), frame.begin() + kHeaderBytes));
    EXPECT_EQ(decoded.type, header.type);
    EXPECT_EQ(decoded.sequence, header.sequence);
  }
}

TEST(Frame, TruncatedAtEveryLengthIsRefused) {
  const Bytes frame = sample();
  for (std::size_t length = 0; length < frame.size(); length++)
    EXPECT_EQ(decode(std::span(frame).first(length)), Reject::length) << length;
}

TEST(Frame, TrailingPaddingIsNotPartOfTheFrame) {
  Bytes frame = sample();
  const std::size_t size = frame.size();
  frame.resize(size + 46, 0xee);
  FrameHeader header;
  ASSERT_EQ(decode_header(frame, header), Reject::none);
  EXPECT_EQ(frame_bytes(header), size);
}

TEST(Frame, ABodyLengthThatLiesIsRefused) {
  Bytes frame = sample();
  for (const unsigned lie : {21u, 1407u, 1408u, 1409u, 0x7fffu, 0xffb0u, 0xffffu}) {
    set_u16(frame, 20, lie);
    EXPECT_EQ(decode(frame), Reject::length) << lie;
  }
  Bytes large(70000);
  std::copy(frame.begin(), frame.end(), large.begin());
  set_u16(large, 20, kBodyBytesMax);
  EXPECT_EQ(decode(large), Reject::none);
  set_u16(large, 20, kBodyBytesMax + 1);
  EXPECT_EQ(decode(large), Reject::length);
}

TEST(Frame, EachWrongFieldHasItsReason) {
  const struct { std::size_t at; std::uint8_t value; Reject reason; } cases[] = {
      {0, 0, Reject::magic}, {1, 0, Reject::magic}, {2, 0, Reject::version}, {2, 2, Reject::version},
      {3, 0, Reject::type}, {3, 15, Reject::type}, {3, 255, Reject::type}, {5, 8, Reject::link},
      {5, 255, Reject::link}, {6, 1, Reject::version}, {7, 0x80, Reject::version}, {22, 1, Reject::version}, {23, 1, Reject::version}};
  for (const auto& [at, value, reason] : cases) {
    Bytes frame = sample();
    frame[at] = value;
    EXPECT_EQ(decode(frame), reason) << at;
  }
}

}  // namespace
}  // namespace heartwire
