// The ring between two threads: everything in order, nothing twice, what does not fit is refused and counted, and the
// wake-up is never lost.
#include "core/rt/ring.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "core/rt/wake.h"
#include "test/wire/memory_watch.h"

namespace heartwire::test {
namespace {

struct Record { std::uint64_t number = 0, square = 0; };

TEST(Ring, PassesEverythingInOrder) {
  constexpr std::uint64_t kCount = 200'000;
  Ring<Record> ring(256);
  Wake wake;
  std::thread producer([&] {
    for (std::uint64_t number = 1; number <= kCount;) {
      if (ring.push({number, number * number})) ++number;
      else std::this_thread::yield();
      wake.signal();
    }
  });
  std::uint64_t expected = 1;
  while (expected <= kCount) {
    pollfd waiting{wake.descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 10'000), 1) << "a wake-up was lost at " << expected;
    wake.clear();
    Record record;
    while (ring.pop(record)) {
      ASSERT_EQ(record.number, expected);
      ASSERT_EQ(record.square, expected * expected);
      ++expected;
    }
  }
  producer.join();
}

TEST(Ring, RefusesAndCountsWhatDoesNotFit) {
  Ring<int> ring(8);
  int taken = 0;
  while (ring.push(taken)) ++taken;
  EXPECT_GE(taken, 8);
  EXPECT_EQ(ring.dropped(), 1u);
  EXPECT_FALSE(ring.push(99));
  EXPECT_EQ(ring.dropped(), 2u);
  int value = -1;
  ASSERT_TRUE(ring.pop(value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(ring.push(99));
}

TEST(Ring, NeverAllocatesOrLocks) {
  if (!HEARTWIRE_WATCH_MEMORY) GTEST_SKIP() << "the sanitizers watch memory themselves";
  Ring<Record> ring(1000);
  Wake wake;
  memory_watch::start({});
  Record record;
  for (std::uint64_t number = 0; number < 5000; ++number) {
    ring.push({number, number});
    ring.push({number, number});
    wake.signal();
    wake.clear();
    ring.pop(record);
  }
  const auto counts = memory_watch::stop();
  EXPECT_EQ(counts.allocations, 0u);
  EXPECT_EQ(counts.locks, 0u);
  EXPECT_GT(ring.dropped(), 0u);
}

TEST(Wake, ManySignalsAreOneWakeUp) {
  Wake wake;
  for (int count = 0; count < 100; ++count) wake.signal();
  pollfd waiting{wake.descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 0), 1);
  wake.clear();
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  wake.clear();  // does not block
}

}  // namespace
}  // namespace heartwire::test
