// See crash_mark.h. The handler does only what a signal handler may: atomic stores and system calls.
#include "core/guard/crash_mark.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <mutex>

namespace heartwire {

namespace {

constexpr std::array kCrashes = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE};
constexpr std::size_t kPagesMax = 8;  // nodes in this process; a crash is the death of all of them

std::array<std::atomic<GuardianPage*>, kPagesMax> pages;
std::atomic<pid_t> marked_process{0};  // a child that has not executed another program shares the pages
std::array<struct sigaction, kCrashes.size()> before;
std::mutex installing;
std::size_t installed = 0;

void mark(std::uint32_t thread) {
  for (std::atomic<GuardianPage*>& place : pages) {
    GuardianPage* const page = place.load(std::memory_order_acquire);
    if (page == nullptr) continue;
    page->crashing.store(thread, std::memory_order_release);
    syscall(SYS_futex, &page->crashing, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
}

// V8 handles faults of WebAssembly by the same signal, and returns from them: then nothing was a crash.
void on_crash(int signal, siginfo_t* info, void* context) {
  const bool own = getpid() == marked_process.load(std::memory_order_relaxed);
  if (own) mark(static_cast<std::uint32_t>(syscall(SYS_gettid)));
  const auto index = static_cast<std::size_t>(std::find(kCrashes.begin(), kCrashes.end(), signal) - kCrashes.begin());
  const struct sigaction& old = before[index];
  if (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN) {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
    raise(signal);  // once this handler returns
    return;
  }
  if ((old.sa_flags & SA_SIGINFO) != 0) old.sa_sigaction(signal, info, context);
  else old.sa_handler(signal);
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  if (own && now.sa_sigaction == on_crash) mark(0);
}

}  // namespace

CrashMark::CrashMark(GuardianPage& page) : page_(page) {
  const std::lock_guard lock(installing);
  for (std::atomic<GuardianPage*>& place : pages) {
    GuardianPage* none = nullptr;
    if (place.compare_exchange_strong(none, &page)) break;
  }
  if (installed++ > 0) return;
  marked_process.store(getpid());
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (std::size_t index = 0; index < kCrashes.size(); ++index) sigaction(kCrashes[index], &action, &before[index]);
}

CrashMark::~CrashMark() {
  const std::lock_guard lock(installing);
  for (std::atomic<GuardianPage*>& place : pages) {
    GuardianPage* mine = &page_;
    if (place.compare_exchange_strong(mine, nullptr)) break;
  }
  if (--installed > 0) return;
  for (std::size_t index = 0; index < kCrashes.size(); ++index) {
    struct sigaction now {};
    sigaction(kCrashes[index], nullptr, &now);
    if (now.sa_sigaction == on_crash) sigaction(kCrashes[index], &before[index], nullptr);
  }
}

}  // namespace heartwire
