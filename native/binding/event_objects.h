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

// What JavaScript is called with: the number of messages that have landed, where there is nothing else, as nearly always; else an
// array of places and objects, in the order in which they came.
class EventBatch {
 public:
  explicit EventBatch(Napi::Env env) : env_(env) {}
  std::uint32_t size() const { return size_; }
  // Its place must be the next one.
  void landed(int place);
  void add(Napi::Object event);
  Napi::Value value() const;

 private:
  void spread();

  Napi::Env env_;
  Napi::Array events_;  // empty: only messages, so far
  std::uint32_t size_ = 0;
};

}  // namespace heartwire::binding
