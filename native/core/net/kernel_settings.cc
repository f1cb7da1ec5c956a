// See kernel_settings.h.
#include "core/net/kernel_settings.h"

#include <fstream>

namespace heartwire {

namespace {

bool read_setting(const std::string& path, int& value) { return static_cast<bool>(std::ifstream(path) >> value); }

bool write_setting(const std::string& path, int value) {
  std::ofstream file(path);
  file << value << std::flush;
  return static_cast<bool>(file);
}

}  // namespace

void KernelSettings::at_least(const std::string& path, int wanted) {
  int value = 0;
  if (read_setting(path, value) && value < wanted) change(path, value, wanted);
}

void KernelSettings::at_most(const std::string& path, int wanted) {
  int value = 0;
  if (read_setting(path, value) && value > wanted) change(path, value, wanted);
}

void KernelSettings::change(const std::string& path, int before, int wanted) {
  if (write_setting(path, wanted)) changed_.try_emplace(path, Setting{before, wanted});
}

KernelSettings::~KernelSettings() {
  for (const auto& [path, setting] : changed_) {
    int value = 0;
    if (read_setting(path, value) && value == setting.ours) write_setting(path, setting.before);
  }
}

}  // namespace heartwire
