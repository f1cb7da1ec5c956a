// What a start after a crash must know of this one: which programs it has left in the kernel, and which addresses they guard.
// A small file; it counts only while this kernel runs.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/net/link_address.h"

namespace heartwire {

struct GuardMemory {
  std::vector<std::uint32_t> programs;
  std::vector<LinkAddress> addresses;

  // Empty where there is no such file, or it is of another run of the kernel, or not understood.
  static GuardMemory read(const std::string& path);
  // Best effort: in place of the old one at one instant.
  void write(const std::string& path) const;
};

}  // namespace heartwire
