// See fleet.h.
#include "test/message/fleet.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace heartwire::fleet {

std::shared_ptr<KeyRing> ring(std::vector<std::uint8_t> ids, std::uint8_t secret) {
  std::vector<std::vector<std::uint8_t>> keys;
  std::vector<KeyRing::Entry> entries;
  for (const std::uint8_t id : ids) keys.emplace_back(32, static_cast<std::uint8_t>(id * 16 + secret));
  for (std::size_t i = 0; i < ids.size(); i++) entries.push_back({ids[i], keys[i]});
  std::string why;
  return KeyRing::build(entries, why);
}

// ---- a node -----------------------------------------------------------------------------------------------

Node::Node(Fleet& fleet, const NodeSettings& settings) : fleet(fleet), settings(settings) {
  place = settings.place != 0 ? settings.place : static_cast<std::uint8_t>(settings.node_id);
  lodging.fill(place);
  MessageOptions options;
  options.cluster_id = settings.cluster_id;
  options.node_id = settings.node_id;
  options.self.boot = settings.boot;
  options.self.beat_port = kBeatPort;
  options.self.message_port = kMessagePort;
  random(options.self.salt);
  options.plain = settings.plain;
  options.relays = settings.relays;
  options.parameters = settings.parameters;
  for (std::uint8_t link_id = 0; link_id < fleet.links; link_id++) {
    LinkOptions link;
    link.link_id = link_id;
    if ((settings.multicast >> link_id & 1) != 0) link.group = group(link_id);
    options.message_links.push_back(link);
  }
  engine = std::make_unique<MessageEngine>(options, settings.keys, *this, counters);
}

LinkAddress Node::group(std::uint8_t link_id) {
  LinkAddress group;
  group.family = AddressFamily::ipv4;
  group.port = kMessagePort;
  group.bytes = {239, 255, 0, link_id};
  return group;
}

void Node::random(std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(fleet.random());
}

LinkAddress Node::address(std::uint8_t link_id, std::uint16_t port) const {
  LinkAddress address;
  address.family = AddressFamily::ipv4;
  address.port = port;
  address.bytes = {10, link_id, 0, lodging[link_id]};
  return address;
}

void Node::send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) { fleet.carry(*this, link_id, &to, frame); }
void Node::multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame) {
  const LinkAddress to = group(link_id);
  fleet.carry(*this, link_id, &to, frame);
}
void Node::broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame) { fleet.carry(*this, link_id, nullptr, frame); }

bool Node::handover(const SessionHandover& handover) {
  if (!takes_handovers) return false;
  handovers.push_back(handover);
  if (handover.session != nullptr) sessions.emplace_back(handover.session);
  return true;
}

std::vector<MessageNotice> Node::of(MessageNotice::Kind kind, std::uint16_t node) const {
  std::vector<MessageNotice> found;
  std::copy_if(notices.begin(), notices.end(), std::back_inserter(found),
               [&](const MessageNotice& notice) { return notice.kind == kind && (node == 0 || notice.node == node); });
  return found;
}

std::vector<std::uint64_t> Node::received_ids(std::uint16_t node) const {
  std::vector<std::uint64_t> ids;
  for (const MessageNotice& notice : of(MessageNotice::Kind::message, node)) ids.push_back(notice.id);
  return ids;
}

std::uint64_t Node::say(std::uint16_t node, std::size_t bytes) {
  last_id++;
  engine->send(node, last_id, std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>(last_id)), fleet.now_ns);
  return last_id;
}

// ---- the networks -----------------------------------------------------------------------------------------

Node& Fleet::add(const NodeSettings& settings) {
  nodes.push_back(std::make_unique<Node>(*this, settings));
  return *nodes.back();
}

void Fleet::remove(Node& node) {
  std::erase_if(nodes, [&node](const std::unique_ptr<Node>& each) { return each.get() == &node; });
}

void Fleet::carry(Node& from, std::uint8_t link_id, const LinkAddress* to, std::span<const std::uint8_t> frame) {
  FrameHeader header;
  ASSERT_EQ(decode_header(frame, header), Reject::none);
  if (!from.settings.plain && header.type >= FrameType::fragments) {
    const std::vector<std::uint64_t> nonce{header.key_id, header.link_id, header.sender_id, header.receiver_id, header.sender_boot,
                                           header.receiver_boot, header.sequence, static_cast<std::uint64_t>(header.type)};
    const std::vector<std::uint8_t> bytes(frame.begin(), frame.end());
    const auto [known, fresh] = nonces_.emplace(nonce, bytes);
    EXPECT_TRUE(fresh || known->second == bytes) << "a nonce came twice";  // the same bytes: a frame that is passed on
  }
  if (lose && lose(from, link_id, header)) return;
  std::uniform_real_distribution<double> chance(0, 1);
  const int copies = chance(random) < repeat ? 2 : 1;
  for (int copy = 0; copy < copies; copy++) {
    if (chance(random) < loss) continue;
    Crossing crossing;
    crossing.at_ns = now_ns + 100'000 + (jitter_ns == 0 ? 0 : random() % jitter_ns);
    crossing.order = order_++;
    crossing.from = from.address(link_id, to == nullptr ? kBroadcastPort : kMessagePort);
    if (to != nullptr) crossing.to = *to;
    crossing.link_id = link_id;
    crossing.broadcast = to == nullptr;
    crossing.frame.assign(frame.begin(), frame.end());
    if (record != nullptr) record->push_back(crossing);
    flights_.push(std::move(crossing));
  }
}

void Fleet::land(const Crossing& crossing) {
  for (const std::unique_ptr<Node>& node : nodes) {
    const bool own = node->address(crossing.link_id, crossing.from.port) == crossing.from;
    const bool to_group = crossing.to == Node::group(crossing.link_id);
    const bool joined = (node->settings.multicast >> crossing.link_id & 1) != 0;
    if (crossing.broadcast || to_group ? own || (to_group && !joined) : crossing.to != node->address(crossing.link_id, kMessagePort)) continue;
    std::vector<std::uint8_t> frame = crossing.frame;
    if (lose_between && lose_between(crossing.from.bytes[3], node->lodging[crossing.link_id])) continue;
    node->engine->receive(crossing.link_id, crossing.broadcast, frame, crossing.from, now_ns);
    node->engine->tick(now_ns);
  }
}

void Fleet::run_for(std::uint64_t ns) {
  const std::uint64_t until_ns = now_ns + ns;
  for (const auto& node : nodes) node->engine->tick(now_ns);
  while (true) {
    std::uint64_t timer_ns = UINT64_MAX;
    for (const auto& node : nodes) timer_ns = std::min(timer_ns, node->engine->next_deadline_ns());
    const std::uint64_t flight_ns = flights_.empty() ? UINT64_MAX : flights_.top().at_ns;
    if (std::min(timer_ns, flight_ns) > until_ns) break;
    now_ns = std::max(now_ns, std::min(timer_ns, flight_ns));
    if (flight_ns <= timer_ns) {
      const Crossing crossing = flights_.top();
      flights_.pop();
      land(crossing);
    } else {
      for (const auto& node : nodes) node->engine->tick(now_ns);
    }
  }
  now_ns = until_ns;
}

bool Fleet::run_until(const std::function<bool()>& condition, std::uint64_t limit_ns) {
  for (const std::uint64_t limit = now_ns + limit_ns; now_ns < limit; run_for(kMs)) {
    if (condition()) return true;
  }
  return condition();
}

void Fleet::announce_all(const std::string& text) {
  for (const auto& node : nodes) {
    node->engine->announce(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
}

}  // namespace heartwire::fleet
