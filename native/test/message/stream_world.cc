// See stream_world.h.
#include "test/message/stream_world.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace heartwire::stream_world {

Node::Node(World& world, int side, const MessageParameters& parameters, std::uint32_t first_number, std::uint32_t message_bytes_max)
    : world(world), side(side), sender(parameters, *this, first_number), receiver(message_bytes_max, first_number) {}

std::uint64_t Node::now_ns() const { return world.now_ns; }

void Node::transmit(LinkMask links, const Fragment& fragment, bool, bool) {
  std::vector<std::uint8_t> body(kFragmentHeaderBytes + fragment.payload.size());
  EXPECT_EQ(encode_fragment(fragment, body), body.size());
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((links >> link_id & 1) != 0) world.carry(side, link_id, body, false);
  }
}

void Node::arrive(std::uint8_t link_id, const std::vector<std::uint8_t>& body, bool acknowledgement) {
  if (acknowledgement) {
    FragmentAck ack;
    ASSERT_TRUE(decode_fragment_ack(body, ack));
    if (!sender.on_ack(ack, link_id, world.now_ns)) refused_acks++;
    return;
  }
  Fragment fragment;
  ASSERT_TRUE(decode_fragment(body, fragment));
  const Arrival arrival = receiver.on_fragment(fragment, room, [this](std::uint64_t id, std::vector<std::uint8_t>&& payload, bool) {
    received_ids.push_back(id);
    received[id] = std::move(payload);
    received_at_ns[id] = world.now_ns;
  });
  kept_bytes_max = std::max(kept_bytes_max, receiver.kept_bytes());
  if (arrival == Arrival::stale) return;
  std::vector<std::uint8_t> answer(128);
  answer.resize(encode_fragment_ack(receiver.ack(room), answer));
  world.carry(side, link_id, answer, true);
}

World::World(std::uint64_t seed, int links, const MessageParameters& parameters, std::uint32_t first_number, std::uint32_t message_bytes_max)
    : a(*this, 0, parameters, first_number, message_bytes_max),
      b(*this, 1, parameters, first_number, message_bytes_max),
      random_(seed) {
  for (Node* each : {&a, &b}) each->sender.set_usable(static_cast<LinkMask>((1 << links) - 1), now_ns);
}

void World::carry(int from, std::uint8_t link_id, const std::vector<std::uint8_t>& body, bool acknowledgement) {
  Network& network = networks[from][link_id];
  std::uniform_real_distribution<double> chance(0, 1);
  const int copies = chance(random_) < network.repeat ? 2 : 1;
  for (int copy = 0; copy < copies; copy++) {
    const std::uint64_t late_ns = network.jitter_ns == 0 ? 0 : random_() % network.jitter_ns;
    const bool lost = chance(random_) < network.loss;
    if (network.silent || lost) continue;
    network.carried++;
    flights_.push({now_ns + network.delay_ns + late_ns, order_++, 1 - from, link_id, acknowledgement, body});
  }
}

void World::run_until(std::uint64_t until_ns) {
  while (true) {
    const std::uint64_t timer_ns = std::min(a.sender.next_deadline_ns(), b.sender.next_deadline_ns());
    const std::uint64_t flight_ns = flights_.empty() ? UINT64_MAX : flights_.top().at_ns;
    const std::uint64_t next_ns = std::min(timer_ns, flight_ns);
    if (next_ns > until_ns) break;
    now_ns = std::max(now_ns, next_ns);
    if (flight_ns <= timer_ns) {
      const Flight flight = flights_.top();
      flights_.pop();
      node(flight.to).arrive(flight.link_id, flight.body, flight.acknowledgement);
    } else {
      a.sender.tick(now_ns);
      b.sender.tick(now_ns);
    }
  }
  now_ns = until_ns;
}

bool World::run_until_idle(std::uint64_t limit_ns) {
  const std::uint64_t limit = now_ns + limit_ns;
  while (now_ns < limit) {
    run_for(kMs);
    if (a.sender.queued() == 0 && b.sender.queued() == 0) return true;
  }
  return false;
}

std::vector<std::uint8_t> World::message(std::uint64_t id, std::size_t bytes) {
  std::vector<std::uint8_t> payload(bytes);
  std::uint64_t state = id * 0x9e3779b97f4a7c15u + bytes;
  for (std::uint8_t& byte : payload) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::uint8_t>(state >> 56);
  }
  return payload;
}

void World::set_all(double loss, double repeat, std::uint64_t jitter_ns) {
  for (auto& side : networks) {
    for (Network& network : side) {
      network.loss = loss;
      network.repeat = repeat;
      network.jitter_ns = jitter_ns;
    }
  }
}

}  // namespace heartwire::stream_world
