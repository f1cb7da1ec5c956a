// See simulated_engine.h.
#include "binding/simulated_engine.h"

#ifdef HEARTWIRE_SIMULATION
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "binding/arguments.h"
#include "binding/engine_commands.h"
#include "core/disk/disk_voter.h"
#include "core/heartbeat/engine.h"
#include "core/heartbeat/second_beats.h"
#include "core/heartbeat/statistics_page.h"
#include "core/lease/register.h"

namespace heartwire::binding {

namespace {

constexpr double kLatestNs = 9007199254740991.0;

// Where frames to and from a node go in a simulated world: the node's id is its address.
LinkAddress address_of(std::uint16_t node) {
  LinkAddress address;
  address.family = AddressFamily::ipv4;
  address.port = node;
  return address;
}

class SimulatedEngine final : public Napi::ObjectWrap<SimulatedEngine>, public EngineSink {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SimulatedEngine(const Napi::CallbackInfo& info);

 private:
  struct Frame { std::uint8_t link; std::uint16_t to; std::vector<std::uint8_t> bytes; };
  void send(std::uint8_t link, const LinkAddress& to, std::span<const std::uint8_t> frame) override {
    frames_.push_back({link, to.port, {frame.begin(), frame.end()}});
  }
  void address(const AddressOrder& order) override { orders_.push_back(order); }
  bool guarded() const override { return guarded_; }
  void event(const EngineEvent& event) override { events_.push_back(event); }
  void disk(const DiskOrder& order) override { disk_order_ = order; }
  void notice(std::uint16_t peer, std::uint8_t link, const LinkAddress&, std::span<const std::uint8_t> frame) override {
    notices_.push_back({link, peer, {frame.begin(), frame.end()}});
  }
  void lease(std::uint8_t seat, std::uint16_t cell, std::uint64_t expiry_ns) override { leases_.push_back({seat, cell, expiry_ns}); }
  void adapters(std::uint8_t networks) override { on_standby_ = networks; }

  Napi::Value give(const Napi::CallbackInfo& info, const EngineCommand& command, std::size_t now_at) {
    engine_->command(command, now(info, now_at));
    return outputs(info.Env());
  }
  static std::uint64_t now(const Napi::CallbackInfo& info, std::size_t at) {
    return static_cast<std::uint64_t>(read_number(info[at], "nowNs", 0, kLatestNs));
  }
  // Most calls come to nothing: those get the same empty outputs each time.
  Napi::Value outputs(Napi::Env env) {
    const bool nothing = frames_.empty() && notices_.empty() && orders_.empty() && leases_.empty() && events_.empty();
    return nothing ? nothing_.Value() : take_outputs(env);
  }
  Napi::Object take_outputs(Napi::Env env);
  static Napi::Array frame_array(Napi::Env env, const std::vector<Frame>& from);

  Napi::Value set_timing(const Napi::CallbackInfo& info) { return give(info, read_set_timing(info, liveness_timeout_ms_, true), 4); }
  Napi::Value renew_liveness(const Napi::CallbackInfo& info);
  Napi::Value set_peer(const Napi::CallbackInfo& info) { return give(info, read_set_peer(info), 6); }
  Napi::Value confirm_timing(const Napi::CallbackInfo& info) { return give(info, read_confirm_timing(info), 2); }
  Napi::Value remove_peer(const Napi::CallbackInfo& info) { return give(info, read_remove_peer(info), 1); }
  Napi::Value set_voters(const Napi::CallbackInfo& info) { return give(info, read_set_voters(info), 4); }
  Napi::Value set_register(const Napi::CallbackInfo& info) { return give(info, read_set_register(info), 6); }
  Napi::Value set_seat(const Napi::CallbackInfo& info) { return give(info, read_set_seat(info), 5); }
  Napi::Value set_orders(const Napi::CallbackInfo& info) { return give(info, read_set_orders(info), 4); }
  Napi::Value stand(const Napi::CallbackInfo& info) { return give(info, read_seat_act(info, CommandKind::stand), 1); }
  Napi::Value release(const Napi::CallbackInfo& info) { return give(info, read_seat_act(info, CommandKind::release), 2); }
  Napi::Value set_link(const Napi::CallbackInfo& info);
  Napi::Value on_standby(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), on_standby_); }
  Napi::Value set_link_offline(const Napi::CallbackInfo& info);
  Napi::Value drop_link(const Napi::CallbackInfo& info);
  Napi::Value is_heard(const Napi::CallbackInfo& info);
  Napi::Value set_peer_path(const Napi::CallbackInfo& info);
  Napi::Value set_egress(const Napi::CallbackInfo& info);
  Napi::Value install_plain_session(const Napi::CallbackInfo& info);
  Napi::Value address_done(const Napi::CallbackInfo& info);
  Napi::Value receive(const Napi::CallbackInfo& info);
  Napi::Value tick(const Napi::CallbackInfo& info);
  Napi::Value stand_in(const Napi::CallbackInfo& info);
  Napi::Value next_disk_io(const Napi::CallbackInfo& info);
  Napi::Value disk_done(const Napi::CallbackInfo& info);
  Napi::Value next_deadline(const Napi::CallbackInfo& info) {
    const std::uint64_t deadline = engine_->next_deadline_ns();
    return Napi::Number::New(info.Env(), deadline > 9007199254740991u ? INFINITY : static_cast<double>(deadline));
  }

