// Registers what the addon offers (lib/native.ts), nothing else.
#include <napi.h>

#include "binding/native_node.h"
#include "binding/simulated_engine.h"
#include "binding/system_calls.h"

namespace {

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeNode", heartwire::binding::NativeNode::define(env));
  heartwire::binding::export_system_calls(env, exports);
  heartwire::binding::export_simulated_engine(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(heartwire, start)
