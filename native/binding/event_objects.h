// Native events as JavaScript objects (lib/native.ts, NativeEvent).
#pragma once
#include <napi.h>

#include "core/heartbeat/engine_types.h"
#include "core/message/message_thread.h"

namespace heartwire::binding {

Napi::Object event_object(Napi::Env env, const EngineEvent& event);
// Times that the guardian was started anew.
Napi::Object guardian_object(Napi::Env env, unsigned restarts, std::uint64_t now_ns);

// Notices come by the thousand. To set the fields of an object one by one takes longer than to receive the message that it is
// about, so a function of JavaScript makes it, as one literal.
class NoticeObjects {
 public:
  explicit NoticeObjects(Napi::Env env);
  Napi::Object make(const MessageNotice& notice, std::uint64_t now_ns) const;

 private:
  Napi::FunctionReference make_;
};

}  // namespace heartwire::binding