  StatisticsPage page_;
  std::uint32_t liveness_timeout_ms_ = 0;
  bool guarded_ = false;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<SecondBeats> second_;
  std::unique_ptr<DiskVoter> voter_;  // null: there is no shared disk
  DiskOrder disk_order_;
  std::uint8_t on_standby_ = 0;  // networks whose addresses are on their standby adapter, a bit each
  std::vector<Frame> frames_, notices_;
  struct Lease { std::uint8_t seat; std::uint16_t cell; std::uint64_t expiry_ns; };
  std::vector<Lease> leases_;
  std::vector<AddressOrder> orders_;
  std::vector<EngineEvent> events_;
  Napi::ObjectReference nothing_;
};

SimulatedEngine::SimulatedEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SimulatedEngine>(info) {
  const Napi::Object options = read_object(info[0], "options");
  EngineIdentity identity;
  identity.cluster_id = read_bigint(options.Get("clusterId"), "clusterId");
  identity.node_id = read_integer<std::uint16_t>(options.Get("nodeId"), "nodeId", 1, 65535);
  identity.boot = read_bigint(options.Get("boot"), "boot");
  identity.planted_bug = read_integer<std::uint8_t>(options.Get("plantedBug"), "plantedBug", 0, static_cast<double>(PlantedBug::count) - 1);
  identity.relays = read_boolean(options.Get("relays"), "relays");
  guarded_ = read_boolean(options.Get("guarded"), "guarded");
  liveness_timeout_ms_ = read_integer<std::uint32_t>(options.Get("livenessTimeoutMs"), "livenessTimeoutMs", 0, 3'600'000);
  engine_ = std::make_unique<Engine>(identity, *this, page_);
  second_ = std::make_unique<SecondBeats>(identity, *this, page_);
  nothing_ = Napi::Persistent(take_outputs(info.Env()));
  const auto disk_lease_us = read_integer<std::uint32_t>(options.Get("diskLeaseUs"), "diskLeaseUs", 0, 3.6e9);
  if (disk_lease_us == 0) return;
  const auto now_ns = static_cast<std::uint64_t>(read_number(options.Get("nowNs"), "nowNs", 0, kLatestNs));
  const DiskVoter::Self self{identity.cluster_id, identity.boot, identity.node_id, disk_lease_us, now_ns + std::uint64_t{disk_lease_us} * 1000};
  voter_ = std::make_unique<DiskVoter>(self);
}

// What the thread of the shared disk would do now: { kind, bytes (write), dueNs (none) }.
Napi::Value SimulatedEngine::next_disk_io(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  voter_->order(disk_order_, now(info, 0));
  const DiskIo io = voter_->next(now(info, 0));
  constexpr const char* kKinds[] = {"none", "read own", "read other", "write"};
  result.Set("kind", kKinds[static_cast<std::size_t>(io.kind)]);
  if (io.kind == DiskIo::Kind::write) {
    DiskBlock block;
    encode_disk_record(io.record, block);
    result.Set("bytes", Napi::Buffer<std::uint8_t>::Copy(info.Env(), block.data(), block.size()));
  }
  const std::uint64_t due_ns = voter_->due_ns();
  result.Set("dueNs", due_ns > 9007199254740991u ? INFINITY : static_cast<double>(due_ns));
  return result;
}

