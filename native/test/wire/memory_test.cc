// Two promises about memory: sealing and opening neither allocate nor lock, so they may run on the beat
// thread; and no key is left behind in memory that was given back.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "core/wire/derive.h"
#include "test/wire/memory_watch.h"
#include "test/wire/samples.h"

#if HEARTWIRE_WATCH_MEMORY
namespace heartwire {
namespace {

using samples::Bytes;

KeyContext context() { return {KeyRole::beat_1, 1, 2, 0, 1001, 1002, samples::salt(1)}; }

TEST(Memory, TheWatchSeesWhatItShould) {
  const Bytes secret = samples::counting(32, 9);
  memory_watch::start(secret);
  delete new Bytes(secret);
  auto* const volatile allocated = static_cast<std::uint8_t*>(malloc(100));
  free(allocated);
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_EQ(counts.allocations, 3u);
  EXPECT_EQ(counts.frees, 3u);
  EXPECT_GE(counts.freed_with_secret, 1u);
}

// Everything the beat thread does with a frame, wrong tags included, from a thread that never used the library before.
TEST(Memory, SealingAndOpeningNeitherAllocateNorLock) {
  const auto ring = samples::ring();
  const auto sealer = make_sealer(*ring, 7, context());
  const auto opener = make_sealer(*ring, 7, context());
  const Beat sample = samples::beat();
  Bytes frame(kFrameBytesMax);
  unsigned good = 0, bad = 0;
  memory_watch::Counts counts;
  std::thread([&] {
    memory_watch::start({});
    for (unsigned i = 0; i < 1000; i++) {
      FrameHeader header = samples::header();
      header.sequence = i;
      Beat beat = sample;
      header.body_length = static_cast<std::uint16_t>(encode_beat(beat, std::span(frame).subspan(kHeaderBytes)));
      encode_header(header, frame);
      const bool encrypt = i % 2 != 0;
      const std::size_t size = sealer->seal(frame, header, encrypt);
      if (i % 5 == 0) frame[size - 1] ^= 1;
      FrameHeader received;
      const bool opened = decode_header(frame, received) == Reject::none && opener->open(frame, received, encrypt) &&
                          decode_beat(std::span(frame).subspan(kHeaderBytes, received.body_length), beat);
      (opened ? good : bad)++;
    }
    counts = memory_watch::stop();
  }).join();
  EXPECT_EQ(good, 800u);
  EXPECT_EQ(bad, 200u);
  EXPECT_EQ(counts.allocations, 0u);
  EXPECT_EQ(counts.frees, 0u);
  EXPECT_EQ(counts.locks, 0u);
}

TEST(Memory, ADerivedKeyIsWipedWithItsSealer) {
  const auto ring = samples::ring();
  const auto cluster_key = ring->find(7);
  Bytes key(32);
  ASSERT_TRUE(hkdf_sha256(cluster_key, {}, key_info(7, context()), key));
  memory_watch::start(std::span(key).first(16));
  make_sealer(*ring, 7, context()).reset();
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_GT(counts.frees, 0u);
  EXPECT_EQ(counts.freed_with_secret, 0u);
}

// Looks below its caller's frame, where the functions that just returned had theirs. No calls, so as not to overwrite it.
[[gnu::noinline]] bool stack_holds(const std::uint8_t* secret, std::size_t size) {
  const auto* const top = static_cast<const volatile std::uint8_t*>(__builtin_frame_address(0)) - 64;
  for (const volatile std::uint8_t* start = top - 16384; start < top; start++) {
    std::size_t same = 0;
    while (same < size && start[same] == secret[same]) same++;
    if (same == size) return true;
  }
  return false;
}

TEST(Memory, ADerivedKeyIsNotLeftOnTheStack) {
  const auto ring = samples::ring();
  Bytes key(32);
  ASSERT_TRUE(hkdf_sha256(ring->find(7), {}, key_info(7, context()), key));
  const auto sealer = make_sealer(*ring, 7, context());
  EXPECT_FALSE(stack_holds(key.data(), 16));
}

TEST(Memory, TheClusterKeyIsWipedAfterDerivingAndWithItsRing) {
  auto ring = samples::ring();
  const auto key = ring->find(7);
  const Bytes copy(key.begin(), key.end());
  memory_watch::start(copy);
  make_sealer(*ring, 7, context()).reset();
  ring.reset();
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_EQ(counts.freed_with_secret, 0u);
  EXPECT_EQ(counts.unmapped, 1u);
  EXPECT_EQ(counts.unmapped_dirty, 0u);
}

}  // namespace
}  // namespace heartwire
#endif
