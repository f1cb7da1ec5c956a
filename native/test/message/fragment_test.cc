// The bodies of reliable datagrams: exact both ways, and nothing half right is accepted.
#include <gtest/gtest.h>

#include <vector>

#include "core/message/fragment.h"

namespace heartwire {
namespace {

std::vector<std::uint8_t> encoded(const Fragment& fragment) {
  std::vector<std::uint8_t> body(kFragmentHeaderBytes + fragment.payload.size());
  EXPECT_EQ(encode_fragment(fragment, body), body.size());
  return body;
}

std::vector<std::uint8_t> encoded(const FragmentAck& ack) {
  std::vector<std::uint8_t> body(64);
  body.resize(encode_fragment_ack(ack, body));
  return body;
}

const std::vector<std::uint8_t> kPayload = {1, 2, 3, 4, 5};

Fragment sample() { return {0x01020304, 0xfffefdfc, 0x1112131415161718, 2, 9, kPayload}; }

TEST(FragmentBody, ComesBackAsItWent) {
  const std::vector<std::uint8_t> body = encoded(sample());
  Fragment back;
  ASSERT_TRUE(decode_fragment(body, back));
  EXPECT_EQ(back.stream, 0x01020304u);
  EXPECT_EQ(back.number, 0xfffefdfcu);
  EXPECT_EQ(back.message, 0x1112131415161718u);
  EXPECT_EQ(back.index, 2u);
  EXPECT_EQ(back.count, 9u);
  EXPECT_TRUE(std::equal(back.payload.begin(), back.payload.end(), kPayload.begin(), kPayload.end()));
  EXPECT_EQ(encoded(back), body);
}

TEST(FragmentBody, RefusesWhatContradictsItself) {
  Fragment back;
  const std::vector<std::uint8_t> body = encoded(sample());
  for (std::size_t bytes = 0; bytes < kFragmentHeaderBytes; bytes++) EXPECT_FALSE(decode_fragment(std::span(body).first(bytes), back));
  Fragment fragment = sample();
  fragment.index = fragment.count;
  EXPECT_FALSE(decode_fragment(encoded(fragment), back));
  fragment = sample();
  fragment.index = fragment.count = 0;
  EXPECT_FALSE(decode_fragment(encoded(fragment), back));
  std::vector<std::uint8_t> flagged = body;
  flagged[22] = 2;
  EXPECT_FALSE(decode_fragment(flagged, back)) << "an unknown flag";
  fragment = sample();
  fragment.stream = 0;
  EXPECT_FALSE(decode_fragment(encoded(fragment), back));
  fragment = sample();
  fragment.message = 0;
  EXPECT_FALSE(decode_fragment(encoded(fragment), back));
  fragment = sample();
  fragment.payload = {};
  EXPECT_FALSE(decode_fragment(encoded(fragment), back)) << "a part of several is never empty";
  fragment.index = 0;
  fragment.count = 1;
  EXPECT_TRUE(decode_fragment(encoded(fragment), back)) << "an empty message is one";
}

TEST(FragmentAckBody, ComesBackAsItWent) {
  FragmentAck ack;
  ack.stream = 7;
  ack.next = 0xffffffff;
  ack.window = kReceiveWindow;
  ack.reset = true;
  bitmap_set(ack, 0);
  bitmap_set(ack, 9);
  bitmap_set(ack, 200);
  const std::vector<std::uint8_t> body = encoded(ack);
  FragmentAck back;
  ASSERT_TRUE(decode_fragment_ack(body, back));
  EXPECT_EQ(back.stream, ack.stream);
  EXPECT_EQ(back.next, ack.next);
  EXPECT_EQ(back.window, ack.window);
  EXPECT_TRUE(back.reset);
  EXPECT_EQ(back.bitmap, ack.bitmap);
  EXPECT_EQ(encoded(back), body);
}

TEST(FragmentAckBody, RefusesWhatIsNotExact) {
  FragmentAck ack, back;
  ack.stream = 7;
  bitmap_set(ack, 3);
  const std::vector<std::uint8_t> good = encoded(ack);
  ASSERT_TRUE(decode_fragment_ack(good, back));
  for (std::size_t bytes = 0; bytes < good.size(); bytes++) EXPECT_FALSE(decode_fragment_ack(std::span(good).first(bytes), back));
  const auto with = [&good](std::size_t at, std::uint8_t value) {
    std::vector<std::uint8_t> body = good;
    body[at] = value;
    return body;
  };
  EXPECT_FALSE(decode_fragment_ack(with(0, 0), back)) << "no stream 0";
  EXPECT_FALSE(decode_fragment_ack(with(9, 2), back)) << "a window beyond the longest";
  EXPECT_FALSE(decode_fragment_ack(with(12, 2), back)) << "an unknown flag";
  EXPECT_FALSE(decode_fragment_ack(with(13, 2), back)) << "a bitmap longer than the body";
  EXPECT_FALSE(decode_fragment_ack(with(13, 0), back)) << "bytes left over";
  EXPECT_FALSE(decode_fragment_ack(with(13, 255), back)) << "a bitmap longer than any";
  EXPECT_FALSE(decode_fragment_ack(with(14, 0), back)) << "a bitmap with an empty end";
}

}  // namespace
}  // namespace heartwire
