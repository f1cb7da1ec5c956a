// Messages to several at once: one frame where they hear it, and to each alone where they do not. Whatever the wire does, each
// gets each message once and in order.
#include <gtest/gtest.h>

#include <map>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;
constexpr LinkMask kBoth = 3;

struct World {
  explicit World(std::uint64_t seed, std::uint16_t count = 3, LinkMask last = kBoth) : fleet(seed) {
    for (std::uint16_t id = 1; id <= count; id++) add(id, 100, id == count ? last : kBoth);
    fleet.announce_all("x");
    fleet.run_for(300 * kMs);
    fleet.lose = [this](const Node& from, std::uint8_t link_id, const FrameHeader& header) {
      if (from.settings.node_id == 1) sent[{header.type, link_id}]++;
      return filtered && header.type == FrameType::multicast && (filtered >> link_id & 1) != 0;
    };
  }
  Node& add(std::uint16_t id, std::uint64_t boot, LinkMask multicast = kBoth) {
    NodeSettings settings;
    settings.node_id = id;
    settings.boot = boot;
    settings.multicast = multicast;
    return fleet.add(settings);
  }
  Node& node(std::uint16_t id) {
    for (const auto& each : fleet.nodes) {
      if (each->settings.node_id == id) return *each;
    }
    throw std::out_of_range("no such node");
  }
  // The same to all others, as an outbox does it.
  void say_all(std::size_t bytes = 100, std::uint16_t from = 1) {
    Node& speaker = node(from);
    const std::vector<std::uint8_t> payload(bytes, static_cast<std::uint8_t>(++said));
    for (const auto& other : fleet.nodes) {
      if (other->settings.node_id != from) speaker.engine->send(other->settings.node_id, ++speaker.last_id, payload, fleet.now_ns);
    }
  }
  // What `to` has got of the first node: the first byte of each message, in order.
  std::vector<int> heard(std::uint16_t to, std::uint16_t from = 1) {
    std::vector<int> firsts;
    for (const MessageNotice& notice : node(to).of(Kind::message, from)) firsts.push_back(notice.payload.at(0));
    return firsts;
  }
  int frames(FrameType type) const {
    int sum = 0;
    for (const auto& [key, count] : sent) sum += key.first == type ? count : 0;
    return sum;
  }
  Fleet fleet;
  std::map<std::pair<FrameType, int>, int> sent;  // by the first node
  LinkMask filtered = 0;                          // a switch passes no multicast there
  int said = 0;
};

std::vector<int> up_to(int last) {
  std::vector<int> all;
  for (int number = 1; number <= last; number++) all.push_back(number % 256);
  return all;
}

TEST(SessionMulticast, OneFrameOnEachNetworkForAll) {
  World world(1);
  for (int round = 0; round < 20; round++) {
    world.say_all();
    world.fleet.run_for(10 * kMs);
  }
  EXPECT_EQ(world.heard(2), up_to(20));
  EXPECT_EQ(world.heard(3), up_to(20));
  EXPECT_EQ(world.frames(FrameType::multicast), 40);
  EXPECT_EQ(world.frames(FrameType::fragments), 0);
  EXPECT_EQ(world.node(1).of(Kind::delivered).size(), 40u);
  EXPECT_EQ(world.node(1).count(MessageCounter::fragments_resent), 0u);
}

TEST(SessionMulticast, WhatOneTurnSaysToSeveralSharesAFrame) {
  World world(2);
  for (int message = 0; message < 5; message++) world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.heard(2), up_to(5));
  EXPECT_EQ(world.heard(3), up_to(5));
  EXPECT_EQ(world.frames(FrameType::multicast), 2);
}

TEST(SessionMulticast, WhatIsForOneAloneGoesToItAlone) {
  World world(3);
  world.say_all();
  world.node(1).say(2, 10);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.node(2).received_ids(1).size(), 3u);
  EXPECT_EQ(world.heard(3), up_to(2));
  EXPECT_EQ(world.frames(FrameType::fragments), 2);  // over each network
}

