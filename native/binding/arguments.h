// Reading JavaScript arguments: each reader checks one kind of value and fails with one human sentence and the code
// HW_BAD_ARGUMENT, so that a binding method is a list of what it wants.
#pragma once
#include <napi.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "binding/errors.h"

namespace heartwire::binding {

inline Napi::Error bad_argument(Napi::Env env, const std::string& name, const std::string& wanted) {
  return coded_error(env, "HW_BAD_ARGUMENT", name + " must be " + wanted);
}

inline double read_number(const Napi::Value& value, const std::string& name, double low, double high) {
  if (!value.IsNumber()) throw bad_argument(value.Env(), name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= low && number <= high) || number != std::floor(number)) {
    throw bad_argument(value.Env(), name, "a whole number from " + std::to_string(static_cast<std::int64_t>(low)) + " to " +
                                              std::to_string(static_cast<std::int64_t>(high)));
  }
  return number;
}

template <typename T>
T read_integer(const Napi::Value& value, const std::string& name, double low, double high) {
  return static_cast<T>(read_number(value, name, low, high));
}

// Left out: 0.
inline std::uint32_t read_optional(const Napi::Value& value, const std::string& name, double high) {
  return value.IsUndefined() ? 0 : read_integer<std::uint32_t>(value, name, 0, high);
}

inline bool read_boolean(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) throw bad_argument(value.Env(), name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

inline std::uint64_t read_bigint(const Napi::Value& value, const std::string& name) {
  bool lossless = false;
  if (!value.IsBigInt()) throw bad_argument(value.Env(), name, "a bigint");
  const std::uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) throw bad_argument(value.Env(), name, "a bigint from 0 to 2^64 - 1");
  return number;
}

inline std::string read_string(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) throw bad_argument(value.Env(), name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

// One of some words; gives its place among them.
inline std::size_t read_choice(const Napi::Value& value, const std::string& name, std::initializer_list<const char*> words) {
  const std::string given = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  std::string wanted;
  std::size_t place = 0;
  for (const char* word : words) {
    if (given == word) return place;
    wanted += (place == 0 ? "'" : place + 1 == words.size() ? " or '" : ", '") + std::string(word) + "'";
    ++place;
  }
  throw bad_argument(value.Env(), name, wanted);
}

inline Napi::Object read_object(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) throw bad_argument(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

inline Napi::Array read_array(const Napi::Value& value, const std::string& name, std::uint32_t most) {
  if (!value.IsArray()) throw bad_argument(value.Env(), name, "an array");
  const Napi::Array array = value.As<Napi::Array>();
  if (array.Length() > most) throw bad_argument(value.Env(), name, "an array of at most " + std::to_string(most));
  return array;
}

inline std::vector<std::uint16_t> read_node_ids(const Napi::Value& value, const std::string& name, std::uint32_t most) {
  const Napi::Array array = read_array(value, name, most);
  std::vector<std::uint16_t> ids;
  for (std::uint32_t index = 0; index < array.Length(); ++index) {
    ids.push_back(read_integer<std::uint16_t>(array.Get(index), name + "[" + std::to_string(index) + "]", 1, 65535));
  }
  return ids;
}

inline std::vector<std::uint8_t> read_bytes(const Napi::Value& value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw bad_argument(value.Env(), name, "a Uint8Array");
  }
  const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

}  // namespace heartwire::binding
