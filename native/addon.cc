// Registers what the addon offers (lib/native.ts), nothing else.
#include <napi.h>

#include "binding/simulated_engine.h"

namespace {

Napi::Object start(Napi::Env env, Napi::Object exports) {
  heartwire::binding::export_simulated_engine(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(heartwire, start)
