// How single values are spelled in the XML form: one spelling each, so that no two texts differ by a zero or a sign.
#include "core/wire/xml_fields.h"

#include <algorithm>
#include <cstring>

namespace heartwire {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Reads exactly 2 x bytes.size() lower-case digits.
bool from_hexadecimal(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); i++) {
    const std::size_t high = kDigits.find(text[2 * i]), low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace

void FieldWriter::text(std::string_view text) {
  if (text.size() > out_.size() - at_) good_ = false;
  if (!good_) return;
  std::memcpy(out_.data() + at_, text.data(), text.size());
  at_ += text.size();
}

void FieldWriter::attribute(std::string_view name, std::string_view value) {
  text(" ");
  text(name);
  text("=\"");
  text(value);
  text("\"");
}

void FieldWriter::number(std::string_view name, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  attribute(name, {digits, static_cast<std::size_t>(end - digits)});
}

void FieldWriter::hexadecimal(std::string_view name, std::uint64_t value) {
  char digits[16];
  for (std::size_t i = 0; i < sizeof digits; i++) digits[i] = kDigits[value >> (60 - 4 * i) & 15];
  attribute(name, {digits, sizeof digits});
}

void FieldWriter::tag(std::string_view name, std::span<const std::uint8_t, kTagBytes> value) {
  char digits[2 * kTagBytes];
  for (std::size_t i = 0; i < kTagBytes; i++) {
    digits[2 * i] = kDigits[value[i] >> 4];
    digits[2 * i + 1] = kDigits[value[i] & 15];
  }
  attribute(name, {digits, sizeof digits});
}

// Each field asks for another name, so counting suffices to find what is left over.
std::string_view FieldReader::find(std::string_view name) {
  const auto attributes = std::span(element_.attributes).first(element_.count);
  const auto found = std::ranges::find(attributes, name, &XmlElement::Attribute::name);
  if (found == attributes.end()) {
    good_ = false;
    return {};
  }
  used_++;
  return found->value;
}

std::uint64_t FieldReader::decimal(std::string_view name, std::uint64_t max) {
  const std::string_view text = find(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text[0] == '0') || value > max) good_ = false;
  return good_ ? value : 0;
}

void FieldReader::constant(std::string_view name, std::uint64_t value) {
  if (decimal(name, value) != value) good_ = false;
}

std::size_t FieldReader::index(std::string_view name, std::span<const std::string_view> names) {
  const auto found = std::ranges::find(names, find(name));
  if (found == names.end()) good_ = false;
  return good_ ? static_cast<std::size_t>(found - names.begin()) : 0;
}

void FieldReader::boolean(std::string_view name, bool& value) {
  const std::string_view text = find(name);
  value = text == "true";
  if (!value && text != "false") good_ = false;
}

void FieldReader::hexadecimal(std::string_view name, std::uint64_t& value) {
  std::array<std::uint8_t, 8> bytes{};
  if (!from_hexadecimal(find(name), bytes)) good_ = false;
  value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
}

void FieldReader::tag(std::string_view name, std::span<std::uint8_t, kTagBytes> value) {
  if (!from_hexadecimal(find(name), value)) good_ = false;
}

}  // namespace heartwire
