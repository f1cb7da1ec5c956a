// See landing.h.
#include "binding/landing.h"

#include <cstring>

#include "binding/arguments.h"

namespace heartwire::binding {

void Landing::use(const Napi::Value& memory) {
  if (memory.IsUndefined()) return;
  if (!memory.IsArrayBuffer()) throw bad_argument(memory.Env(), "landing", "an ArrayBuffer");
  memory_ = Napi::Persistent(memory.As<Napi::ArrayBuffer>());
}

// Asked anew for each batch: JavaScript may have given the memory away.
void Landing::clear() {
  used_ = 0;
  places_ = 0;
  if (memory_.IsEmpty()) return;
  Napi::ArrayBuffer memory = memory_.Value();
  bytes_ = static_cast<std::uint8_t*>(memory.Data());
  places_ = memory.ByteLength() / kPlaceBytes;
}

int Landing::put(const MessageNotice& notice) {
  const std::size_t length = notice.payload.size();
  if (notice.kind != MessageNotice::Kind::message || used_ == places_ || length > kPlaceBytes - kHeaderBytes) return -1;
  std::uint8_t* place = bytes_ + used_ * kPlaceBytes;
  const std::uint32_t length_field = static_cast<std::uint32_t>(length);
  std::memcpy(place, &length_field, sizeof length_field);
  std::memcpy(place + 4, &notice.node, sizeof notice.node);
  std::memcpy(place + 8, &notice.boot, sizeof notice.boot);
  std::memcpy(place + kHeaderBytes, notice.payload.data(), length);
  return static_cast<int>(used_++);
}

}  // namespace heartwire::binding
