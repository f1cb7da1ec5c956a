// Native failures as JavaScript errors: a code of lib/errors.ts and one human sentence.
#pragma once
#include <napi.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/net/link.h"

namespace heartwire::binding {

inline Napi::Error coded_error(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

// What the system refuses to this user is told apart from what fails: the way out is another one.
inline const char* code_of(int error_number) {
  return error_number == EPERM || error_number == EACCES ? "HW_PERMISSION" : "HW_NATIVE";
}

// "SO_BINDTODEVICE eth0: No such device"; empty where nothing failed.
inline std::string describe(const LinkError& error) {
  if (error.what.empty() || error.error_number == 0) return error.what;
  return error.what + ": " + std::strerror(error.error_number);
}

inline Napi::Error system_error(Napi::Env env, const LinkError& error) {
  return coded_error(env, code_of(error.error_number), describe(error));
}

}  // namespace heartwire::binding
