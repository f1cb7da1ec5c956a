// See parked_threads.h. Read from /proc/PID/task/TID/stat: the state stands behind the name, which is in parentheses.
#include "core/guard/parked_threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

namespace heartwire {

namespace {

// '\0': it has ended.
char state_of(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return '\0';
  std::array<char, 512> text{};
  const ssize_t got = read(descriptor, text.data(), text.size() - 1);
  close(descriptor);
  const char* const name_end = got > 0 ? std::strrchr(text.data(), ')') : nullptr;
  return name_end == nullptr ? '\0' : name_end[2];
}

}  // namespace

bool threads_are_parked(pid_t process, pid_t crashed) {
  const std::string folder = "/proc/" + std::to_string(process) + "/task";
  DIR* const tasks = opendir(folder.c_str());
  if (tasks == nullptr) return false;
  bool parked = true;
  while (const dirent* task = readdir(tasks)) {
    if (task->d_name[0] == '.' || std::atoi(task->d_name) == crashed) continue;
    const char state = state_of(folder + "/" + task->d_name + "/stat");
    if (state != '\0' && std::strchr("IZX", state) == nullptr) parked = false;
  }
  closedir(tasks);
  return parked;
}

}  // namespace heartwire
