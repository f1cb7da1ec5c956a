// Native events as JavaScript objects (lib/native.ts, NativeEvent).
#pragma once
#include <napi.h>

#include "core/heartbeat/engine_types.h"
#include "core/message/message_thread.h"

namespace heartwire::binding {

Napi::Object event_object(Napi::Env env, const EngineEvent& event);
// Times that the guardian was started anew.
Napi::Object guardian_object(Napi::Env env, unsigned restarts, std::uint64_t now_ns);
Napi::Object notice_object(Napi::Env env, const MessageNotice& notice, std::uint64_t now_ns);

}  // namespace heartwire::binding
