// Little-endian bytes in and out of a bounded buffer. A reader or writer that runs over its end turns bad
// and stays so, hence a codec checks once, at the end. Only files that own a layout use it (here and message/fragment.cc).
#pragma once
#include <cstdint>
#include <cstring>
#include <span>

namespace heartwire {

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::uint8_t> out) : out_(out) {}
  void u8(std::uint8_t value) { put(value, 1); }
  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void zeros(std::size_t count) {
    for (std::size_t i = 0; i < count; i++) u8(0);
  }
  void bytes(std::span<const std::uint8_t> value) {
    if (value.size() > out_.size() - at_) good_ = false;
    if (!good_ || value.empty()) return;
    std::memcpy(out_.data() + at_, value.data(), value.size());
    at_ += value.size();
  }
  // Bytes written, or 0 when they did not fit.
  std::size_t done() const { return good_ ? at_ : 0; }

 private:
  void put(std::uint64_t value, std::size_t width) {
    if (width > out_.size() - at_) good_ = false;
    if (!good_) return;
    for (std::size_t i = 0; i < width; i++) out_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool good_ = true;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> in) : in_(in) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(get(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  // Reserved bytes must be zero, else a later meaning of them would be taken for the present one.
  void zeros(std::size_t count) {
    for (std::size_t i = 0; i < count; i++) require(u8() == 0);
  }
  void bytes(std::span<std::uint8_t> value) {
    if (value.size() > in_.size() - at_) good_ = false;
    if (!good_ || value.empty()) return;
    std::memcpy(value.data(), in_.data() + at_, value.size());
    at_ += value.size();
  }
  void require(bool condition) { good_ = good_ && condition; }
  bool good() const { return good_; }
  // Everything was well formed and nothing is left over.
  bool done() const { return good_ && at_ == in_.size(); }

 private:
  std::uint64_t get(std::size_t width) {
    if (width > in_.size() - at_) good_ = false;
    if (!good_) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; i++) value |= std::uint64_t{in_[at_++]} << (8 * i);
    return value;
  }
  std::span<const std::uint8_t> in_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace heartwire
