// Links that come and go under a session: nothing is lost or repeated, and no nonce comes twice (the fleet watches over that).
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

struct Pair {
  explicit Pair(std::uint64_t seed) : fleet(seed), a(fleet.add(settings(1))), b(fleet.add(settings(2))) {
    fleet.announce_all("x");
    fleet.run_for(100 * kMs);
  }
  static NodeSettings settings(std::uint16_t id) {
    NodeSettings settings;
    settings.node_id = id;
    return settings;
  }
  void open(Node& node, std::uint8_t link_id) {
    node.engine->add_link(link_id);
    node.engine->link_opened(link_id, fleet.now_ns);
  }
  bool proven(const Node& node, std::uint8_t link_id, std::size_t times = 1) const {
    std::size_t count = 0;
    for (const MessageNotice& notice : node.of(Kind::session_path)) count += notice.link == link_id ? 1 : 0;
    return count >= times;
  }
  void talk(int count) {
    for (int i = 0; i < count; i++) {
      a.say(2, i % 5 == 0 ? 20'000 : 100);
      b.say(1, 100);
      fleet.run_for(kMs);
    }
  }
  Fleet fleet;
  Node& a;
  Node& b;
};

std::vector<std::uint64_t> ids(std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t id = 1; id <= last; id++) all.push_back(id);
  return all;
}

TEST(SessionLinks, ALinkThatComesIsProvenWhicheverEndHasItFirst) {
  Pair pair(1);
  pair.open(pair.a, 2);
  pair.fleet.run_for(1'500 * kMs);
  EXPECT_FALSE(pair.proven(pair.a, 2));
  pair.open(pair.b, 2);
  pair.fleet.run_for(100 * kMs);
  EXPECT_TRUE(pair.proven(pair.a, 2) && pair.proven(pair.b, 2));
  EXPECT_EQ(pair.a.of(Kind::session_up).size(), 1u) << "the session is the same";
}

TEST(SessionLinks, MessagesUnderWaySurviveLinksThatComeAndGo) {
  Pair pair(2);
  pair.fleet.loss = 0.1;
  for (std::uint8_t round = 0; round < 4; round++) {
    const std::uint8_t comes = round % 2 == 0 ? 2 : 0, goes = round % 2 == 0 ? 0 : 2;
    pair.open(pair.a, comes);
    pair.talk(20);
    pair.open(pair.b, comes);
    pair.talk(20);
    pair.a.engine->remove_link(goes, pair.fleet.now_ns);
    pair.talk(20);
    pair.b.engine->remove_link(goes, pair.fleet.now_ns);
    pair.talk(20);
  }
  pair.fleet.run_for(5'000 * kMs);
  EXPECT_EQ(pair.b.received_ids(1), ids(320));
  EXPECT_EQ(pair.a.received_ids(2), ids(320));
}

TEST(SessionLinks, TheLastLinkThatGoesLeavesTheSessionWithoutAPath) {
  Pair pair(3);
  for (std::uint8_t link = 0; link < 2; link++) pair.a.engine->remove_link(link, pair.fleet.now_ns);
  pair.a.say(2, 100);
  pair.fleet.run_for(100 * kMs);
  EXPECT_TRUE(pair.b.received_ids(1).empty());
  pair.open(pair.a, 1);
  pair.fleet.run_for(3'000 * kMs);
  EXPECT_EQ(pair.b.received_ids(1), ids(1));
}

}  // namespace
}  // namespace heartwire::fleet
