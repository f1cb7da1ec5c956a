// The window against a model that remembers everything.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/wire/replay_window.h"

namespace heartwire {
namespace {

TEST(ReplayWindow, TakesEachOfTheLast64Once) {
  ReplayWindow window;
  EXPECT_EQ(window.highest(), 0u);
  EXPECT_FALSE(window.fresh(0));
  for (const std::uint64_t sequence : {100u, 99u, 37u}) {
    EXPECT_TRUE(window.fresh(sequence));
    window.accept(sequence);
    EXPECT_FALSE(window.fresh(sequence));
  }
  EXPECT_EQ(window.highest(), 100u);
  EXPECT_FALSE(window.fresh(36));
  window.accept(UINT64_MAX);
  EXPECT_TRUE(window.fresh(UINT64_MAX - 63));
  EXPECT_FALSE(window.fresh(UINT64_MAX - 64));
  EXPECT_FALSE(window.fresh(UINT64_MAX));
  EXPECT_FALSE(window.fresh(100));
}

TEST(ReplayWindow, AgreesWithAModel) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 200; run++) {
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (int i = 0; i < 500; i++) {
      const std::uint64_t sequence = highest + random() % 150 - std::min<std::uint64_t>(highest, 80);
      const bool expected = sequence > highest || (sequence != 0 && highest - sequence < 64 && !seen.contains(sequence));
      ASSERT_EQ(window.fresh(sequence), expected);
      if (!expected || random() % 4 == 0) continue;  // the tag was wrong: nothing moves
      window.accept(sequence);
      seen.insert(sequence);
      highest = std::max(highest, sequence);
      ASSERT_EQ(window.highest(), highest);
    }
  }
}

}  // namespace
}  // namespace heartwire
