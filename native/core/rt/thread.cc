// See thread.h.
#include "core/rt/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>

namespace heartwire {

namespace {

std::string reason_of(const char* what, int error) { return std::string(what) + ": " + std::strerror(error); }

// FIFO at the priority asked for; below it, what RLIMIT_RTPRIO allows; below that, the best nice value.
ThreadReport get_priority(int wanted) {
  ThreadReport report;
  if (wanted <= 0) return report;
  sched_param parameters{};
  parameters.sched_priority = wanted;
  int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
  if (error == 0) return {"fifo", wanted, ""};
  report.reason = reason_of("SCHED_FIFO refused (needs CAP_SYS_NICE or RLIMIT_RTPRIO)", error);
  rlimit limit{};
  if (getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur > 0) {
    parameters.sched_priority = static_cast<int>(limit.rlim_cur);
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0) {
      return {"fifo", parameters.sched_priority, "limited by RLIMIT_RTPRIO"};
    }
  }
  const int thread_id = static_cast<int>(syscall(SYS_gettid));
  for (int nice = -20; nice < 0; ++nice) {
    if (setpriority(PRIO_PROCESS, static_cast<id_t>(thread_id), nice) == 0) break;
  }
  return report;
}

void touch_stack() {
  volatile char stack[64 * 1024];
  for (std::size_t at = 0; at < sizeof stack; at += 1024) stack[at] = 0;
}

}  // namespace

std::thread start_thread(const ThreadOptions& options, std::function<void()> body, ThreadReport& report) {
  std::promise<ThreadReport> ready;
  std::future<ThreadReport> got = ready.get_future();
  std::thread thread([options, body = std::move(body), &ready] {
    pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
    ThreadReport result = get_priority(options.priority);
    if (!options.affinity.empty()) {
      cpu_set_t set;
      CPU_ZERO(&set);
      for (const int cpu : options.affinity) CPU_SET(static_cast<std::size_t>(cpu), &set);
      const int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
      if (error != 0) result.reason += (result.reason.empty() ? "" : "; ") + reason_of("affinity refused", error);
    }
    touch_stack();
    ready.set_value(result);
    body();
  });
  report = got.get();
  return thread;
}

std::string lock_memory() {
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return "";
  return reason_of("mlockall refused (needs CAP_IPC_LOCK)", errno);
}

std::string lock_range(const void* start, std::size_t bytes) {
  if (mlock(start, bytes) == 0) return "";
  return reason_of("mlock refused", errno);
}

}  // namespace heartwire
