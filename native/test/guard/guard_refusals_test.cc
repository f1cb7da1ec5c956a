// Where the kernel guard cannot enforce a lease it must say so, for nobody may rely on it: each trial in a process and in
// namespaces of its own (safety.md, 'The kernel guard').
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>

#include "core/guard/kernel_guard.h"

namespace heartwire::test {

namespace {

const std::string kCannot = "cannot be tried here: ";

std::string in_a_child(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return kCannot + std::strerror(errno);
  const pid_t child = fork();
  if (child == 0) {
    const std::string said = work();
    _exit(write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  std::array<char, 512> part;
  for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;) said.append(part.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << said;
  return said;
}

bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return static_cast<bool>(file);
}

std::string start_of_a_guard() {
  GuardReport report;
  const auto guard = KernelGuard::start({}, report);
  return guard == nullptr ? report.enforcement + ": " + report.reason : "there is a guard: " + report.enforcement;
}

TEST(GuardRefusals, InATimeNamespaceItsClockIsAnother) {
  const std::string said = in_a_child([] {
    if (unshare(CLONE_NEWNET) != 0 || unshare(CLONE_NEWTIME) != 0) return kCannot + std::strerror(errno);
    if (!write_file("/proc/self/timens_offsets", "boottime 1000 0")) return kCannot + "no offset of the clock";
    return in_a_child(start_of_a_guard);  // only children are in it
  });
  if (said.starts_with(kCannot) || said.find("Operation not permitted") != std::string::npos) GTEST_SKIP() << said;
  EXPECT_TRUE(said.starts_with("none: ")) << said;
  EXPECT_NE(said.find("time namespace"), std::string::npos) << said;
}

TEST(GuardRefusals, InAUserNamespaceTheKernelTakesNoProgram) {
  const std::string said = in_a_child([] {
    const std::string user = std::to_string(geteuid()), group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kCannot + std::strerror(errno);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", "0 " + user + " 1")) return kCannot + "no map of users";
    if (!write_file("/proc/self/gid_map", "0 " + group + " 1")) return kCannot + "no map of groups";
    return start_of_a_guard();
  });
  if (said.starts_with(kCannot)) GTEST_SKIP() << said;
  EXPECT_TRUE(said.starts_with("none: ")) << said;
  EXPECT_NE(said.find("Operation not permitted"), std::string::npos) << said;
}

}  // namespace
}  // namespace heartwire::test
