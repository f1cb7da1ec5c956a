// The shared disk as JavaScript reaches it: preparing one, and how it does.
#pragma once
#include <napi.h>

#include "core/disk/disk_thread.h"

namespace heartwire::binding {

void export_disk_calls(Napi::Env env, Napi::Object exports);
Napi::Object health_object(Napi::Env env, const DiskHealth& health);

}  // namespace heartwire::binding
