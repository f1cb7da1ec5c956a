// WireProbe as JavaScript meets it (lib/native.ts): sockets that never wait, asked and read by a timer of the runtime.
#pragma once
#include <napi.h>

#include <memory>

#include "core/address/wire_probe.h"

namespace heartwire::binding {

class WireProbeObject : public Napi::ObjectWrap<WireProbeObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit WireProbeObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value ethernet(const Napi::CallbackInfo& info);
  void ask(const Napi::CallbackInfo& info);
  Napi::Value heard(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  WireProbe& opened(Napi::Env env) const;
  std::unique_ptr<WireProbe> probe_;
};

}  // namespace heartwire::binding