// (ok, what was read or null, nowNs): the engine hears the answer, where there is one. A block that nobody has written is idle.
Napi::Value SimulatedEngine::disk_done(const Napi::CallbackInfo& info) {
  DiskRecord record;
  bool ok = read_boolean(info[0], "ok");
  if (info[1].IsTypedArray()) {
    const std::vector<std::uint8_t> bytes = read_bytes(info[1], "bytes");
    DiskBlock block{};
    std::copy(bytes.begin(), bytes.begin() + static_cast<long>(std::min(bytes.size(), block.size())), block.begin());
    ok = ok && decode_disk_record(block, DiskKind::record, 7, 0, record) == DiskFlaw::none;
  }
  const std::optional<DiskAnswer> answer = voter_->done(ok, record, now(info, 2));
  if (!answer) return outputs(info.Env());
  EngineCommand command;
  command.kind = CommandKind::disk_answer;
  command.disk = *answer;
  return give(info, command, 2);
}

Napi::Value SimulatedEngine::renew_liveness(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::renew_liveness;
  command.live = {static_cast<std::uint64_t>(read_number(info[0], "untilNs", 0, kLatestNs))};
  return give(info, command, 1);
}

Napi::Value SimulatedEngine::set_link(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  command.link = {read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1), read_boolean(info[1], "present"),
                  read_boolean(info[2], "carrier"), read_integer<std::uint8_t>(info[3], "network", 0, 255), 0,
                  read_integer<std::uint8_t>(info[4], "standbyFor", 0, 255)};
  return give(info, command, 5);
}

Napi::Value SimulatedEngine::set_link_offline(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::set_link_offline;
  command.offline = {read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1), read_boolean(info[1], "offline")};
  return give(info, command, 2);
}

Napi::Value SimulatedEngine::drop_link(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::drop_link;
  command.offline = {read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1), false};
  return give(info, command, 1);
}

// Of the page, as lib/runtime/statistics.ts reads it: a node on a link, since a time of this node's clock.
Napi::Value SimulatedEngine::is_heard(const Napi::CallbackInfo& info) {
  const auto node = read_integer<std::uint16_t>(info[0], "node", 1, 65535);
  const auto link = read_integer<std::uint8_t>(info[1], "link", 0, kLinksMax - 1);
  const auto since_ns = static_cast<std::uint64_t>(read_number(info[2], "sinceNs", 0, kLatestNs));
  const auto hears = [&](const PagePeer& peer) {
    const PagePath& path = peer.paths[link];
    return peer.node_id.get() == node && path.up.get() != 0 && path.last_arrival_ns.get() >= since_ns;
  };
  return Napi::Boolean::New(info.Env(), std::any_of(std::begin(page_.peers), std::end(page_.peers), hears));
}

// (seat, drainNs, nowNs)
Napi::Value SimulatedEngine::set_egress(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::set_egress;
  command.egress = {read_integer<std::uint8_t>(info[0], "seat", 0, kSeatsMax - 1),
                    static_cast<std::uint64_t>(read_number(info[1], "drainNs", 0, kLatestNs))};
  return give(info, command, 2);
}

Napi::Value SimulatedEngine::set_peer_path(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::set_peer_path;
  const auto node = read_integer<std::uint16_t>(info[0], "node", 1, 65535);
  command.path = {node, read_integer<std::uint8_t>(info[1], "link", 0, kLinksMax - 1), address_of(node)};
  second_->set_path(node, command.path.link_id, command.path.address);
  return give(info, command, 2);
}

Napi::Value SimulatedEngine::install_plain_session(const Napi::CallbackInfo& info) {
  const auto make = [&info] {
    auto session = std::make_unique<PeerSession>();
    session->peer_id = read_integer<std::uint16_t>(info[0], "peer", 1, 65535);
    session->peer_boot = read_bigint(info[1], "boot");
    session->send_key_id = 1;
    for (auto& path : session->paths) {
      path.send = make_plain_sealer();
      path.receive[0] = make_plain_sealer();
      path.receive_key_id[0] = 1;
    }
    return session.release();
  };
  delete second_->exchange_session(make());
  delete engine_->exchange_session(make(), now(info, 2));
  return outputs(info.Env());
}

