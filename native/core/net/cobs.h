// Consistent overhead byte stuffing: frames on a byte stream, ended by a zero that occurs nowhere else, so that after
// a lost or broken byte the next zero puts the reader back in step. Integrity is the frame's own tag. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/wire/frame.h"

namespace heartwire {

inline constexpr std::size_t kStuffedBytesMax = kFrameBytesMax + kFrameBytesMax / 254 + 2;

// Returns the bytes written, the closing zero included; 0: does not fit.
inline std::size_t stuff(std::span<const std::uint8_t> frame, std::span<std::uint8_t> out) {
  if (out.size() < frame.size() + frame.size() / 254 + 2) return 0;
  std::size_t at = 1, code_at = 0;
  std::uint8_t code = 1;
  for (const std::uint8_t byte : frame) {
    if (byte != 0) {
      out[at++] = byte;
      ++code;
    }
    if (byte == 0 || code == 0xff) {
      out[code_at] = code;
      code_at = at++;
      code = 1;
    }
  }
  out[code_at] = code;
  out[at++] = 0;
  return at;
}

// Collects bytes of a stream; returns a frame's size when one is complete (in frame()), else 0. Garbage is dropped
// up to the next zero.
class Unstuffer {
 public:
  std::size_t feed(std::uint8_t byte) {
    if (byte == 0) {
      const bool whole = !broken_ && left_ == 0 && size_ > 0;
      const std::size_t size = whole ? size_ : 0;
      size_ = 0;
      left_ = 0;
      first_ = true;
      broken_ = false;
      return size;
    }
    if (broken_) return 0;
    if (left_ == 0) {
      if (!first_ && code_ != 0xff && !put(0)) return 0;
      first_ = false;
      code_ = byte;
      left_ = static_cast<std::uint8_t>(byte - 1);
      return 0;
    }
    --left_;
    put(byte);
    return 0;
  }
  std::span<std::uint8_t> frame(std::size_t size) { return std::span(buffer_).first(size); }

 private:
  bool put(std::uint8_t byte) {
    if (size_ == buffer_.size()) {
      broken_ = true;
      return false;
    }
    buffer_[size_++] = byte;
    return true;
  }
  std::array<std::uint8_t, kFrameBytesMax> buffer_{};
  std::size_t size_ = 0;
  std::uint8_t code_ = 0, left_ = 0;
  bool first_ = true, broken_ = false;
};

}  // namespace heartwire
