// See engine_world.h.
#include "test/heartbeat/engine_world.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heartwire::test {

LinkAddress address_of(std::uint16_t node, std::uint8_t link) {
  LinkAddress address;
  address.family = AddressFamily::ipv4;
  address.port = 525;
  address.bytes = {10, link, static_cast<std::uint8_t>(node >> 8), static_cast<std::uint8_t>(node)};
  return address;
}

Node::Node(World& owner, std::uint16_t node_id, std::uint64_t node_boot) : world(owner), id(node_id), boot(node_boot) {
  EngineIdentity identity;
  identity.cluster_id = 7;
  identity.node_id = id;
  identity.boot = boot;
  identity.planted_bug = static_cast<std::uint8_t>(world.timing.bug);
  identity.relays = world.timing.relays;
  engine = std::make_unique<Engine>(identity, *this, *page);
  if (world.timing.second) second = std::make_unique<SecondBeats>(identity, *this, *page);
}

void Node::send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  world.deliver(id, link_id, to, frame);
}

void Node::notice(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  notices[{peer_id, link_id}] = {to, {frame.begin(), frame.end()}};
}

bool Node::guarded() const { return world.timing.guarded; }

void Node::lease(std::uint8_t, std::uint16_t cell, std::uint64_t expiry_ns) {
  if (!world.timing.guarded || cell != open_cell) return;
  if (expiry_ns <= world.now_ns) has_address = false;
  else if (prepared) has_address = true;
}

void Node::address(const AddressOrder& order) {
  orders.push_back(order);
  if (order.asks) {
    world.later(world.now_ns + world.timing.told_us * kUs, id, {order.seat, order.epoch, order.open, false, 0, false, true, world.timing.unqueued});
    return;
  }
  if (order.open) open_cell = order.cell;
  prepared = order.open && order.prepares;
  if (order.prepares) return;
  const std::uint32_t close_us = order.open ? 0 : world.timing.close_us;
  if (!order.open && close_us == 0) has_address = false;
  if (order.open) has_address = true;
  AddressDone done{};
  done.seat = order.seat;
  done.epoch = order.epoch;
  done.open = order.open;
  world.later(world.now_ns + (40 + close_us) * kUs, id, done);
}

std::size_t Node::count(EventKind kind) const {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const EngineEvent& event) { return event.kind == kind; }));
}

const EngineEvent* Node::last(EventKind kind) const {
  const auto found = std::find_if(events.rbegin(), events.rend(), [&](const EngineEvent& event) { return event.kind == kind; });
  return found == events.rend() ? nullptr : &*found;
}

void Node::command(const EngineCommand& command) { engine->command(command, world.now_ns); }

World::World(std::uint16_t nodes, Timing chosen, std::uint8_t quorum) : timing(chosen) {
  for (std::uint16_t id = 1; id <= nodes; ++id) voter_ids_.push_back(id);
  quorum_ = quorum != 0 ? quorum : static_cast<std::uint8_t>(nodes / 2 + 1);
  for (std::uint16_t id = 1; id <= nodes; ++id) nodes_[id] = std::make_unique<Node>(*this, id, 100);
  for (auto& [id, node] : nodes_) configure(*node, 0);
  for (auto& [left, left_node] : nodes_) {
    for (auto& [right, right_node] : nodes_) {
      if (left != right) connect(*left_node, *right_node);
    }
  }
}

PeerSession* plain_session(const Node& peer) {
  auto session = std::make_unique<PeerSession>();
  session->peer_id = peer.id;
  session->peer_boot = peer.boot;
  session->send_key_id = 1;
  for (std::uint8_t link = 0; link < 2; ++link) {
    session->paths[link].send = make_plain_sealer();
    session->paths[link].receive[0] = make_plain_sealer();
    session->paths[link].receive_key_id[0] = 1;
  }
  return session.release();
}

void World::connect(Node& left, Node& right) {
  for (std::uint8_t link = 0; link < 2; ++link) {
    EngineCommand path;
    path.kind = CommandKind::set_peer_path;
    path.path = {right.id, link, address_of(right.id, link)};
    left.command(path);
    if (left.second != nullptr) left.second->set_path(right.id, link, address_of(right.id, link));
  }
  delete left.engine->exchange_session(plain_session(right), now_ns);
  if (left.second != nullptr) delete left.second->exchange_session(plain_session(right));
}

void World::configure(Node& node, std::uint64_t promised) {
  EngineCommand command;
  command.kind = CommandKind::set_timing;
  command.timing = {timing.interval_us, timing.timeout_us, 0, NicPolicy::last};
  node.command(command);
  for (std::uint8_t link = 0; link < 2; ++link) {
    command.kind = CommandKind::set_link;
    command.link = {link, true, true, link, 0};
    node.command(command);
  }
  command.kind = CommandKind::set_voters;
  command.voters = SetVoters{};
  command.voters.set_number = 1;
  command.voters.count = static_cast<std::uint8_t>(voter_ids_.size());
  command.voters.quorum = quorum_;
  std::copy(voter_ids_.begin(), voter_ids_.end(), command.voters.ids);
  command.voters.witness = timing.witness;
  node.command(command);
  command.kind = CommandKind::set_register;
  const std::uint32_t lease_us = node.id == timing.witness ? timing.witness_lease_us : timing.lease_us;
  command.reg = {0, true, promised, promised + 16, promised == 0 ? 0 : now_ns + lease_us * kUs, lease_us};
  node.command(command);
  command.kind = CommandKind::set_seat;
  command.seat = {0, true, timing.lease_us, 255, 100};
  node.command(command);
}

