// See native_node.h.
#include "binding/native_node.h"

#include <cstring>

#include "binding/arguments.h"
#include "binding/engine_commands.h"
#include "binding/event_objects.h"
#include "core/heartbeat/statistics_page.h"
#include "core/rt/clock.h"

namespace heartwire::binding {

namespace {

constexpr std::uint32_t kBatchMax = 4096;  // events per wake-up; the rest comes with the next

Napi::Value text_or_null(Napi::Env env, const std::string& text) {
  if (text.empty()) return env.Null();
  return Napi::String::New(env, text);
}

std::string describe(const LinkError& error) {
  return error.what.empty() ? "" : error.what + ": " + std::strerror(error.error_number);
}

}  // namespace

NativeNode::NativeNode(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeNode>(info), page_(std::make_shared<StatisticsPage>()) {
  options_ = read_node_options(info, read_object(info[0], "options"));
  if (!info[1].IsFunction()) throw bad_argument(info.Env(), "onEvents", "a function");
  on_events_ = Napi::Persistent(info[1].As<Napi::Function>());
  napi_add_env_cleanup_hook(info.Env(), [](void* self) { static_cast<NativeNode*>(self)->halt(); }, this);
}

NativeNode::~NativeNode() {
  halt();
  napi_remove_env_cleanup_hook(Env(), [](void* self) { static_cast<NativeNode*>(self)->halt(); }, this);
}

void NativeNode::require_running(Napi::Env env) const {
  if (!running_) throw coded_error(env, "HW_NOT_RUNNING", "the node is not started");
}

void NativeNode::set_boot(Napi::Env env, std::uint64_t boot) {
  if (boot <= boot_used_) throw coded_error(env, "HW_BOOT_REUSED", "a start after stop() needs a new, larger boot number");
  options_.beat.identity.boot = options_.message.self.boot = boot;
}

void NativeNode::open_threads(Napi::Env env, BeatReport& beat_report) {
  const auto notify = [this] { wake_->signal(); };
  ThreadReport address_report;
  LinkError error;
  address_ = AddressThread::start(options_.address, [this](const AddressDone& done) { return beat_ != nullptr && beat_->address_done(done); },
                                  notify, address_report, error);
  if (address_ == nullptr) throw coded_error(env, "HW_NATIVE", describe(error));
  beat_ = BeatThread::start(options_.beat, page_, notify, [this](const AddressOrder& order) { return address_->order(order); }, beat_report);
  if (beat_ == nullptr) throw coded_error(env, "HW_NATIVE", "the beat thread cannot start");
  beat_->command(options_.timing);
  for (const auto& serial : options_.serial_peers) {
    EngineCommand path;
    path.kind = CommandKind::set_peer_path;
    path.path = {serial.node_id, serial.link_id, LinkAddress{}};
    beat_->command(path);
  }
  std::vector<LinkError> problems;
  message_ = MessageThread::start(options_.message, options_.keys, notify,
                                  [this](const SessionHandover& handover) { return beat_->handover(handover); }, problems);
  if (message_ == nullptr) throw coded_error(env, "HW_NATIVE", problems.empty() ? "the message thread cannot start" : describe(problems[0]));
}

Napi::Value NativeNode::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (running_) throw coded_error(env, "HW_ALREADY_STARTED", "the node is started already");
  if (!info[0].IsUndefined()) set_boot(env, read_bigint(info[0], "boot"));
  if (boot_used_ == options_.beat.identity.boot) {  // the same keys would meet the same sequences again
    throw coded_error(env, "HW_BOOT_REUSED", "a start after stop() needs a new, larger boot number");
  }
  boot_used_ = options_.beat.identity.boot;
  wake_ = std::make_unique<LoopWake>(env, [this] { deliver(); });
  BeatReport beat;
  running_ = true;
  Ref();  // not to be collected while threads run
  try {
    open_threads(env, beat);
  } catch (...) {
    halt();
    throw;
  }
  Napi::Object report = Napi::Object::New(env), scheduling = Napi::Object::New(env), memory = Napi::Object::New(env), guard = Napi::Object::New(env);
  scheduling.Set("policy", beat.policy);
  scheduling.Set("priority", static_cast<double>(beat.priority));
  scheduling.Set("reason", text_or_null(env, beat.policy_reason));
  memory.Set("locked", beat.memory_locked);
  memory.Set("reason", text_or_null(env, beat.memory_reason));
  Napi::Array links = Napi::Array::New(env);
  for (std::uint32_t index = 0; index < options_.beat.links.size(); ++index) {
    Napi::Object link = Napi::Object::New(env);
    const bool absent = options_.beat.links[index].absent;
    const std::string reason = absent ? "" : describe(beat.link_errors[index]);
    link.Set("link", static_cast<double>(index));
    link.Set("open", !absent && reason.empty());
    link.Set("reason", text_or_null(env, reason));
    links[index] = link;
  }
  guard.Set("enforced", false);
  guard.Set("reason", "the kernel guard is not part of this version");
  report.Set("beat", scheduling);
  report.Set("memory", memory);
  report.Set("links", links);
  report.Set("guard", guard);
  return report;
}

void NativeNode::halt() {
  if (!running_) return;
  running_ = false;
  message_.reset();
  beat_.reset();
  address_.reset();
  wake_.reset();
  Unref();
}

void NativeNode::stop(const Napi::CallbackInfo&) { halt(); }

void NativeNode::deliver() {
  const Napi::Env env = Env();
  Napi::Array batch = Napi::Array::New(env);
  std::uint32_t count = 0;
  EngineEvent event;
  while (count < kBatchMax && beat_->next_event(event)) batch[count++] = event_object(env, event);
  while (count < kBatchMax && address_->next_event(event)) batch[count++] = event_object(env, event);
  MessageNotice notice;
  while (count < kBatchMax && message_ != nullptr && message_->next_notice(notice)) batch[count++] = notice_object(env, notice, boot_time_ns());
  if (count == 0) return;
  if (count == kBatchMax) wake_->signal();
  try {
    on_events_.MakeCallback(Value(), {batch});
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  }
}

void NativeNode::give(const Napi::CallbackInfo& info, const EngineCommand& command) {
  require_running(info.Env());
  if (!beat_->command(command)) throw coded_error(info.Env(), "HW_QUEUE_OVERFLOW", "the beat thread's command ring is full");
}

EngineCommand NativeNode::read_timing(const Napi::CallbackInfo& info) const { return read_set_timing(info, options_.liveness_timeout_ms); }
void NativeNode::set_peer(const Napi::CallbackInfo& info) { give(info, read_set_peer(info)); }
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
  require_running(info.Env());
  const Napi::Array list = read_array(info[0], "addresses", kAddressesPerSeat * kSeatsMax);
  std::vector<VirtualAddress> addresses;
  for (std::uint32_t index = 0; index < list.Length(); ++index) {
    const Napi::Object from = read_object(list.Get(index), "address");
    VirtualAddress address;
    address.seat = read_integer<std::uint8_t>(from.Get("seat"), "seat", 0, kSeatsMax - 1);
    address.address = read_host(info.Env(), read_string(from.Get("address"), "address"), "address");
    address.prefix_length = read_integer<std::uint8_t>(from.Get("prefixLength"), "prefixLength", 1, 128);
    address.interface = read_string(from.Get("interface"), "interface");
    addresses.push_back(std::move(address));
  }
  const std::string wrong = address_->set_addresses(std::move(addresses));
  if (!wrong.empty()) throw coded_error(info.Env(), "HW_BAD_ARGUMENT", wrong);
}

