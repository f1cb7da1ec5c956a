// Frames to several nodes: what is encoded comes back at each receiver as its own, and nothing else is taken.
#include <gtest/gtest.h>

#include <string>

#include "core/message/multicast_frame.h"

namespace heartwire {
namespace {

std::span<const std::uint8_t> bytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

Fragment fragment(const std::string& payload, bool quiet = false) {
  Fragment fragment;
  fragment.payload = bytes(payload);
  fragment.quiet = quiet;
  return fragment;
}

struct Sample {
  Sample() {
    FragmentAck ack;
    ack.stream = 3;
    ack.next = 9;
    ack.window = 256;
    ack_bytes = encode_fragment_ack(ack, ack_buffer);
    const MulticastPlace first[] = {{10, 100}, {20, 101}}, second[] = {{11, 102}, {21, 103}};
    EXPECT_TRUE(packed.append(fragment(one), first, 1000));
    EXPECT_TRUE(packed.append(fragment(two, true), second, 1000));
    const MulticastReceiver receivers[] = {{5, 50, 1, {}}, {6, 60, 2, std::span(ack_buffer).first(ack_bytes)}};
    body.resize(1400);
    body.resize(encode_multicast_frame(true, receivers, packed, body));
  }
  const std::string one = "to both", two = "quietly";
  std::array<std::uint8_t, 64> ack_buffer{};
  std::size_t ack_bytes = 0;
  PackedMulticast packed;
  std::vector<std::uint8_t> body;
};

TEST(MulticastFrame, EachReceiverTakesItsOwnPlaces) {
  const Sample sample;
  MulticastFrame frame;
  ASSERT_TRUE(decode_multicast_frame(sample.body, 6, 60, frame));
  EXPECT_EQ(frame.own, 1);
  EXPECT_TRUE(frame.pressing && frame.acknowledges);
  EXPECT_EQ(frame.ack.next, 9u);
  std::span<const std::uint8_t> rest = frame.fragments;
  Fragment taken;
  ASSERT_TRUE(take_multicast_fragment(rest, frame, taken));
  EXPECT_EQ(taken.stream, 2u);
  EXPECT_EQ(taken.number, 20u);
  EXPECT_EQ(taken.message, 101u);
  EXPECT_EQ(std::string(taken.payload.begin(), taken.payload.end()), sample.one);
  ASSERT_TRUE(take_multicast_fragment(rest, frame, taken));
  EXPECT_EQ(taken.number, 21u);
  EXPECT_TRUE(taken.quiet);
  EXPECT_FALSE(take_multicast_fragment(rest, frame, taken));
  ASSERT_TRUE(decode_multicast_frame(sample.body, 5, 50, frame));
  EXPECT_FALSE(frame.acknowledges);
  rest = frame.fragments;
  ASSERT_TRUE(take_multicast_fragment(rest, frame, taken));
  EXPECT_EQ(taken.number, 10u);
}

TEST(MulticastFrame, IsForNobodyElseAndNoOtherStart) {
  const Sample sample;
  MulticastFrame frame;
  Fragment taken;
  for (const auto& [node, boot] : {std::pair{7, 50}, {5, 51}, {6, 50}}) {
    ASSERT_TRUE(decode_multicast_frame(sample.body, static_cast<std::uint16_t>(node), static_cast<std::uint64_t>(boot), frame));
    EXPECT_EQ(frame.own, -1);
    std::span<const std::uint8_t> rest = frame.fragments;
    EXPECT_FALSE(take_multicast_fragment(rest, frame, taken));
  }
}

TEST(MulticastFrame, NothingThatIsCutShortIsTaken) {
  const Sample sample;
  MulticastFrame frame;
  const std::size_t without_second = sample.body.size() - (kMulticastFragmentBytes + 2 * kMulticastPlaceBytes + sample.two.size());
  const std::size_t without_both = without_second - (kMulticastFragmentBytes + 2 * kMulticastPlaceBytes + sample.one.size());
  for (std::size_t length = 0; length < sample.body.size(); length++) {
    const bool whole = length == without_second || length == without_both;
    EXPECT_EQ(decode_multicast_frame(std::span(sample.body).first(length), 6, 60, frame), whole) << length;
  }
}

TEST(MulticastFrame, AReceiverNamedTwiceIsNone) {
  const MulticastReceiver twice[] = {{5, 50, 1, {}}, {5, 50, 1, {}}};
  std::vector<std::uint8_t> body(100);
  body.resize(encode_multicast_frame(false, twice, {}, body));
  MulticastFrame frame;
  EXPECT_FALSE(decode_multicast_frame(body, 5, 50, frame));
}

TEST(MulticastFrame, WithoutFragmentsItIsAQuestion) {
  const MulticastReceiver one[] = {{5, 50, 1, {}}};
  std::vector<std::uint8_t> body(100);
  body.resize(encode_multicast_frame(false, one, {}, body));
  MulticastFrame frame;
  ASSERT_TRUE(decode_multicast_frame(body, 5, 50, frame));
  EXPECT_EQ(frame.own, 0);
  EXPECT_TRUE(frame.fragments.empty());
}

TEST(MulticastFrame, PacksNoMoreThanItMay) {
  PackedMulticast packed;
  const MulticastPlace places[] = {{1, 1}, {1, 2}};
  const std::string payload(100, 'x');
  EXPECT_TRUE(packed.append(fragment(payload), places, 200));
  EXPECT_FALSE(packed.append(fragment(payload), places, 200));
  EXPECT_EQ(packed.bytes().size(), kMulticastFragmentBytes + 2 * kMulticastPlaceBytes + 100);
}

}  // namespace
}  // namespace heartwire
