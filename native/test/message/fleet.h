// Some nodes' message engines on simulated networks, in simulated time, by a seed: real handshakes, real seals. Watches
// over one invariant by itself: no frame is ever sealed with a nonce that its key has seen.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "core/message/message_engine.h"

namespace heartwire::fleet {

inline constexpr std::uint64_t kMs = 1'000'000;
inline constexpr std::uint16_t kBeatPort = 5405, kMessagePort = 5406, kBroadcastPort = 5407;

std::shared_ptr<KeyRing> ring(std::vector<std::uint8_t> ids, std::uint8_t secret = 1);

struct NodeSettings {
  std::uint16_t node_id = 1;
  std::uint64_t boot = 100;
  std::uint64_t cluster_id = 77;
  std::shared_ptr<KeyRing> keys = ring({1});
  bool plain = false;
  bool relays = false;
  LinkMask multicast = 0;       // links that have a group
  std::uint8_t place = 0;       // where it is on the networks; 0: its node id
  MessageParameters parameters;
};

class Fleet;

class Node final : public MessageEngineSink {
 public:
  Node(Fleet& fleet, const NodeSettings& settings);
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override;
  void broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame) override;
  void multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame) override;
  bool handover(const SessionHandover& handover) override;
  void notice(MessageNotice&& notice) override { notices.push_back(std::move(notice)); }
  void session_changed(std::uint16_t, bool) override {}
  Published::Copy published() const override { return says.copy(); }
  bool room() const override { return has_room; }
  void random(std::span<std::uint8_t> bytes) override;

  LinkAddress address(std::uint8_t link_id, std::uint16_t port) const;
  static LinkAddress group(std::uint8_t link_id);
  std::vector<MessageNotice> of(MessageNotice::Kind kind, std::uint16_t node = 0) const;
  std::vector<std::uint64_t> received_ids(std::uint16_t node) const;
  std::uint64_t say(std::uint16_t node, std::size_t bytes);
  std::uint64_t count(MessageCounter counter) const { return counters.get(counter); }
  std::uint64_t count(Reject reason) const { return counters.get(reason); }

  Fleet& fleet;
  NodeSettings settings;
  std::uint8_t place;
  std::array<std::uint8_t, kLinksMax> lodging{};   // its address on each link; changes with "a new lease of the address"
  MessageCounters counters;
  std::unique_ptr<MessageEngine> engine;
  std::vector<MessageNotice> notices;
  std::vector<SessionHandover> handovers;
  std::vector<std::unique_ptr<PeerSession>> sessions;
  Published says;
  bool has_room = true, takes_handovers = true;
  std::uint64_t last_id = 0;
};

struct Crossing {                       // a frame under way, or one that somebody recorded
  std::uint64_t at_ns = 0, order = 0;
  LinkAddress from, to;
  std::uint8_t link_id = 0;
  bool broadcast = false;
  std::vector<std::uint8_t> frame;
  bool operator<(const Crossing& other) const { return at_ns != other.at_ns ? at_ns > other.at_ns : order > other.order; }
};

class Fleet {
 public:
  explicit Fleet(std::uint64_t seed, int links = 2) : links(links), random(seed) {}
  Node& add(const NodeSettings& settings);
  // The node's process dies; its place stays empty until the next add().
  void remove(Node& node);
  void carry(Node& from, std::uint8_t link_id, const LinkAddress* to, std::span<const std::uint8_t> frame);
  void replay(const Crossing& crossing) { flights_.push({now_ns + 100'000, order_++, crossing.from, crossing.to, crossing.link_id, crossing.broadcast, crossing.frame}); }
  void run_for(std::uint64_t ns);
  bool run_until(const std::function<bool()>& condition, std::uint64_t limit_ns);
  void announce_all(const std::string& text);

  int links;
  std::mt19937_64 random;
  std::uint64_t now_ns = 1'000 * kMs;
  double loss = 0, repeat = 0;
  std::uint64_t jitter_ns = 0;
  // Frames that this returns true for are lost.
  std::function<bool(const Node& from, std::uint8_t link_id, const FrameHeader& header)> lose;
  // Everything from one place to another that this returns true for is lost.
  std::function<bool(std::uint8_t from, std::uint8_t to)> lose_between;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<Crossing>* record = nullptr;

 private:
  void land(const Crossing& crossing);
  std::priority_queue<Crossing> flights_;
  std::uint64_t order_ = 0;
  std::map<std::vector<std::uint64_t>, std::vector<std::uint8_t>> nonces_;
};

}  // namespace heartwire::fleet
