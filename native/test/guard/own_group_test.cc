// The guardian's own control group, on the kernel's: a child of this test is the daemon, in a group that was delegated to it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/guard/guardian.h"
#include "core/guard/own_group.h"

namespace heartwire::test {

namespace {

std::string mounted_groups() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string number, parent, device, root, point;
    words >> number >> parent >> device >> root >> point;
    if (line.find(" - cgroup2 ") != std::string::npos && root == "/") return point;
  }
  return {};
}

std::string group_of(pid_t process) {
  std::ifstream groups("/proc/" + std::to_string(process) + "/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

bool enter(const std::string& folder) {
  std::ofstream members(folder + "/cgroup.procs");
  members << getpid() << std::flush;
  return members.good();
}

class OwnGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string mounted = mounted_groups();
    unit_ = mounted + "/heartwire-test-" + std::to_string(getpid());
    if (mounted.empty() || mkdir(unit_.c_str(), 0755) != 0) GTEST_SKIP() << "no control groups of version 2 that this user may use";
    ASSERT_EQ(mkdir((unit_ + "/daemon").c_str(), 0755), 0);
  }
  void TearDown() override {
    rmdir((unit_ + "/daemon").c_str());
    EXPECT_TRUE(rmdir(unit_.c_str()) == 0 || IsSkipped()) << "something was left in " << unit_;
  }
  void delegate() const { ASSERT_EQ(setxattr(unit_.c_str(), "trusted.delegate", "1", 1, 0), 0); }

  // The daemon's part, in the group below the unit's; returns its exit code.
  int as_daemon(const std::function<int()>& part) const {
    const pid_t child = fork();
    if (child == 0) _exit(enter(unit_ + "/daemon") ? part() : 99);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string unit_;
};

}  // namespace

TEST_F(OwnGroupTest, AGroupThatNobodyDelegatedIsNotTouched) {
  EXPECT_EQ(as_daemon([] { return delegated_group().empty() ? 0 : 1; }), 0);
}

TEST_F(OwnGroupTest, AProcessLeavesTheDaemonsGroupForItsOwn) {
  delegate();
  const std::string name = std::filesystem::path(unit_).filename();
  EXPECT_EQ(as_daemon([&] {
    if (delegated_group() != unit_) return 1;
    const pid_t guardian = fork();
    if (guardian == 0) {
      pause();
      _exit(0);
    }
    int wrong = 0;
    {
      OwnGroup group(unit_);
      const std::string expected = "/" + name + "/heartwire-guardian." + std::to_string(getpid());
      if (!group.take(guardian)) wrong = 2;
      if (wrong == 0 && !group_of(guardian).ends_with(expected)) wrong = 3;
      if (wrong == 0 && !group_of(getpid()).ends_with("/" + name + "/daemon")) wrong = 4;
      kill(guardian, SIGKILL);
      waitpid(guardian, nullptr, 0);
    }
    return wrong;
  }), 0);
}

TEST_F(OwnGroupTest, TheGuardianHasOne) {
  delegate();
  EXPECT_EQ(as_daemon([] {
    std::string reason;
    const std::unique_ptr<Guardian> guardian = Guardian::start({GUARDIAN, 0}, reason);
    if (guardian == nullptr) return 1;
    if (!guardian->has_own_group()) return 2;
    return group_of(guardian->process()).ends_with("/heartwire-guardian." + std::to_string(getpid())) ? 0 : 3;
  }), 0);
}

TEST_F(OwnGroupTest, WhatAKilledDaemonLeftIsRemovedByTheNext) {
  delegate();
  const std::string left = unit_ + "/heartwire-guardian.1";
  ASSERT_EQ(mkdir(left.c_str(), 0755), 0);
  { const OwnGroup group(unit_); }
  EXPECT_FALSE(std::filesystem::exists(left));
}

}  // namespace heartwire::test
