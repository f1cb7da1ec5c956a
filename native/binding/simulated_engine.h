// The simulator's door to the engine (builds with HEARTWIRE_SIMULATION only): the same Engine, with time and frames
// given by the caller. See test/simulation/engine-port.ts for the JavaScript side.
#pragma once
#include <napi.h>

namespace heartwire::binding {

void export_simulated_engine(Napi::Env env, Napi::Object exports);

}  // namespace heartwire::binding
