// What start() tells JavaScript (lib/native.ts, NativeStartReport): what the threads got, and why not more.
#pragma once
#include <napi.h>

#include "binding/node_threads.h"

namespace heartwire::binding {

Napi::Object guard_object(Napi::Env env, const GuardReport& guard, const GuardianReport& guardian);
Napi::Object report_object(Napi::Env env, const StartReport& report, const std::vector<BeatLink>& links);

}  // namespace heartwire::binding