// The second beat thread looks at what the first one waits for: { frames, nextNs }.
Napi::Value SimulatedEngine::stand_in(const Napi::CallbackInfo& info) {
  const std::uint64_t next_ns = second_->tick(engine_->next_deadline_ns(), page_.interval_ns.get(), now(info, 0));
  Napi::Object result = take_outputs(info.Env());
  result.Set("nextNs", static_cast<double>(next_ns));
  return result;
}

Napi::Value SimulatedEngine::address_done(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::address_done;
  command.address = {read_integer<std::uint8_t>(info[0], "seat", 0, kSeatsMax - 1), read_bigint(info[1], "epoch"),
                     read_boolean(info[2], "open"), read_boolean(info[3], "failed"), 0, read_boolean(info[5], "silent"),
                     read_boolean(info[6], "told"), read_boolean(info[7], "unqueued")};
  return give(info, command, 4);
}

Napi::Value SimulatedEngine::receive(const Napi::CallbackInfo& info) {
  std::vector<std::uint8_t> frame = read_bytes(info[1], "bytes");
  const auto source = read_integer<std::uint16_t>(info[2], "sourceNode", 1, 65535);
  const auto arrival_ns = static_cast<std::uint64_t>(read_number(info[3], "arrivalNs", 0, kLatestNs));
  engine_->receive(read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1), frame, address_of(source), arrival_ns, now(info, 4));
  return outputs(info.Env());
}

Napi::Value SimulatedEngine::tick(const Napi::CallbackInfo& info) {
  engine_->tick(static_cast<std::uint64_t>(read_number(info[0], "deadlineNs", 0, kLatestNs)), now(info, 1));
  return outputs(info.Env());
}

Napi::Array SimulatedEngine::frame_array(Napi::Env env, const std::vector<Frame>& from) {
  Napi::Array frames = Napi::Array::New(env, from.size());
  for (std::uint32_t index = 0; index < from.size(); ++index) {
    Napi::Object frame = Napi::Object::New(env);
    frame.Set("link", static_cast<double>(from[index].link));
    frame.Set("toNode", static_cast<double>(from[index].to));
    frame.Set("bytes", Napi::Buffer<std::uint8_t>::Copy(env, from[index].bytes.data(), from[index].bytes.size()));
    frames[index] = frame;
  }
  return frames;
}

Napi::Object SimulatedEngine::take_outputs(Napi::Env env) {
  Napi::Object result = Napi::Object::New(env);
  Napi::Array frames = frame_array(env, frames_);
  Napi::Array notices = frame_array(env, notices_);
  Napi::Array orders = Napi::Array::New(env, orders_.size());
  for (std::uint32_t index = 0; index < orders_.size(); ++index) {
    Napi::Object order = Napi::Object::New(env);
    order.Set("seat", static_cast<double>(orders_[index].seat));
    order.Set("open", orders_[index].open);
    order.Set("epoch", Napi::BigInt::New(env, orders_[index].epoch));
    order.Set("cell", static_cast<double>(orders_[index].cell));
    order.Set("asks", orders_[index].asks);
    order.Set("prepares", orders_[index].prepares);
    orders[index] = order;
  }
  Napi::Array leases = Napi::Array::New(env, leases_.size());
  for (std::uint32_t index = 0; index < leases_.size(); ++index) {
    Napi::Object lease = Napi::Object::New(env);
    lease.Set("cell", static_cast<double>(leases_[index].cell));
    lease.Set("expiryNs", leases_[index].expiry_ns > 9007199254740991u ? INFINITY : static_cast<double>(leases_[index].expiry_ns));
    leases[index] = lease;
  }
  Napi::Array events = Napi::Array::New(env, events_.size());
  for (std::uint32_t index = 0; index < events_.size(); ++index) {
    const EngineEvent& from = events_[index];
    Napi::Object event = Napi::Object::New(env);
    event.Set("kind", event_name(from.kind));
    event.Set("node", static_cast<double>(from.node));
    event.Set("link", static_cast<double>(from.link));
    event.Set("seat", static_cast<double>(from.seat));
    event.Set("flag", from.flag != 0);
    event.Set("epoch", Napi::BigInt::New(env, from.epoch));
    event.Set("atNs", Napi::BigInt::New(env, from.at_ns));
    event.Set("value", Napi::BigInt::New(env, from.value));
    events[index] = event;
  }
  result.Set("frames", frames);
  result.Set("notices", notices);
  result.Set("orders", orders);
  result.Set("leases", leases);
  result.Set("events", events);
  frames_.clear();
  notices_.clear();
  orders_.clear();
  leases_.clear();
  events_.clear();
  return result;
}

