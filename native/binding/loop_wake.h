// Wakes the event loop from other threads: an eventfd that libuv polls. The handle belongs to the loop from open() to
// its close callback, which frees it with the type that it was made with. Works in worker threads, each with a loop of
// its own. Not a thread-safe function: that takes a mutex which JavaScript holds too, and the beat thread takes none.
#pragma once
#include <napi.h>
#include <uv.h>

#include <functional>

#include "core/rt/wake.h"

namespace heartwire::binding {

class LoopWake {
 public:
  // `on_wake` is called on the event loop, inside a handle scope.
  LoopWake(Napi::Env env, std::function<void()> on_wake);
  ~LoopWake() { close(); }
  LoopWake(const LoopWake&) = delete;
  LoopWake& operator=(const LoopWake&) = delete;
  // Any thread.
  void signal() const { wake_.signal(); }
  // Loop thread; idempotent. After it `on_wake` is not called any more.
  void close();

 private:
  struct Handle {
    uv_poll_t poll;
    LoopWake* owner;
  };
  static void on_poll(uv_poll_t* poll, int status, int events);
  napi_env env_;
  std::function<void()> on_wake_;
  Wake wake_;
  Handle* handle_ = nullptr;
};

}  // namespace heartwire::binding
