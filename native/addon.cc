// Registers what the addon offers (lib/native.ts), nothing else.
#include <napi.h>

#include "binding/native_node.h"
#include "binding/simulated_engine.h"
#include "binding/system_calls.h"
#include "binding/disk_calls.h"
#include "binding/wire_probe_object.h"

namespace {

#ifdef HEARTWIRE_PLANT_LEAK
// Out of the compiler's sight, or it leaves the allocation out.
void keep(const char* leaked) { asm volatile("" : : "r"(leaked) : "memory"); }
#endif

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeNode", heartwire::binding::NativeNode::define(env));
  exports.Set("WireProbe", heartwire::binding::WireProbeObject::define(env));
  heartwire::binding::export_system_calls(env, exports);
  heartwire::binding::export_disk_calls(env, exports);
  heartwire::binding::export_simulated_engine(env, exports);
#ifdef HEARTWIRE_PLANT_LEAK  // the check for leaks must be seen to see one (scripts/suite-leaks.mjs)
  exports.Set("plantLeak", Napi::Function::New(env, [](const Napi::CallbackInfo&) { keep(new char[64]); }));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(heartwire, start)