TEST(SessionMulticast, EachGetsEachOnceAndInOrderUnderLoss) {
  for (std::uint64_t seed = 10; seed < 20; seed++) {
    World world(seed, 4);
    world.fleet.loss = 0.2;
    world.fleet.repeat = 0.1;
    world.fleet.jitter_ns = kMs;
    for (int round = 0; round < 200; round++) {
      world.say_all(round % 20 == 0 ? 30'000 : 100);
      if (round % 3 == 0) world.say_all(60, 2);
      world.fleet.run_for(kMs);
    }
    world.fleet.run_for(3'000 * kMs);
    EXPECT_EQ(world.heard(3).size(), 200u) << seed;
    EXPECT_EQ(world.heard(3), world.heard(4)) << seed;
    EXPECT_EQ(world.heard(2), world.heard(3)) << seed;
    EXPECT_EQ(world.heard(1, 2).size(), 67u) << seed;
    EXPECT_EQ(world.heard(1, 2), world.heard(4, 2)) << seed;
    EXPECT_GT(world.frames(FrameType::multicast), 0) << seed;
  }
}

TEST(SessionMulticast, WhoHasNotJoinedGetsItAlone) {
  World world(4, 4, 0);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  for (std::uint16_t to = 2; to <= 4; to++) EXPECT_EQ(world.heard(to), up_to(1));
  EXPECT_EQ(world.frames(FrameType::multicast), 2);
  EXPECT_EQ(world.frames(FrameType::fragments), 2);
  EXPECT_EQ(world.node(1).count(MessageCounter::fragments_resent), 0u);
}

TEST(SessionMulticast, ASwitchThatPassesNoneAnyMoreLosesNothing) {
  World world(5);
  world.filtered = kBoth;
  for (int round = 0; round < 20; round++) {
    world.say_all();
    world.fleet.run_for(12 * kMs);
  }
  world.fleet.run_for(20 * kMs);
  EXPECT_EQ(world.heard(2), up_to(20));
  EXPECT_EQ(world.heard(3), up_to(20));
  EXPECT_LE(world.node(1).count(MessageCounter::fragments_resent), 4u) << "only what was sent before it was noticed";
  world.filtered = 0;
  world.fleet.run_for(31'000 * kMs);
  const int alone = world.frames(FrameType::fragments), together = world.frames(FrameType::multicast);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.frames(FrameType::fragments), alone);
  EXPECT_EQ(world.frames(FrameType::multicast), together + 2);
}

TEST(SessionMulticast, ANetworkThatPassesNoneStaysOneForEachAlone) {
  World world(6);
  world.filtered = 2;
  for (int round = 0; round < 40; round++) {
    world.say_all();
    world.fleet.run_for(20 * kMs);
  }
  EXPECT_EQ(world.heard(2), up_to(40));
  EXPECT_EQ(world.node(1).count(MessageCounter::fragments_resent), 0u);
  const int before = world.sent[{FrameType::fragments, 1}];
  EXPECT_GT(before, 40);  // to two nodes each, but for the first few
  EXPECT_EQ((world.sent[{FrameType::fragments, 0}]), 0);
}

TEST(SessionMulticast, LongMessagesArriveWhole) {
  World world(7);
  for (int round = 0; round < 5; round++) world.say_all(200'000);
  world.fleet.run_for(3'000 * kMs);
  EXPECT_EQ(world.heard(2), up_to(5));
  EXPECT_EQ(world.heard(3), up_to(5));
  EXPECT_GT(world.frames(FrameType::multicast), 0);
  for (const MessageNotice& notice : world.node(3).of(Kind::message, 1)) EXPECT_EQ(notice.payload.size(), 200'000u);
}

TEST(SessionMulticast, ToMoreThanFitIntoAFrame) {
  World world(8, 24);
  world.say_all(1'100);
  world.fleet.run_for(50 * kMs);
  for (std::uint16_t to = 2; to <= 24; to++) EXPECT_EQ(world.heard(to), up_to(1)) << to;
  EXPECT_LE(world.frames(FrameType::multicast), 10);
  EXPECT_LE(world.frames(FrameType::fragments), 2);
}

TEST(SessionMulticast, ANewStartIsAskedAnewWhetherItHears) {
  World world(9);
  world.fleet.remove(world.node(3));
  Node& reborn = world.add(3, 101);
  reborn.engine->announce(std::vector<std::uint8_t>{1});
  world.fleet.run_for(200 * kMs);
  const int alone = world.frames(FrameType::fragments);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.heard(3), up_to(1));
  EXPECT_EQ(world.heard(2), up_to(1));
  EXPECT_EQ(world.frames(FrameType::fragments), alone);
}

TEST(SessionMulticast, WhatSomebodyRecordedOrForgedMovesNothing) {
  World world(10);
  std::vector<Crossing> recorded;
  world.fleet.record = &recorded;
  world.say_all();
  world.fleet.run_for(10 * kMs);
  world.fleet.record = nullptr;
  const std::uint64_t hellos = world.node(2).count(MessageCounter::hellos_sent);
  int replayed = 0;
  for (Crossing crossing : recorded) {
    FrameHeader header;
    ASSERT_EQ(decode_header(crossing.frame, header), Reject::none);
    if (header.type != FrameType::multicast) continue;
    world.fleet.replay(crossing);
    crossing.frame[40] = static_cast<std::uint8_t>(crossing.frame[40] + 5);  // a sequence that was not seen yet
    world.fleet.replay(crossing);
    crossing.from.bytes[3] = 77;  // from where nobody lives
    world.fleet.replay(crossing);
    replayed++;
  }
  ASSERT_GT(replayed, 0);
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.heard(2), up_to(1));
  EXPECT_EQ(world.node(2).count(Reject::replay), static_cast<std::uint64_t>(replayed));
  EXPECT_EQ(world.node(2).count(Reject::tag), static_cast<std::uint64_t>(replayed));
  EXPECT_EQ(world.node(2).count(Reject::source), static_cast<std::uint64_t>(replayed));
  EXPECT_EQ(world.node(2).count(MessageCounter::hellos_sent), hellos) << "nobody is greeted for it";
}

TEST(SessionMulticast, KeysRotateUnderIt) {
  World world(11);
  for (const auto& step : {ring({1, 2}), ring({2, 1}), ring({2})}) {
    for (const auto& node : world.fleet.nodes) {
      node->engine->set_keys(step);
      world.say_all();
      world.fleet.run_for(10 * kMs);
    }
  }
  EXPECT_EQ(world.heard(2), up_to(9));
  EXPECT_EQ(world.heard(3), up_to(9));
  EXPECT_EQ(world.node(1).count(MessageCounter::fragments_resent), 0u);
}

TEST(SessionMulticast, ALinkThatGoesTakesItsMulticastAlong) {
  World world(12);
  world.node(1).engine->remove_link(0, world.fleet.now_ns);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.heard(2), up_to(1));
  EXPECT_EQ((world.sent[{FrameType::multicast, 0}]), 0);
  EXPECT_EQ((world.sent[{FrameType::multicast, 1}]), 1);
  world.node(1).engine->add_link(0, true);
  world.node(1).engine->link_opened(0, world.fleet.now_ns);
  world.fleet.run_for(3'000 * kMs);
  world.say_all();
  world.fleet.run_for(10 * kMs);
  EXPECT_EQ(world.heard(3), up_to(2));
  EXPECT_GT((world.sent[{FrameType::multicast, 0}]), 1);
}

TEST(SessionMulticast, AcknowledgementsRideInIt) {
  World world(13);
  for (int round = 0; round < 20; round++) {
    for (std::uint16_t from = 2; from <= 3; from++) world.say_all(50, from);
    world.fleet.run_for(kMs / 2);
    world.say_all();
    world.fleet.run_for(20 * kMs);
  }
  EXPECT_EQ(world.frames(FrameType::multicast), 40);
  EXPECT_LE(world.frames(FrameType::fragment_ack), 4) << "the first of each, before a round trip is known";
}

}  // namespace
}  // namespace heartwire::fleet
