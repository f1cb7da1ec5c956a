// Just enough JSON to write the shared vectors, with the interface of the XML form's field lists, so that the same
// lists name the fields. 64-bit numbers are strings: JavaScript's numbers would round them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "test/wire/hex.h"

namespace heartwire::samples {

class JsonWriter {
 public:
  void begin(std::string_view name, char bracket) {
    item(name);
    text_ += bracket;
    depth_++;
    first_ = true;
  }
  void end(char bracket) {
    depth_--;
    if (!first_) line();
    text_ += bracket;
    first_ = false;
  }
  void string(std::string_view name, std::string_view value) {
    item(name);
    text_ += '"';
    for (const char character : value) {
      if (character == '"' || character == '\\') text_ += '\\';
      text_ += character;
    }
    text_ += '"';
  }
  void bytes(std::string_view name, std::span<const std::uint8_t> value) { string(name, hex(value)); }

  // ---- what field lists call --------------------------------------------------------------------------
  void constant(std::string_view name, std::uint64_t value) { plain(name, std::to_string(value)); }
  template <class Number>
  void number(std::string_view name, Number value) {
    if (std::is_same_v<Number, std::uint64_t>) string(name, std::to_string(value));
    else plain(name, std::to_string(value));
  }
  void boolean(std::string_view name, bool value) { plain(name, value ? "true" : "false"); }
  void hexadecimal(std::string_view name, std::uint64_t value) {
    Bytes big_endian;
    for (int shift = 56; shift >= 0; shift -= 8) big_endian.push_back(static_cast<std::uint8_t>(value >> shift));
    bytes(name, big_endian);
  }
  template <class Choice>
  void choice(std::string_view name, Choice value, std::span<const std::string_view> names) {
    string(name, names[static_cast<std::size_t>(value) - 1]);
  }
  const std::string& text() const { return text_; }

 private:
  void line() { text_ += '\n' + std::string(2 * depth_, ' '); }
  void item(std::string_view name) {
    if (!first_) text_ += ',';
    if (depth_ > 0) line();
    first_ = false;
    if (!name.empty()) text_ += '"' + std::string(name) + "\": ";
  }
  void plain(std::string_view name, const std::string& value) {
    item(name);
    text_ += value;
  }
  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

}  // namespace heartwire::samples
