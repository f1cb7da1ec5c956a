// See own_group.h.
#include "core/guard/own_group.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace heartwire {

namespace {

constexpr const char* kPrefix = "heartwire-guardian.";

// Where control groups of version 2 are mounted from their root; empty: nowhere.
std::string mount_point() {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line;
  while (std::getline(mounts, line)) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream words(line);
    std::string number, parent, device, root, point;
    words >> number >> parent >> device >> root >> point;
    if (root == "/" && point.find('\\') == std::string::npos) return point;
  }
  return {};
}

std::string own_path() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

// As systemd marks it: for root, and for everybody since version 251.
bool is_delegated(const std::string& folder) {
  char value = 0;
  return (getxattr(folder.c_str(), "trusted.delegate", &value, 1) == 1 || getxattr(folder.c_str(), "user.delegate", &value, 1) == 1) && value == '1';
}

}  // namespace

std::string delegated_group() {
  const std::string mounted = mount_point(), path = own_path();
  if (mounted.empty() || path.size() < 2) return {};
  const std::filesystem::path own = mounted + path;
  for (const std::string& folder : {own.string(), own.parent_path().string()}) {
    if (folder.size() > mounted.size() && is_delegated(folder)) return folder;
  }
  return {};
}

// An earlier daemon that was killed could not remove its guardian's: whoever comes next does, where it is empty.
OwnGroup::OwnGroup(const std::string& delegated) : folder_(delegated + "/" + kPrefix + std::to_string(getpid())) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(delegated, ignored)) {
    if (entry.path().filename().string().starts_with(kPrefix)) rmdir(entry.path().c_str());
  }
}

OwnGroup::~OwnGroup() { rmdir(folder_.c_str()); }

bool OwnGroup::take(pid_t process) {
  mkdir(folder_.c_str(), 0755);
  std::ofstream members(folder_ + "/cgroup.procs");
  members << process << std::flush;
  return members.good();
}

}  // namespace heartwire
