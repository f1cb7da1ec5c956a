// Changes of links wait in order for a beat thread that is held up: none is lost, none overtakes another.
#include <gtest/gtest.h>

#include <thread>

#include "core/heartbeat/pending_links.h"
#include "core/rt/ring.h"

namespace heartwire::test {
namespace {

BeatLink change(std::uint8_t link_id, bool absent) {
  BeatLink link;
  link.options.link_id = link_id;
  link.absent = absent;
  return link;
}

TEST(PendingLinks, AFullRingKeepsTheRemainderInFrontOfWhatComesMeanwhile) {
  PendingLinks pending;
  Ring<int> ring(2);
  int room = 0;
  while (ring.push(0)) ++room;
  int item = 0;
  while (ring.pop(item)) continue;

  const int count = room + 5;
  for (int id = 1; id <= count; ++id) pending.add(change(static_cast<std::uint8_t>(id), true));
  const auto give = [&](const BeatLink& link) { return ring.push(link.options.link_id); };
  EXPECT_FALSE(pending.hand_over(give));
  EXPECT_FALSE(pending.hand_over(give)) << "nobody has taken anything yet";
  pending.add(change(100, false));

  std::vector<int> taken;
  for (int turn = 0; turn < 100; ++turn) {
    const bool done = pending.hand_over(give);
    while (ring.pop(item)) taken.push_back(item);
    if (done) break;
  }
  std::vector<int> expected;
  for (int id = 1; id <= count; ++id) expected.push_back(id);
  expected.push_back(100);
  EXPECT_EQ(taken, expected);
}

TEST(PendingLinks, WhatIsAskedForWhileOthersAreHandedOverComesAfterThem) {
  PendingLinks pending;
  for (std::uint8_t id = 1; id <= 3; ++id) pending.add(change(id, true));
  std::vector<int> seen;
  const bool done = pending.hand_over([&](const BeatLink& link) {
    if (link.options.link_id == 2) {
      pending.add(change(9, true));
      return false;
    }
    seen.push_back(link.options.link_id);
    return true;
  });
  EXPECT_FALSE(done);
  EXPECT_TRUE(pending.hand_over([&](const BeatLink& link) { seen.push_back(link.options.link_id); return true; }));
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 9}));
}

TEST(PendingLinks, TwoThreadsLoseNothing) {
  PendingLinks pending;
  std::thread asking([&] { for (int at = 0; at < 1000; ++at) pending.add(change(static_cast<std::uint8_t>(at % 8), at % 2 == 0)); });
  std::vector<int> seen;
  int refused = 0;
  while (seen.size() < 1000) {
    pending.hand_over([&](const BeatLink& link) {
      if (++refused % 3 == 0) return false;
      seen.push_back(link.options.link_id);
      return true;
    });
  }
  asking.join();
  for (int at = 0; at < 1000; ++at) ASSERT_EQ(seen[static_cast<std::size_t>(at)], at % 8);
}

}  // namespace
}  // namespace heartwire::test
