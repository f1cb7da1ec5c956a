// See thread.h.
#include "core/rt/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>

#include "core/rt/memory.h"

namespace heartwire {

namespace {

void add_reason(ThreadReport& report, const std::string& reason) {
  report.reason += (report.reason.empty() ? "" : "; ") + reason;
}

int become_fifo(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

// FIFO at the priority asked for; below it, what RLIMIT_RTPRIO allows; below that, the best nice value.
void get_priority(int wanted, ThreadReport& report) {
  if (wanted <= 0) return;
  const int error = become_fifo(std::min(wanted, 99));
  if (error == 0) {
    report.policy = "fifo";
    report.priority = std::min(wanted, 99);
    return;
  }
  rlimit limit{};
  getrlimit(RLIMIT_RTPRIO, &limit);
  add_reason(report, "SCHED_FIFO " + std::to_string(wanted) + " refused: " + std::strerror(error) +
                         " (needs CAP_SYS_NICE; RLIMIT_RTPRIO is " + std::to_string(limit.rlim_cur) + ")");
  const int allowed = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 99));
  if (allowed > 0 && allowed < wanted && become_fifo(allowed) == 0) {
    report.policy = "fifo";
    report.priority = allowed;
    return;
  }
  const auto thread_id = static_cast<id_t>(syscall(SYS_gettid));
  for (int nice = -20; nice < 0; ++nice) {
    if (setpriority(PRIO_PROCESS, thread_id, nice) != 0) continue;
    add_reason(report, "nice " + std::to_string(nice) + " instead");
    return;
  }
}

void get_affinity(const std::vector<int>& processors, ThreadReport& report) {
  if (processors.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) {
    if (processor >= 0 && processor < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(processor), &set);
  }
  const int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  if (error != 0) add_reason(report, std::string("CPU affinity refused: ") + std::strerror(error));
}

}  // namespace

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> allowed;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return allowed;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(static_cast<std::size_t>(processor), &set)) allowed.push_back(processor);
  }
  return allowed;
}

namespace {

[[gnu::noinline]] void touch_stack() {
  volatile char stack[kStackBytes];
  for (std::size_t at = 0; at < sizeof stack; at += 1024) stack[at] = 0;
}

void prepare(const ThreadOptions& options, ThreadReport& report) {
  pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
  get_affinity(options.affinity, report);
  get_priority(options.priority, report);
  touch_stack();
  if (!options.lock_stack) return;
  const MemoryRange stack = own_stack(kStackBytes);
  const std::string refused = lock_memory(std::span(&stack, 1));
  if (!refused.empty()) add_reason(report, "stack: " + refused);
}

}  // namespace

std::thread start_thread(const ThreadOptions& options, std::function<void()> body, ThreadReport& report) {
  report = ThreadReport{};
  std::promise<ThreadReport> ready;
  std::future<ThreadReport> got = ready.get_future();
  sigset_t all, before;
  sigfillset(&all);
  for (const int crash : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE}) sigdelset(&all, crash);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  try {
    thread = std::thread([options, body = std::move(body), ready = std::move(ready)]() mutable {
      ThreadReport result;
      prepare(options, result);
      ready.set_value(std::move(result));
      body();
    });
    report = got.get();
  } catch (const std::system_error& error) {
    add_reason(report, std::string("no thread: ") + error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace heartwire
