// See engine_commands.h.
#include "binding/engine_commands.h"

#include <algorithm>

#include "binding/arguments.h"

namespace heartwire::binding {

namespace {

constexpr double kLongestUs = 3'600'000'000.0;  // an hour

std::uint8_t read_seat(const Napi::Value& value) { return read_integer<std::uint8_t>(value, "seat", 0, kSeatsMax - 1); }
std::uint16_t read_node(const Napi::Value& value) { return read_integer<std::uint16_t>(value, "node", 1, 65535); }

EngineCommand of(CommandKind kind) {
  EngineCommand command;
  command.kind = kind;
  return command;
}

}  // namespace

EngineCommand read_set_timing(const Napi::CallbackInfo& info, std::uint32_t liveness_timeout_ms, bool release_stalled) {
  EngineCommand command = of(CommandKind::set_timing);
  const auto interval_us = read_integer<std::uint32_t>(info[0], "intervalUs", 200, kLongestUs);
  const auto timeout_us = read_integer<std::uint32_t>(info[1], "timeoutUs", 2.0 * interval_us, kLongestUs);
  const NicPolicy policy = read_choice(info[2], "nicPolicy", {"first", "last"}) == 0 ? NicPolicy::first : NicPolicy::last;
  command.timing = {interval_us, timeout_us, liveness_timeout_ms, policy, release_stalled,
                    read_optional(info[3], "answerUs", kLongestUs)};
  return command;
}

EngineCommand read_set_peer(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::set_peer);
  command.peer = {read_node(info[0]), read_boolean(info[1], "beat"), read_boolean(info[2], "watch"),
                  read_integer<std::uint32_t>(info[3], "intervalUs", 0, kLongestUs),
                  read_integer<std::uint32_t>(info[4], "timeoutUs", 0, kLongestUs),
                  read_optional(info[5], "answerUs", kLongestUs)};
  return command;
}

EngineCommand read_confirm_timing(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::confirm_timing);
  command.confirm = {read_node(info[0]), read_integer<std::uint32_t>(info[1], "token", 1, 4294967295.0)};
  return command;
}

EngineCommand read_remove_peer(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::remove_peer);
  command.peer = SetPeer{};
  command.peer.node_id = read_node(info[0]);
  return command;
}

EngineCommand read_set_voters(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::set_voters);
  command.voters = SetVoters{};
  command.voters.set_number = read_integer<std::uint16_t>(info[0], "setNumber", 0, 65535);
  command.voters.quorum = read_integer<std::uint8_t>(info[1], "quorum", 1, kVotersMax);
  const auto ids = read_node_ids(info[2], "nodes", kVotersMax);
  command.voters.count = static_cast<std::uint8_t>(ids.size());
  std::copy(ids.begin(), ids.end(), command.voters.ids);
  command.voters.disk = info[3].IsString() && read_choice(info[3], "witness", {"disk"}) == 0;
  if (!command.voters.disk) command.voters.witness = read_integer<std::uint16_t>(info[3], "witness", 0, 65535);
  else if (command.voters.count < kVotersMax) command.voters.ids[command.voters.count++] = 0;
  return command;
}

EngineCommand read_set_register(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::set_register);
  const double quiet_ns = info[4].IsBigInt() ? static_cast<double>(read_bigint(info[4], "quietUntilNs"))
                                             : read_number(info[4], "quietUntilNs", 0, 9007199254740991.0);
  command.reg = {read_seat(info[0]), read_boolean(info[1], "voting"), read_bigint(info[2], "promised"), read_bigint(info[3], "reserved"),
                 static_cast<std::uint64_t>(quiet_ns), read_integer<std::uint32_t>(info[5], "leaseUsMax", 1, kLongestUs)};
  return command;
}

EngineCommand read_set_seat(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::set_seat);
  command.seat = {read_seat(info[0]), read_boolean(info[1], "exists"), read_integer<std::uint32_t>(info[2], "leaseUs", 1, kLongestUs),
                  read_integer<std::uint8_t>(info[3], "network", 0, 255), read_integer<std::uint32_t>(info[4], "roundTripUs", 0, kLongestUs)};
  return command;
}

EngineCommand read_set_orders(const Napi::CallbackInfo& info) {
  EngineCommand command = of(CommandKind::set_orders);
  command.orders = SetOrders{};
  command.orders.seat = read_seat(info[0]);
  command.orders.orders_id = read_bigint(info[1], "ordersId");
  command.orders.base_epoch = read_bigint(info[2], "baseEpoch");
  const auto chain = read_node_ids(info[3], "chain", 8);
  command.orders.count = static_cast<std::uint8_t>(chain.size());
  std::copy(chain.begin(), chain.end(), command.orders.chain);
  return command;
}

EngineCommand read_seat_act(const Napi::CallbackInfo& info, CommandKind kind) {
  EngineCommand command = of(kind);
  command.seat_act = {read_seat(info[0]), 0};
  if (kind == CommandKind::release) command.seat_act.successor = read_integer<std::uint16_t>(info[1], "successor", 0, 65535);
  return command;
}

const char* event_name(EventKind kind) {
  switch (kind) {
    case EventKind::node_up: return "node_up";
    case EventKind::node_down: return "node_down";
    case EventKind::link_up: return "link_up";
    case EventKind::link_down: return "link_down";
    case EventKind::carrier: return "carrier";
    case EventKind::interface_gone: return "interface_gone";
    case EventKind::seat_acquired: return "seat_acquired";
    case EventKind::seat_open: return "seat_open";
    case EventKind::seat_lapsed: return "seat_lapsed";
    case EventKind::seat_regained: return "seat_regained";
    case EventKind::seat_released: return "seat_released";
    case EventKind::seat_failed: return "seat_failed";
    case EventKind::seat_closed: return "seat_closed";
    case EventKind::holder_changed: return "holder_changed";
    case EventKind::asked: return "asked";
    case EventKind::refused: return "refused";
    case EventKind::reserve_needed: return "reserve_needed";
    case EventKind::unfit: return "unfit";
    case EventKind::peer_stalled: return "peer_stalled";
    case EventKind::duplicate_node: return "duplicate_node";
    case EventKind::peer_serves: return "peer_serves";
    case EventKind::seat_unfit: return "seat_unfit";
    case EventKind::address_deleted: return "address_deleted";
    case EventKind::address_conflict: return "address_conflict";
    case EventKind::address_stray: return "address_stray";
    case EventKind::timing_agreed: return "timing_agreed";
    case EventKind::adapter_switched: return "adapter_switched";
    case EventKind::late: return "late";
  }
  return "unknown";
}

}  // namespace heartwire::binding
