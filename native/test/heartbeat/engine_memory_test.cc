// The engine's promise to the beat thread: after it is set up it neither allocates nor locks, whatever comes in.
#include <gtest/gtest.h>

#include <array>

#include "test/heartbeat/engine_world.h"
#include "test/wire/memory_watch.h"

#if HEARTWIRE_WATCH_MEMORY
namespace heartwire::test {
namespace {

// Keeps the last frames in fixed buffers, so that the sink itself allocates nothing.
class FixedSink final : public EngineSink {
 public:
  void send(std::uint8_t, const LinkAddress&, std::span<const std::uint8_t> frame) override {
    if (count == frames.size()) return;
    std::copy(frame.begin(), frame.end(), frames[count].begin());
    sizes[count++] = frame.size();
  }
  void address(const AddressOrder&) override { ++orders; }
  void event(const EngineEvent&) override { ++events; }
  std::array<std::array<std::uint8_t, kFrameBytesMax>, 64> frames;
  std::array<std::size_t, 64> sizes{};
  std::size_t count = 0;
  unsigned orders = 0, events = 0;
};

struct Half {
  FixedSink sink;
  StatisticsPage page;
  std::unique_ptr<Engine> engine;
};

void command(Half& half, EngineCommand command) { half.engine->command(command, 1); }

void set_up(Half& half, std::uint16_t self, std::uint16_t peer) {
  EngineIdentity identity;
  identity.cluster_id = 7;
  identity.node_id = self;
  identity.boot = 1;
  half.engine = std::make_unique<Engine>(identity, half.sink, half.page);
  EngineCommand c;
  c.kind = CommandKind::set_timing;
  c.timing = {1000, 3000, 0, NicPolicy::last};
  command(half, c);
  c.kind = CommandKind::set_link;
  c.link = {0, true, true, 0, 0};
  command(half, c);
  c.kind = CommandKind::set_voters;
  c.voters = SetVoters{1, 2, 2, {1, 2}, 0, false};
  command(half, c);
  c.kind = CommandKind::set_register;
  c.reg = {0, true, 0, 8, 0, 3000};
  command(half, c);
  c.kind = CommandKind::set_seat;
  c.seat = {0, true, 3000, 255, 100};
  command(half, c);
  c.kind = CommandKind::set_orders;
  c.orders = SetOrders{0, 1, 1, 0, {1}};
  command(half, c);
  c.kind = CommandKind::set_peer_path;
  c.path = {peer, 0, address_of(peer, 0)};
  command(half, c);
  auto session = std::make_unique<PeerSession>();
  session->peer_id = peer;
  session->peer_boot = 1;
  session->send_key_id = 1;
  session->paths[0].send = make_plain_sealer();
  session->paths[0].receive[0] = make_plain_sealer();
  session->paths[0].receive_key_id[0] = 1;
  delete half.engine->exchange_session(session.release(), 1);
}

void pass(Half& from, std::uint16_t from_id, Half& to, std::uint64_t now_ns) {
  for (std::size_t index = 0; index < from.sink.count; ++index) {
    to.engine->receive(0, std::span(from.sink.frames[index]).first(from.sink.sizes[index]), address_of(from_id, 0), now_ns, now_ns);
  }
  from.sink.count = 0;
}

TEST(EngineMemory, ElectsBeatsAndJudgesWithoutAllocatingOrLocking) {
  auto left = std::make_unique<Half>(), right = std::make_unique<Half>();
  set_up(*left, 1, 2);
  set_up(*right, 2, 1);
  std::array<std::uint8_t, 100> junk{};
  memory_watch::start({});
  EngineCommand stand;
  stand.kind = CommandKind::stand;
  stand.seat_act = {0, 0};
  left->engine->command(stand, 1000);
  for (std::uint64_t now_ns = 2000; now_ns < 500'000'000; now_ns += 500'000) {
    left->engine->tick(now_ns, now_ns);
    right->engine->tick(now_ns, now_ns + 1);
    pass(*left, 1, *right, now_ns + 100);
    pass(*right, 2, *left, now_ns + 200);
    junk[0] = static_cast<std::uint8_t>(now_ns);
    right->engine->receive(0, junk, address_of(1, 0), now_ns, now_ns + 300);
  }
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_EQ(counts.allocations, 0u);
  EXPECT_EQ(counts.frees, 0u);
  EXPECT_EQ(counts.locks, 0u);
  EXPECT_GE(left->sink.orders, 1u) << "it has been elected";
  EXPECT_GT(right->page.links[0].received.get(), 900u);
}

}  // namespace
}  // namespace heartwire::test
#endif
