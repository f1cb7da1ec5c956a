// Two nodes that exchange reliable datagrams over networks that lose, repeat, delay, reorder and fall silent, in
// simulated time, by a seed. Everything passes through the real bodies (encode, decode), nothing through sockets.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "core/message/reliable_receiver.h"
#include "core/message/reliable_sender.h"

namespace heartwire::stream_world {

inline constexpr std::uint64_t kMs = 1'000'000;

struct Network {                     // one direction of one network
  double loss = 0, repeat = 0;
  std::uint64_t delay_ns = 100'000;  // plus up to jitter_ns: more jitter than spacing reorders
  std::uint64_t jitter_ns = 0;
  bool silent = false;
  std::uint64_t carried = 0;         // fragments and acknowledgements that arrived
};

class World;

// One node: sends to the other and receives from it.
class Node final : public SenderSink {
 public:
  Node(World& world, int side, const MessageParameters& parameters, std::uint32_t first_number, std::uint32_t message_bytes_max);
  void transmit(LinkMask links, const Fragment& fragment, bool again, bool pressing) override;
  void delivered(std::uint64_t id) override { delivered_at_ns[id] = now_ns(); }
  void undeliverable(std::uint64_t id) override { given_up.push_back(id); }
  void arrive(std::uint8_t link_id, const std::vector<std::uint8_t>& body, bool acknowledgement);
  std::uint64_t now_ns() const;

  World& world;
  int side;
  ReliableSender sender;
  ReliableReceiver receiver;
  bool room = true;
  std::vector<std::uint64_t> received_ids;
  std::map<std::uint64_t, std::vector<std::uint8_t>> received;
  std::map<std::uint64_t, std::uint64_t> received_at_ns, delivered_at_ns;
  std::vector<std::uint64_t> given_up;
  std::size_t kept_bytes_max = 0;
  unsigned refused_acks = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed, int links = 2, const MessageParameters& parameters = {}, std::uint32_t first_number = 0,
                 std::uint32_t message_bytes_max = 1 << 20);
  // networks[side][link]: what this side sends over this link.
  std::array<std::array<Network, kLinksMax>, 2> networks;
  Node a, b;
  std::uint64_t now_ns = kMs;

  void carry(int from, std::uint8_t link_id, const std::vector<std::uint8_t>& body, bool acknowledgement);
  void run_until(std::uint64_t until_ns);
  void run_for(std::uint64_t ns) { run_until(now_ns + ns); }
  // Until both senders have nothing queued; false: not before `limit_ns` more have passed.
  bool run_until_idle(std::uint64_t limit_ns);
  // A message whose bytes follow from its id and length, so that a mix-up shows.
  static std::vector<std::uint8_t> message(std::uint64_t id, std::size_t bytes);
  void set_all(double loss, double repeat, std::uint64_t jitter_ns);
  void silence(int side, std::uint8_t link_id, bool silent) { networks[side][link_id].silent = silent; }

 private:
  struct Flight {
    std::uint64_t at_ns, order;
    int to;
    std::uint8_t link_id;
    bool acknowledgement;
    std::vector<std::uint8_t> body;
    bool operator<(const Flight& other) const { return at_ns != other.at_ns ? at_ns > other.at_ns : order > other.order; }
  };
  Node& node(int side) { return side == 0 ? a : b; }
  std::mt19937_64 random_;
  std::priority_queue<Flight> flights_;
  std::uint64_t order_ = 0;
};

}  // namespace heartwire::stream_world
