// One cluster node's native half as a JavaScript object (lib/native.ts, NativeNode): checks what it is given, passes it
// to the threads, and brings their events to JavaScript. Between start() and stop() it holds itself and the loop alive.
// The statistics page lives as long as the last ArrayBuffer on it.
#pragma once
#include <napi.h>

#include <memory>

#include "binding/event_objects.h"
#include "binding/landing.h"
#include "binding/loop_wake.h"
#include "binding/node_options.h"
#include "binding/node_threads.h"

namespace heartwire::binding {

class NativeNode final : public Napi::ObjectWrap<NativeNode> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NativeNode(const Napi::CallbackInfo& info);
  ~NativeNode() override { halt(); }

 private:
  Napi::Value start(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  void set_timing(const Napi::CallbackInfo& info) { give(info, read_timing(info)); }
  void set_peer(const Napi::CallbackInfo& info);
  void confirm_timing(const Napi::CallbackInfo& info);
  void remove_peer(const Napi::CallbackInfo& info);
  void set_voters(const Napi::CallbackInfo& info);
  void set_register(const Napi::CallbackInfo& info);
  void set_seat(const Napi::CallbackInfo& info);
  Napi::Value guard(const Napi::CallbackInfo& info);
  void set_addresses(const Napi::CallbackInfo& info);
  void set_orders(const Napi::CallbackInfo& info);
  void stand(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);
  void renew_liveness(const Napi::CallbackInfo& info);
  void announce(const Napi::CallbackInfo& info);
  void contact(const Napi::CallbackInfo& info);
  Napi::Value send(const Napi::CallbackInfo& info);
  void flush(const Napi::CallbackInfo& info);
  Napi::Value under_way(const Napi::CallbackInfo& info);
  void ask(const Napi::CallbackInfo& info);
  void publish(const Napi::CallbackInfo& info);
  void forget(const Napi::CallbackInfo& info);
  void set_link(const Napi::CallbackInfo& info);
  void set_link_offline(const Napi::CallbackInfo& info);
  void prefer(const Napi::CallbackInfo& info);
  void set_message_parameters(const Napi::CallbackInfo& info);
  void set_keys(const Napi::CallbackInfo& info);
  Napi::Value page(const Napi::CallbackInfo& info);
  Napi::Value message_counters(const Napi::CallbackInfo& info);
  Napi::Value disk_health(const Napi::CallbackInfo& info);

  EngineCommand read_timing(const Napi::CallbackInfo& info) const;
  void give(const Napi::CallbackInfo& info, const EngineCommand& command);
  NodeThreads& running(Napi::Env env) const;  // throws HW_NOT_RUNNING
  void halt();
  // On the event loop: what waits to be heard, or (in the message thread's place) received, and what it is answered with.
  void turn(bool receives);
  void deliver();  // on the event loop: everything that waits, as one batch
  void call(Napi::Value batch);

  NodeOptions options_;
  bool in_turn_ = false;
  unsigned guardian_restarts_ = 0;  // that JavaScript knows of
  std::uint64_t boot_ = 0;                     // of the last start
  Napi::FunctionReference on_events_;          // only while it runs: a callback that refers to this object would keep it for ever
  NoticeObjects notices_;
  Landing landing_;
  Napi::Reference<Napi::ArrayBuffer> page_buffer_;
  std::shared_ptr<StatisticsPage> page_;
  std::unique_ptr<LoopWake> wake_;             // closed, but kept, after stop()
  std::unique_ptr<LoopPoll> arrivals_;         // the same
  std::unique_ptr<NodeThreads> threads_;       // null: not running
};

}  // namespace heartwire::binding
