// See strict_arp.h.
#include "core/address/strict_arp.h"

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

void StrictArp::apply(const std::string& interface) {
  const std::string folder = "/proc/sys/net/ipv4/conf/" + interface + "/";
  raise(folder + "arp_ignore", 1);
  raise(folder + "arp_announce", 2);
  raise(folder + "promote_secondaries", 1);
}

void StrictArp::raise(const std::string& path, int wanted) {
  int value = 0;
  if (!read_setting(path, value) || value >= wanted || !write_setting(path, wanted)) return;
  changed_.try_emplace(path, Setting{value, wanted});
}

StrictArp::~StrictArp() {
  for (const auto& [path, setting] : changed_) {
    int value = 0;
    if (read_setting(path, value) && value == setting.ours) write_setting(path, setting.before);  // else somebody chose anew
  }
}

}  // namespace heartwire
