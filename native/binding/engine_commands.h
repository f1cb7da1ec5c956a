// JavaScript arguments to engine commands: one function per command, shared by the real node and the simulated one.
#pragma once
#include <napi.h>

#include "core/heartbeat/engine_types.h"

namespace heartwire::binding {

// Each reads the first arguments of a call, in the order of lib/native.ts. Throw HW_BAD_ARGUMENT.
EngineCommand read_set_timing(const Napi::CallbackInfo& info, std::uint32_t liveness_timeout_ms, bool release_stalled);
EngineCommand read_set_peer(const Napi::CallbackInfo& info);
EngineCommand read_confirm_timing(const Napi::CallbackInfo& info);
EngineCommand read_remove_peer(const Napi::CallbackInfo& info);
EngineCommand read_set_voters(const Napi::CallbackInfo& info);
EngineCommand read_set_register(const Napi::CallbackInfo& info);
EngineCommand read_set_seat(const Napi::CallbackInfo& info);
EngineCommand read_set_orders(const Napi::CallbackInfo& info);
EngineCommand read_seat_act(const Napi::CallbackInfo& info, CommandKind kind);

// snake_case name of an event, as lib/native.ts has it.
const char* event_name(EventKind kind);

}  // namespace heartwire::binding
