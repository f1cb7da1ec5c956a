// A thread says truly what scheduling it got, leaves signals to the others, and has its memory where it was promised.
#include "core/rt/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include "core/rt/memory.h"
#include "test/wire/memory_watch.h"

namespace heartwire::test {
namespace {

// What the thread finds when it looks at itself.
struct Found {
  int policy = 0, priority = 0, processors = 0;
  bool signals_blocked = false;
  std::string name;
};

Found run(const ThreadOptions& options, ThreadReport& report) {
  Found found;
  std::thread thread = start_thread(options, [&] {
    sched_param parameters{};
    pthread_getschedparam(pthread_self(), &found.policy, &parameters);
    found.priority = parameters.sched_priority;
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    found.name = name.data();
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    found.signals_blocked = sigismember(&blocked, SIGTERM) == 1;
    cpu_set_t set;
    pthread_getaffinity_np(pthread_self(), sizeof set, &set);
    found.processors = CPU_COUNT(&set);
  }, report);
  thread.join();
  return found;
}

TEST(Thread, SaysWhatItGot) {
  ThreadReport report;
  const Found found = run({"hw-test", 10, {0}, true}, report);
  EXPECT_EQ(found.name, "hw-test");
  EXPECT_TRUE(found.signals_blocked);
  EXPECT_EQ(found.processors, 1);
  EXPECT_EQ(report.policy, found.policy == SCHED_FIFO ? "fifo" : "other");
  EXPECT_EQ(report.priority, found.priority);
  EXPECT_EQ(report.policy == "fifo" && report.priority == 10, report.reason.empty()) << report.reason;
}

TEST(Thread, AnOrdinaryOneHasNothingToExplain) {
  ThreadReport report;
  const Found found = run({"hw-a-name-that-is-too-long", 0, {}, false}, report);
  EXPECT_EQ(found.policy, SCHED_OTHER);
  EXPECT_EQ(found.name, "hw-a-name-that-");
  EXPECT_EQ(report.reason, "");
}

TEST(Thread, AffinityToAProcessorThatIsNotThereIsReported) {
  ThreadReport report;
  run({"hw-test", 0, {CPU_SETSIZE - 1, -1, CPU_SETSIZE + 5}, false}, report);
  EXPECT_NE(report.reason.find("affinity"), std::string::npos);
}

constexpr int kRightsKept = 100, kLimitRefused = 102;

// In a child that gave its rights up; `limit`: its RLIMIT_RTPRIO. Exit code: the priority it got.
int priority_without_rights(rlim_t limit) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit rights{limit, limit};
    if (setrlimit(RLIMIT_RTPRIO, &rights) != 0) _exit(kLimitRefused);
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(kRightsKept);
    ThreadReport report;
    const Found found = run({"hw-test", 50, {}, false}, report);
    if (report.priority != found.priority || report.reason.empty()) _exit(101);
    _exit(found.priority);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(Thread, WithoutRightsItTakesWhatItMayHave) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to give it up";
  if (!HEARTWIRE_WATCH_MEMORY) GTEST_SKIP() << "sanitizers do not fork well";
  const int without = priority_without_rights(0);
  if (without == kRightsKept) GTEST_SKIP() << "this user namespace has nobody else to become";
  EXPECT_EQ(without, 0);
  const int limited = priority_without_rights(7);
  if (limited == kLimitRefused) GTEST_SKIP() << "RLIMIT_RTPRIO cannot be raised here (needs CAP_SYS_RESOURCE)";
  EXPECT_EQ(limited, 7);
}

std::size_t locked_kilobytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::size_t kilobytes = 0;
    if (word == "VmLck:" && status >> kilobytes) return kilobytes;
  }
  return 0;
}

TEST(Memory, LocksTheRangesAndNothingElse) {
  if (geteuid() != 0) GTEST_SKIP() << "needs CAP_IPC_LOCK to be sure";
  const std::string code_reason = lock_memory(own_code());
  EXPECT_EQ(code_reason, "");
  const std::size_t before = locked_kilobytes();
  const std::vector<char> block(1 << 20);
  const MemoryRange range{block.data(), block.size()};
  EXPECT_EQ(lock_memory(std::span(&range, 1)), "");
  if (!HEARTWIRE_WATCH_MEMORY) return;  // sanitizers pass over mlock
  EXPECT_GE(locked_kilobytes(), before + 1024);
  EXPECT_LE(locked_kilobytes(), before + 1024 + 8);
}

TEST(Memory, FindsItsOwnCodeAndStack) {
  const int local = 0;
  const MemoryRange stack = own_stack(4096);
  if (stack.start != nullptr) {
    EXPECT_LE(reinterpret_cast<std::uintptr_t>(stack.start), reinterpret_cast<std::uintptr_t>(&local));
    EXPECT_GT(reinterpret_cast<std::uintptr_t>(stack.start) + stack.bytes, reinterpret_cast<std::uintptr_t>(&local));
  }
  bool inside = false;
  for (const MemoryRange& range : own_code()) {
    const auto start = reinterpret_cast<std::uintptr_t>(range.start), here = reinterpret_cast<std::uintptr_t>(&priority_without_rights);
    inside = inside || (here >= start && here < start + range.bytes);
  }
  EXPECT_TRUE(inside);
}

TEST(Memory, ARefusalIsExplained) {
  if (!HEARTWIRE_WATCH_MEMORY) GTEST_SKIP() << "sanitizers pass over mlock";
  const MemoryRange nowhere{reinterpret_cast<const void*>(std::uintptr_t{4096}), 4096};
  EXPECT_NE(lock_memory(std::span(&nowhere, 1)).find("mlock refused"), std::string::npos);
}

}  // namespace
}  // namespace heartwire::test
