// What one turn says to a node goes in one datagram, and an acknowledgement rides with it: the body is exact both ways, and
// between two engines the datagrams are counted.
#include <gtest/gtest.h>

#include <vector>

#include "core/message/stream_frame.h"
#include "test/message/fleet.h"

namespace heartwire {
namespace {

using fleet::Fleet;
using fleet::kMs;
using fleet::Node;

const std::vector<std::uint8_t> kPayload = {1, 2, 3, 4, 5};

Fragment fragment(std::uint32_t number) { return {1, number, number + 1, 0, 1, kPayload, number == 1}; }

std::vector<std::uint8_t> encoded(bool pressing, std::span<const std::uint8_t> ack, const PackedFragments& packed) {
  std::vector<std::uint8_t> body(2000);
  body.resize(encode_stream_frame(pressing, ack, packed, body));
  return body;
}

std::vector<std::uint8_t> some_ack() {
  FragmentAck ack;
  ack.stream = 7;
  ack.next = 9;
  ack.window = 100;
  ack.delay_us = 1234;
  bitmap_set(ack, 3);
  std::vector<std::uint8_t> bytes(64);
  bytes.resize(encode_fragment_ack(ack, bytes));
  return bytes;
}

TEST(StreamFrameBody, ComesBackAsItWent) {
  PackedFragments packed;
  for (std::uint32_t number = 0; number < 3; number++) ASSERT_TRUE(packed.append(fragment(number), 1200));
  const std::vector<std::uint8_t> body = encoded(true, some_ack(), packed);
  StreamFrame frame;
  ASSERT_TRUE(decode_stream_frame(body, frame));
  EXPECT_TRUE(frame.pressing);
  ASSERT_TRUE(frame.acknowledges);
  EXPECT_EQ(frame.ack.next, 9u);
  EXPECT_EQ(frame.ack.delay_us, 1234u);
  Fragment back;
  for (std::uint32_t number = 0; number < 3; number++) {
    ASSERT_TRUE(take_fragment(frame.fragments, back));
    EXPECT_EQ(back.number, number);
    EXPECT_EQ(back.quiet, number == 1);
    EXPECT_TRUE(std::equal(back.payload.begin(), back.payload.end(), kPayload.begin(), kPayload.end()));
  }
  EXPECT_FALSE(take_fragment(frame.fragments, back));
}

TEST(StreamFrameBody, RefusesWhatIsNotExact) {
  PackedFragments packed;
  packed.append(fragment(0), 1200);
  packed.append(fragment(1), 1200);
  const std::vector<std::uint8_t> ack = some_ack(), body = encoded(false, ack, packed);
  StreamFrame frame;
  ASSERT_TRUE(decode_stream_frame(body, frame));
  const std::size_t whole_first = body.size() - kFragmentLengthBytes - kFragmentHeaderBytes - kPayload.size();
  for (std::size_t bytes = 0; bytes < body.size(); bytes++) {
    EXPECT_EQ(decode_stream_frame(std::span(body).first(bytes), frame), bytes == whole_first) << bytes << " bytes";
  }
  const auto with = [&body](std::size_t at, std::uint8_t value) {
    std::vector<std::uint8_t> changed = body;
    changed[at] = value;
    return changed;
  };
  EXPECT_FALSE(decode_stream_frame(with(0, 2), frame)) << "an unknown flag";
  EXPECT_FALSE(decode_stream_frame(with(1, 255), frame)) << "an acknowledgement longer than the body";
  EXPECT_FALSE(decode_stream_frame(with(1, 1), frame)) << "an acknowledgement that is none";
  EXPECT_FALSE(decode_stream_frame(with(2, 0), frame)) << "an acknowledgement of stream 0";
  const std::size_t first = kStreamPrefixBytes + ack.size();
  EXPECT_FALSE(decode_stream_frame(with(first, 0), frame)) << "a fragment of no length";
  EXPECT_FALSE(decode_stream_frame(with(first + 1, 255), frame)) << "a fragment longer than the body";
  EXPECT_FALSE(decode_stream_frame(encoded(false, ack, PackedFragments{}), frame)) << "no fragment";
}

TEST(StreamFrameBody, TakesNoMoreThanFits) {
  PackedFragments packed;
  const std::size_t bytes_max = kStreamOverheadBytes + kPayload.size() + kFragmentLengthBytes + kFragmentHeaderBytes + kPayload.size();
  EXPECT_TRUE(packed.append(fragment(0), bytes_max));
  EXPECT_TRUE(packed.append(fragment(1), bytes_max));
  EXPECT_FALSE(packed.append(fragment(2), bytes_max));
  EXPECT_EQ(encoded(false, {}, packed).size(), bytes_max);
  packed.clear();
  EXPECT_TRUE(packed.append(fragment(2), 10)) << "the first one always: it was cut when more was allowed";
}

struct Pair {
  explicit Pair(int links) : fleet(1, links), a(fleet.add({})), b(fleet.add(second())) {
    fleet.announce_all("x");
    fleet.run_for(100 * kMs);
    a.say(2, 10);  // the round trip is known
    b.say(1, 10);
    fleet.run_for(100 * kMs);
    fleet.record = &crossings;
  }
  static fleet::NodeSettings second() {
    fleet::NodeSettings settings;
    settings.node_id = 2;
    return settings;
  }
  std::size_t of(FrameType type) const {
    std::size_t found = 0;
    for (const fleet::Crossing& crossing : crossings) {
      FrameHeader header;
      if (decode_header(crossing.frame, header) == Reject::none && header.type == type) found++;
    }
    return found;
  }
  std::vector<fleet::Crossing> crossings;
  Fleet fleet;
  Node &a, &b;
};

TEST(StreamFrame, WhatIsSaidInOneTurnGoesInOneDatagramOverEachNetwork) {
  Pair pair(2);
  for (int i = 0; i < 5; i++) pair.a.say(2, 100);
  pair.fleet.run_for(kMs);
  EXPECT_EQ(pair.of(FrameType::fragments), 2u);
  EXPECT_EQ(pair.b.received_ids(1).size(), 6u);
}

TEST(StreamFrame, AMessageIsQuietWhereItsSenderSaysSo) {
  Pair pair(2);
  pair.a.engine->send(2, ++pair.a.last_id, std::vector<std::uint8_t>(5'000), pair.fleet.now_ns, true);
  pair.a.say(2, 100);
  pair.fleet.run_for(kMs);
  const std::vector<MessageNotice> heard = pair.b.of(MessageNotice::Kind::message);
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_TRUE(heard[1].quiet);
  EXPECT_FALSE(heard[2].quiet);
}

void say_quietly(Pair& pair) {
  pair.a.engine->send(2, ++pair.a.last_id, std::vector<std::uint8_t>(100), pair.fleet.now_ns, true);
  pair.fleet.run_for(kMs);
}

TEST(StreamFrame, QuietMessagesWaitForCompany) {
  Pair pair(2);
  for (int i = 0; i < 3; i++) say_quietly(pair);
  EXPECT_EQ(pair.of(FrameType::fragments), 0u);
  pair.a.say(2, 100);
  pair.fleet.run_for(kMs);
  EXPECT_EQ(pair.of(FrameType::fragments), 2u) << "all in one, over each network";
  EXPECT_EQ(pair.b.received_ids(1).size(), 5u);
}

TEST(StreamFrame, QuietMessagesThatFindNoneGoTogetherInTime) {
  Pair pair(2);
  for (int i = 0; i < 4; i++) say_quietly(pair);
  EXPECT_EQ(pair.of(FrameType::fragments), 0u);
  pair.fleet.run_for(kQuietHoldNs - 3 * kMs);
  EXPECT_EQ(pair.of(FrameType::fragments), 2u);
  EXPECT_EQ(pair.b.received_ids(1).size(), 5u);
}

TEST(StreamFrame, AnAcknowledgementRidesWithTheAnswer) {
  Pair pair(2);
  pair.a.say(2, 100);
  pair.fleet.run_for(kMs / 2);
  pair.b.say(1, 100);
  pair.fleet.run_for(kMs / 2);
  EXPECT_EQ(pair.of(FrameType::fragments), 4u);
  EXPECT_EQ(pair.of(FrameType::fragment_ack), 0u);
  EXPECT_EQ(pair.a.of(MessageNotice::Kind::delivered).size(), 2u) << "the second one by what b said";
}

TEST(StreamFrame, AnAcknowledgementThatFindsNoneGoesAloneInTime) {
  Pair pair(2);
  pair.a.say(2, 100);
  pair.fleet.run_for(kAckHoldNs);
  EXPECT_EQ(pair.of(FrameType::fragment_ack), 0u);
  pair.fleet.run_for(kMs);
  EXPECT_EQ(pair.of(FrameType::fragment_ack), 2u) << "one over each network that brought it";
  EXPECT_EQ(pair.a.of(MessageNotice::Kind::delivered).size(), 2u);
  EXPECT_EQ(pair.of(FrameType::fragments), 2u) << "nothing was sent again";
}

TEST(StreamFrame, ASenderWhoseWindowFillsIsAnsweredAtOnce) {
  Pair pair(1);
  for (int i = 0; i < 64; i++) pair.a.say(2, 1'000);
  pair.fleet.run_for(kMs);
  EXPECT_EQ(pair.b.received_ids(1).size(), 65u) << "twice the window, in less than a hold";
}

}  // namespace
}  // namespace heartwire
