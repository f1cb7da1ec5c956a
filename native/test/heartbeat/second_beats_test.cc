// The second beat thread's stories: a stalled first thread is no death, an owner loses what it would lose, nobody is kept up
// for longer than a second or brought up, and no nonce comes twice.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "core/wire/session_builder.h"
#include "test/heartbeat/engine_world.h"
#include "test/wire/memory_watch.h"
#include "test/wire/samples.h"

namespace heartwire::test {
namespace {

using Ids = std::vector<std::uint16_t>;
constexpr Timing kAlone{}, kSecond{.second = true};

void watch_all(World& world) {
  for (std::uint16_t by = 1; by <= 3; ++by) {
    for (std::uint16_t about = 1; about <= 3; ++about) {
      if (by == about) continue;
      EngineCommand watch;
      watch.kind = CommandKind::set_peer;
      watch.peer = {about, true, true, 0, 0};
      world.node(by).command(watch);
    }
  }
}

// Node 1 owns the seat in epoch 1; `chain` succeeds it.
void elect_first(World& world, std::vector<std::uint16_t> chain = {2, 3}) {
  watch_all(world);
  world.order(1 << 16, 0, {1});
  world.stand(1);
  world.run(20 * kMs);
  ASSERT_EQ(world.holders(), Ids{1});
  world.order((1 << 16) + 1, 1, std::move(chain));
  world.run(200 * kMs);
  ASSERT_EQ(world.node(1).count(EventKind::seat_lapsed), 0u);
  ASSERT_EQ(world.node(2).count(EventKind::node_down), 0u);
}

std::size_t taken_for_dead(World& world, std::uint16_t whom) {
  std::size_t count = 0;
  for (std::uint16_t by = 1; by <= 3; ++by) {
    for (const EngineEvent& event : world.node(by).events) count += event.kind == EventKind::node_down && event.node == whom ? 1 : 0;
  }
  return count;
}

TEST(SecondBeats, AStalledFirstThreadIsTakenForDeathOnlyWithoutThem) {
  for (const Timing& timing : {kAlone, kSecond}) {
    World world(3, timing);
    elect_first(world);
    world.freeze(3, 40 * kMs);
    world.run(100 * kMs);
    EXPECT_EQ(taken_for_dead(world, 3), timing.second ? 0u : 2u);
    EXPECT_EQ(world.holders(), Ids{1});
    EXPECT_EQ(world.node(3).page->stood_in.get(), timing.second ? 1u : 0u);
    EXPECT_GE(world.node(1).page->peers[1].signs.get(), timing.second ? 70u : 0u) << "two paths, 40 intervals";
  }
}

TEST(SecondBeats, AFirstThreadThatIsOnTimeLeavesThemNothingToSay) {
  World world(3, kSecond);
  elect_first(world);
  world.run(1000 * kMs);
  for (std::uint16_t id = 1; id <= 3; ++id) EXPECT_EQ(world.node(id).page->signs_sent.get(), 0u);
}

TEST(SecondBeats, AnOwnerWhoseFirstThreadIsStalledLosesItsSeatInTheSameTime) {
  for (const Timing& timing : {kAlone, kSecond}) {
    World world(3, timing);
    elect_first(world);
    const std::uint64_t stalled_ns = world.now_ns;
    world.freeze(1, 40 * kMs);
    world.run(20 * kMs);
    const EngineEvent* acquired = world.node(2).last(EventKind::seat_acquired);
    ASSERT_NE(acquired, nullptr);
    EXPECT_LE(acquired->at_ns - stalled_ns, 3 * kMs + 200 * kUs);
    world.run(100 * kMs);
    EXPECT_EQ(world.holders(), Ids{2});
    EXPECT_EQ(world.node(1).count(EventKind::seat_lapsed), 1u);
    EXPECT_EQ(taken_for_dead(world, 1), timing.second ? 0u : 2u);
  }
}

TEST(SecondBeats, ASignOfLifeThatRenewedWouldKeepTheSuccessorWaiting) {  // the rule above can be broken, and that shows
  World world(3, {.second = true, .bug = PlantedBug::life_renews});
  elect_first(world);
  world.freeze(1, 40 * kMs);
  world.run(20 * kMs);
  EXPECT_EQ(world.node(2).count(EventKind::seat_acquired), 0u);
}

TEST(SecondBeats, TheWitnessIsAskedAsSoonAsAnOwnersFirstThreadIsSilent) {
  World world(3, {.witness = 3, .second = true});
  elect_first(world, {2});
  const std::uint64_t stalled_ns = world.now_ns;
  world.freeze(1, 40 * kMs);
  world.run(20 * kMs);
  const EngineEvent* acquired = world.node(2).last(EventKind::seat_acquired);
  ASSERT_NE(acquired, nullptr);
  EXPECT_LE(acquired->at_ns - stalled_ns, 3 * kMs + 200 * kUs);
}

TEST(SecondBeats, AThreadThatHangsForGoodIsFoundASecondLater) {
  World world(3, kSecond);
  elect_first(world);
  const std::uint64_t stalled_ns = world.now_ns;
  world.freeze(3, 5000 * kMs);
  world.run(2000 * kMs);
  ASSERT_EQ(taken_for_dead(world, 3), 2u);
  EXPECT_GE(world.node(1).last(EventKind::node_down)->at_ns - stalled_ns, kStandInNs);
  EXPECT_LE(world.node(1).last(EventKind::node_down)->at_ns - stalled_ns, kStandInNs + 6 * kMs);
}

TEST(SecondBeats, NobodyIsBroughtUpByThem) {
  World world(3, kSecond);
  elect_first(world);
  world.silence(3, true);
  world.run(20 * kMs);
  ASSERT_EQ(taken_for_dead(world, 3), 2u);
  const std::size_t ups = world.node(1).count(EventKind::node_up);
  world.silence(3, false);
  world.freeze(3, 500 * kMs);
  world.run(400 * kMs);
  EXPECT_GT(world.node(1).page->peers[1].signs.get(), 0u);
  EXPECT_EQ(world.node(1).count(EventKind::node_up), ups);
  world.run(200 * kMs);
  EXPECT_EQ(world.node(1).count(EventKind::node_up), ups + 1) << "its first beat does";
}

TEST(SecondBeats, ABufferFullOfThemVouchesForNobody) {
  World world(3, kSecond);
  elect_first(world);
  world.buffer_ns[1] = 200 * kMs;
  world.run(300 * kMs);
  world.freeze(3, 40 * kMs);
  world.run(50 * kMs);
  world.silence(3, true);
  world.node(3).alive = false;
  world.run(10 * kMs);
  EXPECT_EQ(taken_for_dead(world, 3), 2u);
  const std::size_t ups = world.node(1).count(EventKind::node_up), signs = world.node(1).page->peers[1].signs.get();
  world.run(170 * kMs);
  EXPECT_GT(world.node(1).page->peers[1].signs.get(), signs) << "they come";
  EXPECT_EQ(world.node(1).count(EventKind::node_up), ups) << "too late to be news";
}

struct Recorder final : FrameSink {
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override {
    if (count < kept.size()) std::copy(frame.begin(), frame.end(), kept[count].begin());
    ++count;
    last_link = link_id;
    last_to = to;
    size = frame.size();
  }
  FrameHeader header(std::size_t index) const {
    FrameHeader result;
    EXPECT_EQ(decode_header(std::span(kept[index]).first(size), result), Reject::none);
    return result;
  }
  std::array<std::array<std::uint8_t, 128>, 64> kept{};
  std::size_t count = 0, size = 0;
  std::uint8_t last_link = 0;
  LinkAddress last_to;
};

constexpr EngineIdentity kSelf{.cluster_id = 7, .node_id = 1, .boot = 5};

PeerSession* session_with(std::uint16_t peer, std::uint64_t boot) {
  SessionParties parties = samples::parties(1, peer);
  parties.peer.boot = boot;
  return build_session(samples::ring().get(), KeyRole::beat_1, parties, 3, SessionUse::sending).release();
}

TEST(SecondBeats, NoSequenceComesTwiceOverNewSessionsAndStartsOfThePeer) {
  StatisticsPage page;
  Recorder out;
  SecondBeats beats(kSelf, out, page);
  for (std::uint8_t link = 0; link < 2; ++link) beats.set_path(2, link, address_of(2, link));
  std::set<std::uint64_t> sequences;
  std::uint64_t now_ns = 100 * kMs;
  for (const std::uint64_t boot : {1, 1, 2}) {  // keys that change, then another start
    delete beats.exchange_session(session_with(2, boot));
    now_ns = beats.tick(10 * kMs, kMs, now_ns);
  }
  ASSERT_EQ(out.count, 6u);
  for (std::size_t index = 0; index < out.count; ++index) {
    EXPECT_EQ(out.header(index).type, FrameType::life);
    sequences.insert(out.header(index).sequence);
  }
  EXPECT_EQ(sequences.size(), 6u);
}

TEST(SecondBeats, AreSentOnceAnIntervalFromHalfAnIntervalOfLatenessOn) {
  StatisticsPage page;
  Recorder out;
  SecondBeats beats(kSelf, out, page);
  beats.set_path(2, 0, address_of(2, 0));
  EXPECT_EQ(beats.exchange_session(session_with(2, 1)), nullptr);
  EXPECT_GT(beats.tick(0, kMs, 50 * kMs), 50 * kMs) << "the first thread has not begun";
  EXPECT_EQ(beats.tick(51 * kMs, kMs, 50 * kMs), 51 * kMs + 500 * kUs + 1);
  EXPECT_EQ(out.count, 0u);
  EXPECT_EQ(beats.tick(51 * kMs, kMs, 51 * kMs + 500 * kUs + 1), 52 * kMs + 500 * kUs + 1);
  EXPECT_EQ(out.count, 1u);
  beats.tick(51 * kMs, kMs, 52 * kMs);
  EXPECT_EQ(out.count, 1u) << "woken for something else";
  beats.tick(51 * kMs, kMs, 52 * kMs + 500 * kUs + 1);
  EXPECT_EQ(out.count, 2u);
  beats.tick(UINT64_MAX, kMs, 60 * kMs);
  EXPECT_EQ(out.count, 2u) << "it waits for nothing";
  EXPECT_EQ(out.last_to, address_of(2, 0));
}

#if HEARTWIRE_WATCH_MEMORY
TEST(SecondBeats, NeitherAllocateNorLock) {
  StatisticsPage page;
  Recorder out;
  SecondBeats beats(kSelf, out, page);
  for (std::uint8_t link = 0; link < 2; ++link) beats.set_path(2, link, address_of(2, link));
  beats.exchange_session(session_with(2, 1));
  memory_watch::start({});
  for (std::uint64_t now_ns = 2 * kMs; now_ns < 900 * kMs; now_ns += kMs) beats.tick(kMs, kMs, now_ns);
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_EQ(counts.allocations + counts.frees + counts.locks, 0u);
  EXPECT_GT(out.count, 1000u);
}
#endif

}  // namespace
}  // namespace heartwire::test