void NativeNode::announce(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  const auto payload = read_bytes(info[0], "payload");
  if (payload.empty() || payload.size() > kAnnounceBytesMax) {
    throw coded_error(info.Env(), "HW_MESSAGE_TOO_LONG", "an announcement has 1 to " + std::to_string(kAnnounceBytesMax) + " bytes");
  }
  message_->announce(payload);
}

void NativeNode::contact(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  LinkAddress address = read_host(info.Env(), read_string(info[0], "host"), "host");
  address.port = read_integer<std::uint16_t>(info[1], "port", 1, 65535);
  message_->contact(address, read_integer<std::uint8_t>(info[2], "link", 0, kLinksMax - 1));
}

Napi::Value NativeNode::send(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  const auto node = read_integer<std::uint16_t>(info[0], "node", 1, 65535);
  const auto payload = read_bytes(info[1], "payload");
  MessageThread::Refusal why = MessageThread::Refusal::none;
  const std::uint64_t id = message_->send(node, payload, why);
  switch (why) {
    case MessageThread::Refusal::none: break;
    case MessageThread::Refusal::no_session: throw coded_error(info.Env(), "HW_NO_SESSION", "there is no session with node " + std::to_string(node));
    case MessageThread::Refusal::overflow: throw coded_error(info.Env(), "HW_QUEUE_OVERFLOW", "too many messages wait for node " + std::to_string(node));
    case MessageThread::Refusal::too_long: throw coded_error(info.Env(), "HW_MESSAGE_TOO_LONG", "the message is too long");
  }
  return Napi::BigInt::New(info.Env(), id);
}

