// Small things that Node itself does not offer: the boot clock, an interface's facts, peer credentials, a file lock,
// systemd's notification socket.
#pragma once
#include <napi.h>

namespace heartwire::binding {

void export_system_calls(Napi::Env env, Napi::Object exports);

}  // namespace heartwire::binding
