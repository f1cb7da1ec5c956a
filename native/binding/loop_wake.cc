// See loop_wake.h.
#include "binding/loop_wake.h"

#include "binding/arguments.h"

namespace heartwire::binding {

LoopWake::LoopWake(Napi::Env env, std::function<void()> on_wake) : env_(env), on_wake_(std::move(on_wake)) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw coded_error(env, "HW_NATIVE", "no event loop");
  handle_ = new Handle{{}, this};
  handle_->poll.data = handle_;
  if (uv_poll_init(loop, &handle_->poll, wake_.descriptor()) != 0) {
    delete handle_;
    handle_ = nullptr;
    throw coded_error(env, "HW_NATIVE", "the event loop cannot poll");
  }
  uv_poll_start(&handle_->poll, UV_READABLE, on_poll);
}

void LoopWake::on_poll(uv_poll_t* poll, int, int) {
  LoopWake* owner = static_cast<Handle*>(poll->data)->owner;
  if (owner == nullptr) return;
  owner->wake_.clear();
  const Napi::HandleScope scope(owner->env_);
  owner->on_wake_();
}

void LoopWake::close() {
  if (handle_ == nullptr) return;
  handle_->owner = nullptr;
  uv_poll_stop(&handle_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
  handle_ = nullptr;
}

}  // namespace heartwire::binding
