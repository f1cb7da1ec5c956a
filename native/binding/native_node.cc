// See native_node.h.
#include "binding/native_node.h"

#include "binding/arguments.h"
#include "binding/disk_calls.h"
#include "binding/engine_commands.h"
#include "binding/start_report.h"
#include "core/message/question.h"
#include "core/rt/clock.h"

namespace heartwire::binding {

namespace {

constexpr std::uint32_t kBatchMax = 4096;  // events per wake-up; the rest comes with the next
constexpr const char* kCallback = "onEvents";

}  // namespace

NativeNode::NativeNode(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeNode>(info), notices_(info.Env()), page_(std::make_shared<StatisticsPage>()) {
  options_ = read_node_options(info, read_object(info[0], "options"));
  if (!info[1].IsFunction()) throw bad_argument(info.Env(), kCallback, "a function");
  landing_.use(info[2]);
  info.This().As<Napi::Object>().DefineProperty(Napi::PropertyDescriptor::Value(kCallback, info[1], napi_default));
}

Napi::Value NativeNode::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (threads_ != nullptr) throw coded_error(env, "HW_ALREADY_STARTED", "the node is started already");
  const std::uint64_t boot = read_bigint(info[0], "boot");
  if (boot == 0) throw bad_argument(env, "boot", "a bigint from 1 to 2^64 - 1");
  if (boot <= boot_) throw coded_error(env, "HW_BOOT_REUSED", "boot must be larger than at the last start (" + std::to_string(boot_) + ")");
  wake_ = std::make_unique<LoopWake>(env, [this] { turn(false); }, [this] { halt(); });
  StartReport report;
  threads_ = NodeThreads::start(options_, boot, page_, [wake = wake_.get()] { wake->signal(); }, report);
  if (threads_ == nullptr) {
    wake_->close();
    throw system_error(env, report.failure);
  }
  try {
    arrivals_ = std::make_unique<LoopPoll>(env, threads_->message().arrivals(), [this] { turn(true); }, [this] { halt(); });
  } catch (...) {
    threads_.reset();
    wake_->close();
    throw;
  }
  boot_ = boot;
  guardian_restarts_ = 0;
  on_events_ = Napi::Persistent(Value().Get(kCallback).As<Napi::Function>());
  Ref();
  return report_object(env, report, options_.beat.links);
}

void NativeNode::halt() {
  if (threads_ == nullptr) return;
  arrivals_->close();  // before its descriptor
  threads_.reset();
  wake_->close();
  on_events_.Reset();
  Unref();
}

void NativeNode::stop(const Napi::CallbackInfo&) { halt(); }

// What is said meanwhile goes at the end, together, with what was said in answer to it by whoever awaited it: in one datagram
// for each node. A handler that blocks holds up none of it for more than 2 ms.
void NativeNode::turn(bool receives) {
  [[maybe_unused]] const Napi::Object alive = Value();
  in_turn_ = true;
  if (!receives || threads_->message().receive()) deliver();
  in_turn_ = false;
  if (threads_ != nullptr) threads_->message().flush();
}

void NativeNode::deliver() {
  const Napi::Env env = Env();
  EventBatch batch(env);
  EngineEvent event;
  while (batch.size() < kBatchMax && threads_->beat().next_event(event)) batch.add(event_object(env, event));
  while (batch.size() < kBatchMax && threads_->address().next_event(event)) batch.add(event_object(env, event));
  MessageNotice notice;
  landing_.clear();
  while (batch.size() < kBatchMax && threads_->message().next_notice(notice)) {
    const int place = landing_.put(notice);
    if (place >= 0) batch.landed(place);
    else batch.add(notices_.make(notice, boot_time_ns()));
  }
  if (const unsigned restarts = threads_->guardian_restarts(); restarts != guardian_restarts_) {
    guardian_restarts_ = restarts;
    batch.add(guardian_object(env, restarts, boot_time_ns()));
  }
  if (batch.size() >= kBatchMax) wake_->signal();
  if (batch.size() > 0) call(batch.value());
}

// With the bare function of Node-API: where an environment is being torn down it refuses, which is no error.
void NativeNode::call(Napi::Value batch) {
  const napi_env env = Env();
  const napi_value argument = batch;
  if (napi_make_callback(env, nullptr, Value(), on_events_.Value(), 1, &argument, nullptr) != napi_pending_exception) return;
  napi_value thrown = nullptr;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

NodeThreads& NativeNode::running(Napi::Env env) const {
  if (threads_ == nullptr) throw coded_error(env, "HW_NOT_RUNNING", "the node is not started");
  return *threads_;
}

void NativeNode::give(const Napi::CallbackInfo& info, const EngineCommand& command) {
  if (!running(info.Env()).beat().command(command)) throw coded_error(info.Env(), "HW_QUEUE_OVERFLOW", "the beat thread's command ring is full");
}

EngineCommand NativeNode::read_timing(const Napi::CallbackInfo& info) const {
  return read_set_timing(info, options_.liveness_timeout_ms, options_.release_stalled);
}
void NativeNode::set_peer(const Napi::CallbackInfo& info) { give(info, read_set_peer(info)); }
void NativeNode::confirm_timing(const Napi::CallbackInfo& info) { give(info, read_confirm_timing(info)); }
void NativeNode::remove_peer(const Napi::CallbackInfo& info) { give(info, read_remove_peer(info)); }
void NativeNode::set_voters(const Napi::CallbackInfo& info) { give(info, read_set_voters(info)); }
void NativeNode::set_register(const Napi::CallbackInfo& info) { give(info, read_set_register(info)); }
void NativeNode::set_seat(const Napi::CallbackInfo& info) { give(info, read_set_seat(info)); }
void NativeNode::set_orders(const Napi::CallbackInfo& info) { give(info, read_set_orders(info)); }
void NativeNode::stand(const Napi::CallbackInfo& info) { give(info, read_seat_act(info, CommandKind::stand)); }
void NativeNode::release(const Napi::CallbackInfo& info) { give(info, read_seat_act(info, CommandKind::release)); }

void NativeNode::renew_liveness(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::renew_liveness;
  command.live = {read_bigint(info[0], "untilNs")};
  give(info, command);
}

void NativeNode::set_addresses(const Napi::CallbackInfo& info) {
  AddressThread& thread = running(info.Env()).address();
  const Napi::Array list = read_array(info[0], "addresses", kAddressesPerSeat * kSeatsMax);
  std::vector<VirtualAddress> addresses;
  for (std::uint32_t index = 0; index < list.Length(); ++index) {
    const Napi::Object from = read_object(list.Get(index), "address");
    VirtualAddress address;
    address.seat = read_integer<std::uint8_t>(from.Get("seat"), "seat", 0, kSeatsMax - 1);
    address.address = read_host(info.Env(), read_string(from.Get("address"), "address"), "address");
    address.prefix_length = read_integer<std::uint8_t>(from.Get("prefixLength"), "prefixLength", 1, 128);
    address.interface = read_string(from.Get("interface"), "interface");
    if (from.Has("standbyInterface")) {
      address.standby_interface = read_string(from.Get("standbyInterface"), "standbyInterface");
      address.network = read_integer<std::uint8_t>(from.Get("network"), "network", 0, kLinksMax - 1);
    }
    addresses.push_back(std::move(address));
  }
  const std::string wrong = thread.set_addresses(std::move(addresses));
  if (!wrong.empty()) throw coded_error(info.Env(), "HW_BAD_ARGUMENT", wrong);
}

Napi::Value NativeNode::guard(const Napi::CallbackInfo& info) {
  const NodeThreads& threads = running(info.Env());
  return guard_object(info.Env(), threads.guard(), threads.guardian());
}

void NativeNode::announce(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  const auto payload = read_bytes(info[0], "payload");
  if (payload.empty() || payload.size() > kAnnounceBytesMax) {
    throw coded_error(info.Env(), "HW_MESSAGE_TOO_LONG", "an announcement has 1 to " + std::to_string(kAnnounceBytesMax) + " bytes");
  }
  thread.announce(payload);
}

void NativeNode::contact(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  LinkAddress address = read_host(info.Env(), read_string(info[0], "host"), "host");
  address.port = read_integer<std::uint16_t>(info[1], "port", 1, 65535);
  thread.contact(address, read_integer<std::uint8_t>(info[2], "link", 0, kLinksMax - 1));
}

Napi::Value NativeNode::send(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  const auto node = read_integer<std::uint16_t>(info[0], "node", 1, 65535);
  const auto payload = read_bytes(info[1], "payload");
  MessageThread::Refusal why = MessageThread::Refusal::none;
  SendOptions options;
  options.waits = !info[2].IsUndefined() && read_boolean(info[2], "waits");
  options.essential = !info[3].IsUndefined() && read_boolean(info[3], "essential");
  options.quiet = !info[4].IsUndefined() && read_boolean(info[4], "quiet");
  const std::uint64_t id = thread.send(node, payload, why, options);
  switch (why) {
    case MessageThread::Refusal::none: break;
    case MessageThread::Refusal::no_session: throw coded_error(info.Env(), "HW_NO_SESSION", "there is no session with node " + std::to_string(node));
    case MessageThread::Refusal::overflow: throw coded_error(info.Env(), "HW_QUEUE_OVERFLOW", "too many messages wait for node " + std::to_string(node));
    case MessageThread::Refusal::too_long: throw coded_error(info.Env(), "HW_MESSAGE_TOO_LONG", "the message is too long");
  }
  return Napi::BigInt::New(info.Env(), id);
}

void NativeNode::flush(const Napi::CallbackInfo&) {
  if (threads_ == nullptr || (in_turn_ && threads_->message().looks())) return;
  threads_->message().flush();
}

void NativeNode::publish(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  const auto bytes = read_bytes(info[0], "bytes");
  if (bytes.size() > kPublishedBytesMax) {
    throw coded_error(info.Env(), "HW_MESSAGE_TOO_LONG", "at most " + std::to_string(kPublishedBytesMax) + " bytes can be published");
  }
  thread.publish(bytes);
}

void NativeNode::ask(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  const auto node = read_integer<std::uint16_t>(info[0], "node", 1, 65535);
  const auto question = read_integer<std::uint64_t>(info[1], "question", 1, 9007199254740991.0);
  if (!thread.ask(node, question)) throw coded_error(info.Env(), "HW_NO_SESSION", "there is no session with node " + std::to_string(node));
}

void NativeNode::forget(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  thread.forget(read_integer<std::uint16_t>(info[0], "node", 1, 65535));
}

void NativeNode::set_link(const Napi::CallbackInfo& info) {
  NodeThreads& threads = running(info.Env());
  const auto link_id = read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1);
  threads.set_link(read_link(info[1], link_id, options_.ports));
}

void NativeNode::set_link_offline(const Napi::CallbackInfo& info) {
  EngineCommand command;
  command.kind = CommandKind::set_link_offline;
  command.offline = {read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1), read_boolean(info[1], "offline")};
  give(info, command);
}

