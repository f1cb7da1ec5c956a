// See loop_wake.h.
#include "binding/loop_wake.h"

#include "binding/errors.h"

namespace heartwire::binding {

LoopPoll::LoopPoll(Napi::Env env, int descriptor, std::function<void()> on_ready, std::function<void()> on_teardown)
    : env_(env), on_ready_(std::move(on_ready)), on_teardown_(std::move(on_teardown)) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw coded_error(env, "HW_NATIVE", "there is no event loop");
  auto* handle = new Handle{{}, nullptr, this};
  handle->poll.data = handle;
  if (const int error = uv_poll_init(loop, &handle->poll, descriptor); error != 0) {
    delete handle;
    throw coded_error(env, "HW_NATIVE", std::string("the event loop cannot poll: ") + uv_strerror(error));
  }
  napi_add_async_cleanup_hook(env, on_environment_ends, handle, &handle->hook);
  uv_poll_start(&handle->poll, UV_READABLE, on_poll);
  handle_ = handle;
}

void LoopPoll::on_poll(uv_poll_t* poll, int, int) {
  LoopPoll* owner = static_cast<Handle*>(poll->data)->owner;
  if (owner == nullptr) return;
  const Napi::HandleScope scope(owner->env_);
  const std::function<void()> on_ready = owner->on_ready_;  // a copy: what it calls may destroy the owner
  on_ready();
}

void LoopPoll::close() {
  if (handle_ == nullptr) return;
  handle_->owner = nullptr;
  uv_poll_stop(&handle_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), on_closed);
  handle_ = nullptr;
}

void LoopPoll::on_closed(uv_handle_t* poll) {
  auto* handle = static_cast<Handle*>(poll->data);
  napi_remove_async_cleanup_hook(handle->hook);
  delete handle;
}

void LoopPoll::on_environment_ends(napi_async_cleanup_hook_handle, void* data) {
  LoopPoll* owner = static_cast<Handle*>(data)->owner;
  if (owner == nullptr) return;  // closing already; on_closed() will tell Node
  const std::function<void()> on_teardown = owner->on_teardown_;
  on_teardown();
}

}  // namespace heartwire::binding
