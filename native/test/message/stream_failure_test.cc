// What reliable datagrams do when they cannot: refuse, give up, begin anew, and never deliver half, twice or out of order.
#include <gtest/gtest.h>

#include <algorithm>

#include "test/message/stream_world.h"

namespace heartwire::stream_world {
namespace {

void silence_all(World& world, bool silent, int side = 0) {
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) world.silence(side, link_id, silent);
}

TEST(StreamFailure, GivesUpAfterItsTimeAndLaterMessagesFlow) {
  World world(2);
  silence_all(world, true);
  const std::uint64_t start_ns = world.now_ns;
  world.a.sender.submit(1, World::message(1, 50'000), world.now_ns);
  world.run_for(1000 * kMs);
  world.a.sender.submit(2, World::message(2, 100), world.now_ns);
  world.run_until(start_ns + 4'999 * kMs);
  EXPECT_TRUE(world.a.given_up.empty());
  world.run_until(start_ns + 5'001 * kMs);
  EXPECT_EQ(world.a.given_up, std::vector<std::uint64_t>{1});
  EXPECT_EQ(world.a.sender.stream(), 2u);
  silence_all(world, false);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  EXPECT_EQ(world.b.received_ids, std::vector<std::uint64_t>{2});
  EXPECT_EQ(world.b.receiver.kept_bytes(), 0u);
}

TEST(StreamFailure, APeerThatWasGivenUpIsAskedWithOneFragmentAtATime) {
  World world(12);
  silence_all(world, true);
  world.a.sender.submit(1, World::message(1, 100), world.now_ns);
  world.run_for(1000 * kMs);
  for (std::uint64_t id = 2; id <= 100; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  EXPECT_EQ(world.a.sender.in_flight(), 32u);
  world.run_for(4'010 * kMs);
  EXPECT_EQ(world.a.given_up.size(), 1u);
  EXPECT_EQ(world.a.sender.in_flight(), 1u);
  silence_all(world, false);
  ASSERT_TRUE(world.run_until_idle(500 * kMs));
  EXPECT_EQ(world.b.received_ids.size(), 99u);
}

TEST(StreamFailure, AHalfReceivedMessageIsNeverDelivered) {
  World world(3);
  world.a.sender.submit(1, World::message(1, 400'000), world.now_ns);
  world.run_for(kMs);
  EXPECT_GT(world.b.receiver.kept_bytes(), 0u);
  silence_all(world, true);
  world.run_for(5'100 * kMs);
  EXPECT_EQ(world.a.given_up, std::vector<std::uint64_t>{1});
  silence_all(world, false);
  world.a.sender.submit(2, World::message(2, 200'000), world.now_ns);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  EXPECT_EQ(world.b.received_ids, std::vector<std::uint64_t>{2});
  EXPECT_EQ(world.b.received[2], World::message(2, 200'000));
}

TEST(StreamFailure, WhatArrivedUnacknowledgedIsNotDeliveredAgain) {
  World world(4);
  silence_all(world, true, 1);  // all arrives, no acknowledgement comes back
  world.a.sender.submit(1, World::message(1, 100), world.now_ns);
  world.run_for(1000 * kMs);
  for (std::uint64_t id = 2; id <= 10; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  world.run_for(4'010 * kMs);
  EXPECT_EQ(world.a.given_up, std::vector<std::uint64_t>{1});
  silence_all(world, false, 1);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  EXPECT_EQ(world.b.received_ids, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(world.a.given_up.size(), 1u);
}

TEST(StreamFailure, OutagesLongerAndShorterThanTheTimeKeepOrderAndNeverRepeat) {
  for (std::uint64_t seed = 1; seed <= 30; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    MessageParameters parameters;
    parameters.retry_time_max_ms = 200;
    World world(seed, 2, parameters);
    world.set_all(0.2, 0.1, kMs);
    std::mt19937_64 random(seed);
    for (std::uint64_t id = 1; id <= 300; id++) {
      if (random() % 20 == 0) silence_all(world, random() % 2 == 0, static_cast<int>(random() % 2));
      world.a.sender.submit(id, World::message(id, random() % 4000), world.now_ns);
      world.run_for(random() % 20 * kMs);
    }
    silence_all(world, false, 0);
    silence_all(world, false, 1);
    ASSERT_TRUE(world.run_until_idle(5'000 * kMs));
    const std::vector<std::uint64_t>& got = world.b.received_ids;
    ASSERT_TRUE(std::is_sorted(got.begin(), got.end()));
    ASSERT_EQ(std::adjacent_find(got.begin(), got.end()), got.end());
    EXPECT_EQ(world.a.delivered_at_ns.size() + world.a.given_up.size(), 300u);
    for (const auto& [id, at_ns] : world.a.delivered_at_ns) ASSERT_EQ(world.b.received.count(id), 1u) << id;
  }
}

TEST(StreamFailure, FailAllReportsEverythingAndTheNextMessageFlows) {
  World world(5);
  silence_all(world, true);
  for (std::uint64_t id = 1; id <= 50; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  world.a.sender.fail_all();
  EXPECT_EQ(world.a.given_up.size(), 50u);
  EXPECT_EQ(world.a.sender.queued(), 0u);
  EXPECT_EQ(world.a.sender.next_deadline_ns(), UINT64_MAX);
  silence_all(world, false);
  world.a.sender.submit(51, World::message(51, 100), world.now_ns);
  ASSERT_TRUE(world.run_until_idle(100 * kMs));
  EXPECT_EQ(world.b.received_ids, std::vector<std::uint64_t>{51});
}

TEST(StreamFailure, AReceiverThatForgotAsksForANewStreamAndNothingIsLostOrRepeated) {
  World world(6);
  for (std::uint64_t id = 1; id <= 20; id++) world.a.sender.submit(id, World::message(id, 10'000), world.now_ns);
  while (world.b.received_ids.size() < 7) world.run_for(10'000);
  world.b.receiver.close();
  EXPECT_EQ(world.b.receiver.kept_bytes(), 0u);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  ASSERT_EQ(world.b.received_ids.size(), 20u);
  for (std::uint64_t id = 1; id <= 20; id++) EXPECT_EQ(world.b.received_ids[id - 1], id);
  EXPECT_EQ(world.a.sender.stream(), 2u);
}

TEST(StreamFailure, AReceiverWithoutRoomHoldsTheSenderBack) {
  World world(7);
  world.b.room = false;
  for (std::uint64_t id = 1; id <= 100; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  world.run_for(500 * kMs);
  EXPECT_TRUE(world.b.received_ids.empty());
  world.b.room = true;
  ASSERT_TRUE(world.run_until_idle(500 * kMs));
  EXPECT_EQ(world.b.received_ids.size(), 100u);
}

TEST(StreamFailure, ParametersApplyAtOnce) {
  World world(8);
  silence_all(world, true);
  for (std::uint64_t id = 1; id <= 100; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  EXPECT_EQ(world.a.sender.in_flight(), 32u);
  MessageParameters parameters;
  parameters.send_window = 64;
  world.a.sender.set_parameters(parameters);
  world.a.sender.tick(world.now_ns);
  EXPECT_EQ(world.a.sender.in_flight(), 64u);
  parameters.retry_time_max_ms = 100;
  world.a.sender.set_parameters(parameters);
  world.run_for(101 * kMs);
  EXPECT_EQ(world.a.given_up.size(), 100u);
}

// P2: each while it runs. What is in flight beyond a smaller window stays; nothing is added until it is below.
TEST(StreamFailure, ASmallerWindowHoldsWhatIsNew) {
  World world(11);
  silence_all(world, true);
  for (std::uint64_t id = 1; id <= 40; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  ASSERT_EQ(world.a.sender.in_flight(), 32u);
  MessageParameters parameters;
  parameters.send_window = 4;
  world.a.sender.set_parameters(parameters);
  EXPECT_EQ(world.a.sender.in_flight(), 32u);
  silence_all(world, false);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  for (std::uint64_t id = 41; id <= 80; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  EXPECT_EQ(world.a.sender.in_flight(), 4u);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  EXPECT_EQ(world.b.received_ids.size(), 80u);
}

TEST(StreamFailure, TheRetryTimerSaysWhenTheFirstResendComes) {
  for (const std::uint32_t retry_timer_us : {5'000u, 200'000u}) {
    World world(12);
    silence_all(world, true);
    MessageParameters parameters;
    parameters.retry_timer_us = retry_timer_us;
    world.a.sender.set_parameters(parameters);
    world.a.sender.submit(1, World::message(1, 100), world.now_ns);
    world.run_for(std::uint64_t{retry_timer_us} * 1000 - kMs);
    EXPECT_EQ(world.a.sender.resent(), 0u) << retry_timer_us;
    world.run_for(2 * kMs);
    EXPECT_EQ(world.a.sender.resent(), 1u) << retry_timer_us;
  }
}

TEST(StreamFailure, WhatWasAcceptedIsSentThoughTheThresholdFalls) {
  World world(13);
  silence_all(world, true);
  for (std::uint64_t id = 1; id <= 10; id++) world.a.sender.submit(id, World::message(id, 10), world.now_ns);
  MessageParameters parameters;
  parameters.queue_overflow_threshold = 5;
  world.a.sender.set_parameters(parameters);
  world.a.sender.submit(11, World::message(11, 10), world.now_ns);
  silence_all(world, false);
  ASSERT_TRUE(world.run_until_idle(1'000 * kMs));
  EXPECT_EQ(world.b.received_ids.size(), 11u);
}

TEST(StreamFailure, AMessageBegunWithLongFragmentsGoesOnWithThem) {
  World world(9);
  world.set_all(0.2, 0, kMs);
  world.a.sender.submit(1, World::message(1, 100'000), world.now_ns);
  world.run_for(kMs);
  MessageParameters parameters;
  parameters.fragment_bytes_max = 256;
  world.a.sender.set_parameters(parameters);
  world.a.sender.submit(2, World::message(2, 100'000), world.now_ns);
  ASSERT_TRUE(world.run_until_idle(5'000 * kMs));
  EXPECT_EQ(world.b.received[1], World::message(1, 100'000));
  EXPECT_EQ(world.b.received[2], World::message(2, 100'000));
}

TEST(StreamFailure, WaitsForAPath) {
  World world(10, 0);
  world.a.sender.submit(1, World::message(1, 100), world.now_ns);
  world.run_for(1'000 * kMs);
  world.a.sender.set_usable(0b10, world.now_ns);
  world.run_for(kMs);
  EXPECT_EQ(world.b.received_ids, std::vector<std::uint64_t>{1});
}

// ---- what comes in is compared before it is used -----------------------------------------------------------

TEST(StreamForgery, AcknowledgementsOfWhatWasNeverSentChangeNothing) {
  World world(11);
  silence_all(world, true);
  for (std::uint64_t id = 1; id <= 3; id++) world.a.sender.submit(id, World::message(id, 100), world.now_ns);
  FragmentAck ack;
  ack.stream = 1;
  ack.window = 256;
  for (const std::uint32_t next : {4u, 5u, 256u, 0x80000000u, 0xffffffffu}) {
    ack.next = next;
    EXPECT_FALSE(world.a.sender.on_ack(ack, 0, world.now_ns)) << next;
  }
  ack.next = 0;
  bitmap_set(ack, 2);  // fragment 3
  EXPECT_FALSE(world.a.sender.on_ack(ack, 0, world.now_ns));
  ack.next = 2;
  ack.bitmap = {};
  bitmap_set(ack, 0);  // fragment 3 again
  EXPECT_FALSE(world.a.sender.on_ack(ack, 0, world.now_ns));
  ack.bitmap = {};
  for (const std::uint32_t stream : {2u, 0xffffffffu}) {
    ack.stream = stream;
    ack.reset = stream == 2;
    EXPECT_FALSE(world.a.sender.on_ack(ack, 0, world.now_ns));
  }
  EXPECT_EQ(world.a.sender.in_flight(), 3u);
  EXPECT_TRUE(world.a.delivered_at_ns.empty());
  ack = FragmentAck{};
  ack.stream = 1;
  ack.next = 3;
  ack.window = 256;
  EXPECT_TRUE(world.a.sender.on_ack(ack, 0, world.now_ns));
  EXPECT_EQ(world.a.delivered_at_ns.size(), 3u);
  ack.next = 2;
  EXPECT_FALSE(world.a.sender.on_ack(ack, 0, world.now_ns)) << "stale";
}

struct Receiving {
  ReliableReceiver receiver{1000};
  std::vector<std::uint64_t> ids;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(400, 7);
  Arrival take(std::uint32_t stream, std::uint32_t number, std::uint64_t message, std::uint32_t index, std::uint16_t count,
               std::size_t length = 400) {
    const Fragment fragment{stream, number, message, index, count, std::span(bytes).first(length)};
    return receiver.on_fragment(fragment, true, [this](std::uint64_t id, std::vector<std::uint8_t>&&, bool) { ids.push_back(id); });
  }
};

TEST(StreamForgery, NumbersOutsideTheWindowTouchNothing) {
  Receiving at;
  EXPECT_EQ(at.take(1, 0, 1, 0, 1), Arrival::accepted);
  EXPECT_EQ(at.take(1, 0, 1, 0, 1), Arrival::duplicate);
  EXPECT_EQ(at.take(1, 1 + kReceiveWindow, 5, 0, 1), Arrival::beyond);
  EXPECT_EQ(at.take(1, 0x7fffffff, 5, 0, 1), Arrival::beyond);
  EXPECT_EQ(at.take(1, 0x80000001, 5, 0, 1), Arrival::duplicate);
  EXPECT_EQ(at.take(1, 0xffffffff, 5, 0, 1), Arrival::duplicate);
  EXPECT_EQ(at.receiver.kept_fragments(), 0u);
  EXPECT_EQ(at.take(1, kReceiveWindow, 5, 0, 1), Arrival::accepted) << "the last one of the window";
  EXPECT_EQ(at.take(1, kReceiveWindow, 5, 0, 1), Arrival::duplicate);
  EXPECT_EQ(at.receiver.kept_fragments(), 1u);
  EXPECT_TRUE(bitmap_has(at.receiver.ack(true), kReceiveWindow - 2));
  EXPECT_EQ(at.ids, std::vector<std::uint64_t>{1});
}

TEST(StreamForgery, FragmentsThatContradictEachOtherCloseTheStream) {
  const auto broken = [](std::uint64_t message, std::uint32_t index, std::uint32_t count, std::size_t length) {
    Receiving at;
    EXPECT_EQ(at.take(1, 0, 5, 0, 3), Arrival::accepted);
    EXPECT_EQ(at.take(1, 1, message, index, count, length), Arrival::broken);
    EXPECT_EQ(at.receiver.kept_bytes(), 0u);
    EXPECT_TRUE(at.receiver.ack(true).reset);
    EXPECT_EQ(at.take(1, 2, 5, 2, 3), Arrival::closed);
    EXPECT_EQ(at.take(2, 0, 6, 0, 1), Arrival::accepted);
    EXPECT_EQ(at.take(1, 2, 5, 2, 3), Arrival::stale);
    EXPECT_EQ(at.ids, std::vector<std::uint64_t>{6});
  };
  broken(6, 1, 3, 400);  // another message in the middle of one
  broken(5, 2, 3, 400);  // a part skipped
  broken(5, 0, 3, 400);  // begun again
  broken(5, 1, 4, 400);  // another count
  Receiving at;          // longer than any message may be
  EXPECT_EQ(at.take(1, 0, 5, 0, 9), Arrival::accepted);
  EXPECT_EQ(at.take(1, 1, 5, 1, 9), Arrival::accepted);
  EXPECT_EQ(at.take(1, 2, 5, 2, 9), Arrival::broken);
  Receiving backwards;   // an id that does not grow
  EXPECT_EQ(backwards.take(1, 0, 5, 0, 1), Arrival::accepted);
  EXPECT_EQ(backwards.take(1, 1, 5, 0, 1), Arrival::broken);
}

}  // namespace
}  // namespace heartwire::stream_world
