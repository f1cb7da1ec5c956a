// One cluster node's native half as a JavaScript object (lib/native.ts, NativeNode). Owns, and destroys in this order:
// message thread (makes sessions for the beat thread), beat thread (gives orders to the address thread), address thread
// (removes what it holds), the loop's wake-up. The statistics page lives as long as the last ArrayBuffer on it.
#pragma once
#include <napi.h>

#include <memory>

#include "binding/loop_wake.h"
#include "binding/node_options.h"

namespace heartwire::binding {

class NativeNode final : public Napi::ObjectWrap<NativeNode> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NativeNode(const Napi::CallbackInfo& info);
  ~NativeNode() override;

 private:
  Napi::Value start(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  void set_timing(const Napi::CallbackInfo& info) { give(info, read_timing(info)); }
  void set_peer(const Napi::CallbackInfo& info);
  void remove_peer(const Napi::CallbackInfo& info);
  void set_voters(const Napi::CallbackInfo& info);
  void set_register(const Napi::CallbackInfo& info);
  void set_seat(const Napi::CallbackInfo& info);
  void set_addresses(const Napi::CallbackInfo& info);
  void set_orders(const Napi::CallbackInfo& info);
  void stand(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);
  void renew_liveness(const Napi::CallbackInfo& info);
  void announce(const Napi::CallbackInfo& info);
  void contact(const Napi::CallbackInfo& info);
  Napi::Value send(const Napi::CallbackInfo& info);
  void forget(const Napi::CallbackInfo& info);
  void prefer(const Napi::CallbackInfo& info);
  void set_message_parameters(const Napi::CallbackInfo& info);
  void set_keys(const Napi::CallbackInfo& info);
  Napi::Value page(const Napi::CallbackInfo& info);
  Napi::Value message_counters(const Napi::CallbackInfo& info);

  EngineCommand read_timing(const Napi::CallbackInfo& info) const;
  void give(const Napi::CallbackInfo& info, const EngineCommand& command);
  void set_boot(Napi::Env env, std::uint64_t boot);
  void require_running(Napi::Env env) const;
  void open_threads(Napi::Env env, BeatReport& beat_report);
  void halt();
  void deliver();  // on the event loop: everything that waits, as one batch

  NodeOptions options_;
  Napi::FunctionReference on_events_;
  Napi::Reference<Napi::ArrayBuffer> page_buffer_;
  std::shared_ptr<StatisticsPage> page_;
  std::unique_ptr<LoopWake> wake_;
  std::unique_ptr<AddressThread> address_;
  std::unique_ptr<BeatThread> beat_;
  std::unique_ptr<MessageThread> message_;
  bool running_ = false;
  std::uint64_t boot_used_ = 0;  // of the last start; 0: none yet
};

}  // namespace heartwire::binding