void World::order(std::uint64_t id, std::uint64_t base, std::vector<std::uint16_t> chain) {
  orders_ = SetOrders{};
  orders_.orders_id = id;
  orders_.base_epoch = base;
  orders_.count = static_cast<std::uint8_t>(chain.size());
  std::copy(chain.begin(), chain.end(), orders_.chain);
  EngineCommand command;
  command.kind = CommandKind::set_orders;
  command.orders = orders_;
  for (auto& [node_id, node] : nodes_) node->command(command);
}

void World::stand(std::uint16_t id) {
  EngineCommand command;
  command.kind = CommandKind::stand;
  command.seat_act = {0, 0};
  node(id).command(command);
}

void World::elect_first() {
  order(1 << 16, 0, {1});
  stand(1);
  run(5 * kMs);
  ASSERT_EQ(holders(), std::vector<std::uint16_t>{1});
  order((1 << 16) + 1, 1, {2, 3});
  run(20 * kMs);
  ASSERT_EQ(node(1).count(EventKind::seat_lapsed), 0u);
}

void World::release(std::uint16_t id, std::uint16_t successor) {
  EngineCommand command;
  command.kind = CommandKind::release;
  command.seat_act = {0, successor};
  node(id).command(command);
}

void World::deliver(std::uint16_t from, std::uint8_t link, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  const auto target = static_cast<std::uint16_t>(to.bytes[2] << 8 | to.bytes[3]);
  if (cuts_.count({from, target, link}) != 0 || !node(from).alive) return;
  queue_.emplace(now_ns + delay_ns + buffer_ns[link], Item{target, from, link, {frame.begin(), frame.end()}, false, {}});
}

void World::later(std::uint64_t at_ns, std::uint16_t target, const AddressDone& done) {
  queue_.emplace(at_ns, Item{target, target, 0, {}, true, done});
}

void World::hand_over(const Item& item) {
  Node& target = node(item.to);
  if (item.is_done) {
    if (!item.done.open && !item.done.told) target.has_address = false;
    EngineCommand command;
    command.kind = CommandKind::address_done;
    command.address = item.done;
    target.command(command);
    return;
  }
  std::vector<std::uint8_t> frame = item.frame;
  target.engine->receive(item.link, frame, address_of(item.from, item.link), now_ns, now_ns);
}

void World::run(std::uint64_t duration_ns) {
  const std::uint64_t end_ns = now_ns + duration_ns;
  while (true) {
    std::uint64_t next = end_ns;
    if (!queue_.empty()) next = std::min(next, queue_.begin()->first);
    for (auto& [id, node] : nodes_) {
      if (node->alive) next = std::min(next, std::max(node->engine->next_deadline_ns(), node->frozen_until_ns));
      if (node->alive && node->second != nullptr) next = std::min(next, node->second_next_ns);
    }
    if (next >= end_ns) break;
    now_ns = std::max(now_ns, next);
    while (!queue_.empty() && queue_.begin()->first <= now_ns) {
      Item item = queue_.begin()->second;
      queue_.erase(queue_.begin());
      Node& target = node(item.to);
      if (!target.alive) continue;
      if (target.frozen_until_ns > now_ns) queue_.emplace(target.frozen_until_ns, item);
      else hand_over(item);
    }
    for (auto& [id, node] : nodes_) {
      if (node->alive) tick(*node);
    }
    if (holders().size() > 1) two_owners_seen = true;
  }
  now_ns = end_ns;
}

void World::tick(Node& node) {
  const std::uint64_t deadline = node.engine->next_deadline_ns();
  if (node.frozen_until_ns <= now_ns && deadline <= now_ns) node.engine->tick(deadline, now_ns);
  if (node.second == nullptr || node.second_next_ns > now_ns) return;
  node.second_next_ns = node.second->tick(node.engine->next_deadline_ns(), node.page->interval_ns.get(), now_ns);
}

void World::cut(std::uint16_t from, std::uint16_t to, std::uint8_t link, bool is_cut) {
  if (is_cut) cuts_.insert({from, to, link});
  else cuts_.erase({from, to, link});
}

void World::silence(std::uint16_t id, bool silent) {
  for (const std::uint16_t other : voter_ids_) {
    for (std::uint8_t link = 0; link < 2; ++link) {
      cut(id, other, link, silent);
      cut(other, id, link, silent);
    }
  }
}

void World::die(std::uint16_t id) {
  node(id).has_address = false;
  for (const auto& [place, notice] : node(id).notices) deliver(id, place.second, notice.to, notice.frame);
  node(id).alive = false;
}

void World::restart(std::uint16_t id, std::uint64_t promised) {
  const std::uint64_t boot = node(id).boot + 1;
  nodes_[id] = std::make_unique<Node>(*this, id, boot);
  configure(node(id), promised);
  for (auto& [other, other_node] : nodes_) {
    if (other == id) continue;
    connect(node(id), *other_node);
    connect(*other_node, node(id));
  }
}

std::vector<std::uint16_t> World::holders() const {
  std::vector<std::uint16_t> found;
  for (const auto& [id, node] : nodes_) {
    if (node->alive && node->has_address) found.push_back(id);
  }
  return found;
}

}  // namespace heartwire::test