void NativeNode::forget(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  message_->forget(read_integer<std::uint16_t>(info[0], "node", 1, 65535));
}

void NativeNode::prefer(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  message_->prefer(read_integer<std::uint8_t>(info[0], "link", 0, kLinksMax - 1));
}

void NativeNode::set_message_parameters(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  const Napi::Object from = read_object(info[0], "parameters");
  MessageParameters parameters;
  parameters.fragment_bytes_max = read_integer<std::uint32_t>(from.Get("fragmentBytesMax"), "fragmentBytesMax", 256, 1400);
  parameters.retry_timer_us = read_integer<std::uint32_t>(from.Get("retryTimerUs"), "retryTimerUs", 100, 60e6);
  parameters.retry_time_max_ms = read_integer<std::uint32_t>(from.Get("retryTimeMaxMs"), "retryTimeMaxMs", 1, 3.6e6);
  parameters.queue_overflow_threshold = read_integer<std::uint32_t>(from.Get("queueOverflowThreshold"), "queueOverflowThreshold", 1, 1e6);
  parameters.send_window = read_integer<std::uint32_t>(from.Get("sendWindow"), "sendWindow", 1, 1024);
  message_->set_parameters(parameters);
}

void NativeNode::set_keys(const Napi::CallbackInfo& info) {
  require_running(info.Env());
  std::shared_ptr<KeyRing> keys = read_keys(info.Env(), info[0]);
  if (keys == nullptr) throw bad_argument(info.Env(), "keys", "at least one key");
  options_.keys = keys;
  message_->set_keys(keys);
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
  if (message_ == nullptr) return result;
  std::uint32_t index = 0;
  for (const std::uint64_t count : message_->counters()) result[index++] = Napi::BigInt::New(info.Env(), count);
  return result;
}

Napi::Function NativeNode::define(Napi::Env env) {
  return DefineClass(env, "NativeNode", {
      InstanceMethod<&NativeNode::start>("start"), InstanceMethod<&NativeNode::stop>("stop"),
      InstanceMethod<&NativeNode::set_timing>("setTiming"), InstanceMethod<&NativeNode::set_peer>("setPeer"),
      InstanceMethod<&NativeNode::remove_peer>("removePeer"), InstanceMethod<&NativeNode::set_voters>("setVoters"),
      InstanceMethod<&NativeNode::set_register>("setRegister"), InstanceMethod<&NativeNode::set_seat>("setSeat"),
      InstanceMethod<&NativeNode::set_addresses>("setAddresses"), InstanceMethod<&NativeNode::set_orders>("setOrders"),
      InstanceMethod<&NativeNode::stand>("stand"), InstanceMethod<&NativeNode::release>("release"),
      InstanceMethod<&NativeNode::renew_liveness>("renewLiveness"), InstanceMethod<&NativeNode::announce>("announce"),
      InstanceMethod<&NativeNode::contact>("contact"), InstanceMethod<&NativeNode::send>("send"),
      InstanceMethod<&NativeNode::forget>("forget"), InstanceMethod<&NativeNode::prefer>("prefer"),
      InstanceMethod<&NativeNode::set_message_parameters>("setMessageParameters"), InstanceMethod<&NativeNode::set_keys>("setKeys"),
      InstanceAccessor<&NativeNode::page>("page"), InstanceMethod<&NativeNode::message_counters>("messageCounters"),
  });
}

}  // namespace heartwire::binding
