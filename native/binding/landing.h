// Where messages land for JavaScript: memory of its own (lib/runtime/landing.ts) with room for a batch of messages of the size
// that nearly all have. An object for each, and a buffer for its bytes, would take longer than all that is done with them.
#pragma once
#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "core/message/message_thread.h"

namespace heartwire::binding {

class Landing {
 public:
  // A place: length (4 bytes), node (2), nothing (2), boot (8), all as this machine writes them; then the bytes of the message.
  static constexpr std::size_t kHeaderBytes = 16;
  static constexpr std::size_t kPlaceBytes = 1416;

  // Undefined: there is none. Throws HW_BAD_ARGUMENT.
  void use(const Napi::Value& memory);
  // A batch begins: what landed before has been read.
  void clear();
  // Its place, from 0; -1: it has to travel as an object.
  int put(const MessageNotice& notice);

 private:
  Napi::Reference<Napi::ArrayBuffer> memory_;
  std::uint8_t* bytes_ = nullptr;  // during a batch
  std::size_t places_ = 0;
  std::size_t used_ = 0;
};

}  // namespace heartwire::binding
