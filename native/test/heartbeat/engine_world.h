// A few engines and two networks in one deterministic world, so that a test of the engine reads like a
// story: who is cut off when, and who owns the seat then. Time is simulated; frames are the real ones.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "core/heartbeat/engine.h"
#include "core/heartbeat/second_beats.h"
#include "core/heartbeat/statistics_page.h"
#include "core/lease/register.h"

namespace heartwire::test {

inline constexpr std::uint64_t kUs = 1000;
inline constexpr std::uint64_t kMs = 1'000'000;

class World;

class Node : public EngineSink {
 public:
  Node(World& world, std::uint16_t id, std::uint64_t boot);
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override;
  void address(const AddressOrder& order) override;
  void adapters(std::uint8_t networks) override { on_standby = networks; }
  bool guarded() const override;
  void lease(std::uint8_t seat, std::uint16_t cell, std::uint64_t expiry_ns) override;
  void event(const EngineEvent& event) override { events.push_back(event); }
  void notice(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override;
  std::size_t count(EventKind kind) const;
  const EngineEvent* last(EventKind kind) const;
  void command(const EngineCommand& command);

  World& world;
  std::uint16_t id;
  std::uint64_t boot;
  std::unique_ptr<StatisticsPage> page = std::make_unique<StatisticsPage>();
  std::unique_ptr<Engine> engine;
  std::unique_ptr<SecondBeats> second;  // null: no second beat thread
  std::uint64_t second_next_ns = 0;
  std::vector<EngineEvent> events;
  std::uint8_t on_standby = 0;    // networks, a bit each
  bool is_queued_here = false;    // what it sends stands in a full queue
  bool is_queued(std::uint8_t) override { return is_queued_here; }
  std::vector<AddressOrder> orders;
  struct Notice { LinkAddress to; std::vector<std::uint8_t> frame; };
  std::map<std::pair<std::uint16_t, std::uint8_t>, Notice> notices;  // what its guardian would send, by peer and link
  bool has_address = false;       // as the address thread would have it; behind a guard, as others see it
  std::uint16_t open_cell = 0;
  bool prepared = false;          // on behind the closed guard
  bool alive = true;
  std::uint64_t frozen_until_ns = 0;
};

struct Timing {
  std::uint32_t interval_us = 1000, timeout_us = 3000, lease_us = 3000;
  std::uint16_t witness = 0;               // X9: the voter that is asked only where the others do not suffice
  std::uint32_t witness_lease_us = 100'000;
  bool relays = false;
  std::uint32_t close_us = 0;              // an address takes so long to go
  bool guarded = false;                    // behind a kernel guard, which reads the end of the lease
  bool unqueued = true;                    // ... on interfaces without a queue
  std::uint32_t told_us = 40;              // ... which the address thread says after so long
  bool second = false;                     // each node has a second beat thread, which no freeze stops
  PlantedBug bug = PlantedBug::none;
};

class World {
 public:
  World(std::uint16_t nodes, Timing timing = {}, std::uint8_t quorum = 0 /* majority */);
  Node& node(std::uint16_t id) { return *nodes_.at(id); }
  // Orders in every register: chain[k] may take base + 1 + k.
  void order(std::uint64_t id, std::uint64_t base, std::vector<std::uint16_t> chain);
  void stand(std::uint16_t id);
  // Node 1 owns, and 2 and 3 succeed it; all is quiet.
  void elect_first();
  void release(std::uint16_t id, std::uint16_t successor);
  void run(std::uint64_t duration_ns);
  // Frames from `from` to `to` on `link` are dropped.
  void cut(std::uint16_t from, std::uint16_t to, std::uint8_t link, bool is_cut);
  void silence(std::uint16_t id, bool silent);
  // The node gets no time until then (its thread is stalled); frames wait for it.
  void freeze(std::uint16_t id, std::uint64_t duration_ns) { node(id).frozen_until_ns = now_ns + duration_ns; }
  // Killed: its guardian takes the address off, then says so.
  void die(std::uint16_t id);
  void restart(std::uint16_t id, std::uint64_t promised);
  std::vector<std::uint16_t> holders() const;
  void deliver(std::uint16_t from, std::uint8_t link, const LinkAddress& to, std::span<const std::uint8_t> frame);
  void later(std::uint64_t at_ns, std::uint16_t node, const AddressDone& done);

  std::uint64_t now_ns = 1'000 * kMs;
  std::uint64_t delay_ns = 20 * kUs;
  std::uint64_t buffer_ns[2] = {0, 0};  // a link that delivers later than that: what a full buffer does
  bool two_owners_seen = false;
  const Timing timing;

 private:
  struct Item { std::uint16_t to; std::uint16_t from; std::uint8_t link; std::vector<std::uint8_t> frame; bool is_done; AddressDone done; };
  void connect(Node& left, Node& right);
  void configure(Node& node, std::uint64_t promised);
  void hand_over(const Item& item);
  void tick(Node& node);
  std::map<std::uint16_t, std::unique_ptr<Node>> nodes_;
  std::vector<std::uint16_t> voter_ids_;
  std::uint8_t quorum_;
  std::multimap<std::uint64_t, Item> queue_;
  std::set<std::tuple<std::uint16_t, std::uint16_t, std::uint8_t>> cuts_;
  SetOrders orders_{};
};

LinkAddress address_of(std::uint16_t node, std::uint8_t link);

}  // namespace heartwire::test