Napi::Function SimulatedEngine::define(Napi::Env env) {
  return DefineClass(env, "SimulatedEngine", {
      InstanceMethod<&SimulatedEngine::set_timing>("setTiming"), InstanceMethod<&SimulatedEngine::set_link>("setLink"),
      InstanceMethod<&SimulatedEngine::set_link_offline>("setLinkOffline"), InstanceMethod<&SimulatedEngine::drop_link>("dropLink"),
      InstanceMethod<&SimulatedEngine::on_standby>("onStandby"),
      InstanceMethod<&SimulatedEngine::is_heard>("isHeard"),
      InstanceMethod<&SimulatedEngine::renew_liveness>("renewLiveness"),
      InstanceMethod<&SimulatedEngine::set_peer>("setPeer"), InstanceMethod<&SimulatedEngine::confirm_timing>("confirmTiming"), InstanceMethod<&SimulatedEngine::remove_peer>("removePeer"),
      InstanceMethod<&SimulatedEngine::set_peer_path>("setPeerPath"),
      InstanceMethod<&SimulatedEngine::install_plain_session>("installPlainSession"),
      InstanceMethod<&SimulatedEngine::set_voters>("setVoters"), InstanceMethod<&SimulatedEngine::set_register>("setRegister"),
      InstanceMethod<&SimulatedEngine::set_seat>("setSeat"), InstanceMethod<&SimulatedEngine::set_orders>("setOrders"),
      InstanceMethod<&SimulatedEngine::stand>("stand"), InstanceMethod<&SimulatedEngine::release>("release"),
      InstanceMethod<&SimulatedEngine::address_done>("addressDone"), InstanceMethod<&SimulatedEngine::receive>("receive"),
      InstanceMethod<&SimulatedEngine::set_egress>("setEgress"),
      InstanceMethod<&SimulatedEngine::stand_in>("standIn"),
      InstanceMethod<&SimulatedEngine::next_disk_io>("nextDiskIo"), InstanceMethod<&SimulatedEngine::disk_done>("diskDone"),
      InstanceMethod<&SimulatedEngine::tick>("tick"), InstanceMethod<&SimulatedEngine::next_deadline>("nextDeadlineNs"),
  });
}

constexpr const char* kPlantedBugs[] = {
    "none", "vote twice", "ignore a running grant", "ignore the epoch", "skip the reserve", "skip the quiet time", "count from arrival",
    "count the lease asked for", "lateness extends the lease", "lapsed claims renew for ever", "release before close",
    "open before votes", "wrong quorum", "shrinking voters", "two registers", "grants before lapsed",
    "a release does not end the epoch", "old beats vouch", "a candidate votes for itself first",
    "the witness forgets", "the witness is always asked", "a waived grant counts", "an interval changes unasked",
    "a slower interval is not waited for", "the notice before the close", "a sign of life renews",
    "the egress queue is not counted", "a lapsed owner does not wait for its egress queue",
    "a successor that prepares is open", "a release at once without a closed guard", "a parked request is granted",
    "a stale boot of the receiver counts", "a late store opens the guard", "what the guardian took off is put back"};
static_assert(std::size(kPlantedBugs) == static_cast<std::size_t>(PlantedBug::count));

}  // namespace

void export_simulated_engine(Napi::Env env, Napi::Object exports) {
  exports.Set("SimulatedEngine", SimulatedEngine::define(env));
  Napi::Array names = Napi::Array::New(env, std::size(kPlantedBugs));
  for (std::uint32_t index = 0; index < std::size(kPlantedBugs); ++index) names[index] = Napi::String::New(env, kPlantedBugs[index]);
  exports.Set("plantedBugs", names);
}

}  // namespace heartwire::binding
#else
namespace heartwire::binding {
void export_simulated_engine(Napi::Env, Napi::Object) {}
}  // namespace heartwire::binding
#endif
