// See event_objects.h.
#include "binding/event_objects.h"

#include <cstdio>

#include "binding/engine_commands.h"

namespace heartwire::binding {

namespace {

// The names in the order of MessageNotice::Kind, from 1 on.
constexpr const char* kMakeNotice = R"((() => {
  const names = ['announce', 'message', 'session_up', 'session_path', 'undeliverable', 'delivered', 'duplicate_node',
    'boot_went_back', 'message_interface_gone', 'message_interface_back', 'answer', 'bad_key', 'multicast_path'];
  return (kind, node, link, atNs, value, boot, payload) => {
    const notice = { kind: names[kind - 1], node, link, atNs, value, seat: 0, flag: false, address: 0, epoch: 0n, boot };
    if (payload !== undefined) notice.payload = payload;
    return notice;
  };
})())";

Napi::Object object_of(Napi::Env env, const char* kind, std::uint16_t node, std::uint8_t link, std::uint64_t at_ns, std::uint64_t value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", kind);
  object.Set("node", static_cast<double>(node));
  object.Set("link", static_cast<double>(link));
  object.Set("atNs", Napi::BigInt::New(env, at_ns));
  object.Set("value", Napi::BigInt::New(env, value));
  return object;
}

// Of what is about no seat.
Napi::Object seatless_object(Napi::Env env, const char* kind, std::uint16_t node, std::uint8_t link, std::uint64_t at_ns, std::uint64_t value) {
  Napi::Object object = object_of(env, kind, node, link, at_ns, value);
  object.Set("seat", 0.0);
  object.Set("flag", false);
  object.Set("address", 0.0);
  object.Set("epoch", Napi::BigInt::New(env, std::uint64_t{0}));
  return object;
}

}  // namespace

Napi::Object event_object(Napi::Env env, const EngineEvent& event) {
  Napi::Object object = object_of(env, event_name(event.kind), event.node, event.link, event.at_ns, event.value);
  object.Set("seat", static_cast<double>(event.seat));
  object.Set("flag", event.flag != 0);
  object.Set("address", static_cast<double>(event.address));
  object.Set("epoch", Napi::BigInt::New(env, event.epoch));
  if (event.kind == EventKind::address_conflict) {
    char text[24];
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", static_cast<unsigned>(event.value >> 40 & 255),
                  static_cast<unsigned>(event.value >> 32 & 255), static_cast<unsigned>(event.value >> 24 & 255),
                  static_cast<unsigned>(event.value >> 16 & 255), static_cast<unsigned>(event.value >> 8 & 255),
                  static_cast<unsigned>(event.value & 255));
    object.Set("text", text);
  }
  return object;
}

Napi::Object guardian_object(Napi::Env env, unsigned restarts, std::uint64_t now_ns) {
  return seatless_object(env, "guardian_restarted", 0, 0, now_ns, restarts);
}

void EventBatch::landed(int place) {
  if (!events_.IsEmpty()) events_[size_] = place;
  size_++;
}

void EventBatch::add(Napi::Object event) {
  if (events_.IsEmpty()) spread();
  events_[size_++] = event;
}

void EventBatch::spread() {
  events_ = Napi::Array::New(env_);
  for (std::uint32_t place = 0; place < size_; place++) events_[place] = place;
}

Napi::Value EventBatch::value() const {
  if (!events_.IsEmpty()) return events_;
  return Napi::Number::New(env_, size_);
}

NoticeObjects::NoticeObjects(Napi::Env env) : make_(Napi::Persistent(env.RunScript(kMakeNotice).As<Napi::Function>())) {}

Napi::Object NoticeObjects::make(const MessageNotice& notice, std::uint64_t now_ns) const {
  const Napi::Env env = make_.Env();
  napi_value payload = nullptr;
  if (notice.payload.empty()) napi_get_undefined(env, &payload);
  else payload = Napi::Buffer<std::uint8_t>::Copy(env, notice.payload.data(), notice.payload.size());
  const std::initializer_list<napi_value> fields = {
      Napi::Number::New(env, static_cast<double>(notice.kind)), Napi::Number::New(env, notice.node), Napi::Number::New(env, notice.link),
      Napi::BigInt::New(env, now_ns), Napi::BigInt::New(env, notice.id), Napi::BigInt::New(env, notice.boot), payload};
  return make_.Call(fields).As<Napi::Object>();
}

}  // namespace heartwire::binding
