// Wakes the event loop from other threads: an eventfd that libuv polls, and that keeps the loop alive. The uv handle
// belongs to the loop until its close callback, which frees it with the type that it was made with. Works in worker
// threads, each with a loop of its own: when such an environment is torn down, an asynchronous cleanup hook makes
// Node wait for the close callback. Not a thread-safe function: that takes a mutex which JavaScript holds too, and the
// beat thread takes none.
#pragma once
#include <napi.h>
#include <uv.h>

#include <functional>

#include "core/rt/wake.h"

namespace heartwire::binding {

class LoopWake {
 public:
  // Both are called on the event loop: `on_wake` inside a handle scope; `on_teardown` when the environment ends before
  // close(): it must see to it that nobody signals any more, and close. Throws HW_NATIVE.
  LoopWake(Napi::Env env, std::function<void()> on_wake, std::function<void()> on_teardown);
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
    napi_async_cleanup_hook_handle hook;
    LoopWake* owner;  // null: closing
  };
  static void on_poll(uv_poll_t* poll, int status, int events);
  static void on_closed(uv_handle_t* poll);
  static void on_environment_ends(napi_async_cleanup_hook_handle, void* handle);

  const napi_env env_;
  const std::function<void()> on_wake_;
  const std::function<void()> on_teardown_;
  Wake wake_;
  Handle* handle_ = nullptr;
};

}  // namespace heartwire::binding
