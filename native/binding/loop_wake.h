// Wakes the event loop: a descriptor that libuv polls, and that keeps the loop alive; LoopWake's is an eventfd, for other
// threads. The uv handle belongs to the loop until its close callback, which frees it with the type that it was made with.
// Works in worker threads, each with a loop of its own: when such an environment is torn down, an asynchronous cleanup hook
// makes Node wait for the close callback. Not a thread-safe function: that takes a mutex which JavaScript holds too, and the
// beat thread takes none.
#pragma once
#include <napi.h>
#include <uv.h>

#include <functional>

#include "core/rt/wake.h"

namespace heartwire::binding {

class LoopPoll {
 public:
  // Both are called on the event loop: `on_ready` inside a handle scope, while the descriptor is readable; `on_teardown` when
  // the environment ends before close(): it must see to it that nobody uses the descriptor any more, and close. Throws HW_NATIVE.
  LoopPoll(Napi::Env env, int descriptor, std::function<void()> on_ready, std::function<void()> on_teardown);
  ~LoopPoll() { close(); }
  LoopPoll(const LoopPoll&) = delete;
  LoopPoll& operator=(const LoopPoll&) = delete;
  // Loop thread; idempotent. After it `on_ready` is not called any more, and the descriptor is the caller's alone.
  void close();

 private:
  struct Handle {
    uv_poll_t poll;
    napi_async_cleanup_hook_handle hook;
    LoopPoll* owner;  // null: closing
  };
  static void on_poll(uv_poll_t* poll, int status, int events);
  static void on_closed(uv_handle_t* poll);
  static void on_environment_ends(napi_async_cleanup_hook_handle, void* handle);

  const napi_env env_;
  const std::function<void()> on_ready_;
  const std::function<void()> on_teardown_;
  Handle* handle_ = nullptr;
};

class LoopWake {
 public:
  // As for LoopPoll; nobody may signal any more after `on_teardown`.
  LoopWake(Napi::Env env, std::function<void()> on_wake, std::function<void()> on_teardown)
      : poll_(env, wake_.descriptor(), [this, call = std::move(on_wake)] { wake_.clear(); call(); }, std::move(on_teardown)) {}
  // Any thread.
  void signal() const { wake_.signal(); }
  void close() { poll_.close(); }

 private:
  Wake wake_;
  LoopPoll poll_;
};

}  // namespace heartwire::binding
