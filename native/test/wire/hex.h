// Bytes as people write them.
#pragma once
#include <span>
#include <string>

#include "test/wire/samples.h"

namespace heartwire::samples {

inline std::string hex(std::span<const std::uint8_t> bytes) {
  const char* const digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

inline Bytes unhex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

}  // namespace heartwire::samples