void NativeNode::prefer(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  thread.prefer(read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1));
}

void NativeNode::set_message_parameters(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  const Napi::Object from = read_object(info[0], "parameters");
  MessageParameters parameters;
  for (const ParameterRange& range : kMessageParameterRanges) {
    parameters.*range.field = read_integer<std::uint32_t>(from.Get(range.script_name), range.script_name, range.min, range.max);
  }
  thread.set_parameters(parameters);
}

void NativeNode::set_keys(const Napi::CallbackInfo& info) {
  MessageThread& thread = running(info.Env()).message();
  std::shared_ptr<KeyRing> keys = read_keys(info.Env(), info[0]);
  if (keys == nullptr) throw bad_argument(info.Env(), "keys", "at least one key");
  options_.keys = keys;
  thread.set_keys(keys);
}

Napi::Value NativeNode::page(const Napi::CallbackInfo& info) {
  if (page_buffer_.IsEmpty()) {
    auto* keep = new std::shared_ptr<StatisticsPage>(page_);
    const auto buffer = Napi::ArrayBuffer::New(info.Env(), page_.get(), sizeof(StatisticsPage),
                                               [](Napi::Env, void*, std::shared_ptr<StatisticsPage>* kept) { delete kept; }, keep);
    page_buffer_ = Napi::Persistent(buffer);
  }
  return page_buffer_.Value();
}

