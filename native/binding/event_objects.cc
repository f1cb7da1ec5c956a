// See event_objects.h.
#include "binding/event_objects.h"

#include <cstdio>

#include "binding/engine_commands.h"

namespace heartwire::binding {

namespace {

const char* notice_name(MessageNotice::Kind kind) {
  switch (kind) {
    case MessageNotice::Kind::announce: return "announce";
    case MessageNotice::Kind::message: return "message";
    case MessageNotice::Kind::session_up: return "session_up";
    case MessageNotice::Kind::session_path: return "session_path";
    case MessageNotice::Kind::undeliverable: return "undeliverable";
    case MessageNotice::Kind::delivered: return "delivered";
    case MessageNotice::Kind::duplicate: return "duplicate_node";
    case MessageNotice::Kind::boot_went_back: return "boot_went_back";
    case MessageNotice::Kind::interface_gone: return "message_interface_gone";
    case MessageNotice::Kind::interface_back: return "message_interface_back";
    case MessageNotice::Kind::answer: return "answer";
    case MessageNotice::Kind::bad_key: return "bad_key";
  }
  return "unknown";
}

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

Napi::Object notice_object(Napi::Env env, const MessageNotice& notice, std::uint64_t now_ns) {
  Napi::Object object = seatless_object(env, notice_name(notice.kind), notice.node, notice.link, now_ns, notice.id);
  object.Set("boot", Napi::BigInt::New(env, notice.boot));
  if (!notice.payload.empty()) {
    object.Set("payload", Napi::Buffer<std::uint8_t>::Copy(env, notice.payload.data(), notice.payload.size()));
  }
  return object;
}

}  // namespace heartwire::binding