Napi::Value NativeNode::message_counters(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  if (threads_ == nullptr) return result;
  std::uint32_t index = 0;
  for (const std::uint64_t count : threads_->message().counters()) result[index++] = Napi::BigInt::New(info.Env(), count);
  return result;
}

Napi::Value NativeNode::under_way(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), threads_ == nullptr ? 0 : static_cast<double>(threads_->message().under_way()));
}

Napi::Value NativeNode::disk_health(const Napi::CallbackInfo& info) {
  if (threads_ == nullptr || threads_->disk() == nullptr) return info.Env().Null();
  return health_object(info.Env(), threads_->disk()->health());
}

Napi::Function NativeNode::define(Napi::Env env) {
  return DefineClass(env, "NativeNode", {
      InstanceMethod<&NativeNode::start>("start"), InstanceMethod<&NativeNode::stop>("stop"),
      InstanceMethod<&NativeNode::set_timing>("setTiming"), InstanceMethod<&NativeNode::set_peer>("setPeer"),
      InstanceMethod<&NativeNode::confirm_timing>("confirmTiming"),
      InstanceMethod<&NativeNode::remove_peer>("removePeer"), InstanceMethod<&NativeNode::set_voters>("setVoters"),
      InstanceMethod<&NativeNode::set_register>("setRegister"), InstanceMethod<&NativeNode::set_seat>("setSeat"),
      InstanceMethod<&NativeNode::guard>("guard"), InstanceMethod<&NativeNode::set_addresses>("setAddresses"), InstanceMethod<&NativeNode::set_orders>("setOrders"),
      InstanceMethod<&NativeNode::stand>("stand"), InstanceMethod<&NativeNode::release>("release"),
      InstanceMethod<&NativeNode::renew_liveness>("renewLiveness"), InstanceMethod<&NativeNode::announce>("announce"),
      InstanceMethod<&NativeNode::contact>("contact"), InstanceMethod<&NativeNode::send>("send"), InstanceMethod<&NativeNode::flush>("flush"),
      InstanceMethod<&NativeNode::under_way>("underWay"), InstanceMethod<&NativeNode::publish>("publish"), InstanceMethod<&NativeNode::ask>("ask"),
      InstanceMethod<&NativeNode::forget>("forget"), InstanceMethod<&NativeNode::set_link>("setLink"),
      InstanceMethod<&NativeNode::set_link_offline>("setLinkOffline"), InstanceMethod<&NativeNode::prefer>("prefer"),
      InstanceMethod<&NativeNode::set_message_parameters>("setMessageParameters"), InstanceMethod<&NativeNode::set_keys>("setKeys"),
      InstanceAccessor<&NativeNode::page>("page"), InstanceMethod<&NativeNode::message_counters>("messageCounters"),
      InstanceMethod<&NativeNode::disk_health>("diskHealth"),
  });
}

}  // namespace heartwire::binding
