// The guardian: a tiny process that outlives the daemon by a moment. It waits for the death of the daemon's threads, which
// the kernel tells by handing over their robust mutexes, far sooner than a process is reaped. Then nobody may take an address
// that still answers here: it closes the kernel guard, sends the death notices and takes the addresses off; without a guard, or
// while answers stand in an egress queue, it takes them off first. A daemon that is stopped or stuck past its lease loses its addresses too, without a notice, since it lives.
// Started by guardian.cc with the control socket as descriptor 3 and the page as 4.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/guard/guard_cells.h"
#include "core/guard/guardian.h"
#include "core/guard/guardian_page.h"
#include "core/guard/parked_threads.h"
#include "core/net/netlink_socket.h"
#include "core/rt/clock.h"

namespace {

using namespace heartwire;

constexpr std::uint64_t kLookEveryNs = 100'000'000;  // for leases that have begun meanwhile
// Behind a guard nothing presses: a daemon that was late for a moment keeps what it held.
constexpr std::uint64_t kPatienceNs = 1'000'000'000;

constexpr unsigned kQuickLooks = 500;                // at a daemon that crashes: for 50 ms, then more seldom
constexpr useconds_t kQuickLookUs = 100, kSlowLookUs = 10'000;

struct Guard {
  GuardianPage* page = nullptr;
  std::unique_ptr<NetlinkRequests> requests;
  GuardCells cells;  // not mapped: there is no kernel guard
  std::mutex removing;
  std::atomic<int> links[kLinksMax];
  std::uint64_t removed_at_expiry_ns[kSeatsMax] = {};
};

// What is off already, or went with its interface, is as good as removed. The page's size is not believed.
bool remove_seat(Guard& guard, GuardianSeat& seat) {
  const std::uint32_t in_force = seat.in_force.load(std::memory_order_acquire);
  if (in_force == 0 || in_force > seat.removals.size()) return true;
  const GuardianRemoval& removal = seat.removals[in_force - 1];
  if (removal.requests == 0 || removal.bytes > removal.batch.size()) return true;
  if (guard.requests->send(std::span(removal.batch).first(removal.bytes)) != 0) return false;
  bool removed = true;
  const int failed = guard.requests->collect(removal.requests, [&](const NetlinkNews& answer) {
    const int error = answer.error;
    removed = removed && (error == 0 || error == EADDRNOTAVAIL || error == ENODEV || error == ENXIO);
  });
  return failed == 0 && removed;
}

void send_notices(Guard& guard) {
  for (const GuardianNotice& notice : guard.page->notices) {
    if (notice.ready.load(std::memory_order_acquire) == 0 || notice.link_id >= kLinksMax) continue;
    const int link = guard.links[notice.link_id].load();
    const auto* to = reinterpret_cast<const sockaddr*>(&notice.address);
    const auto length = static_cast<socklen_t>(std::min<std::size_t>(notice.address_bytes, sizeof notice.address));
    if (link >= 0) sendto(link, notice.frame.data(), notice.frame.size(), MSG_DONTWAIT, to, length);
  }
}

// By the first of two threads that finds it out.
std::atomic<bool> death_noticed{false};

// Until what the daemon's addresses have sent before has left; the page is not believed beyond this.
constexpr std::uint64_t kEgressNsMax = 1'000'000'000;

std::uint64_t egress_ns(const GuardianPage& page) {
  std::uint64_t longest_ns = 0;
  for (const GuardianSeat& seat : page.seats) {
    if (seat.in_force.load(std::memory_order_acquire) != 0) longest_ns = std::max(longest_ns, seat.egress_ns.load(std::memory_order_acquire));
  }
  return std::min(longest_ns, kEgressNsMax);
}

// A notice may be lost: twice more, some milliseconds apart. Where an address could not be removed there is no notice: the
// others then wait for the lease, and for nothing worse.
[[noreturn]] void on_death(Guard& guard) {
  while (death_noticed.exchange(true)) pause();
  const bool guarded = guard.cells.mapped();
  for (std::uint8_t seat = 0; guarded && seat < kSeatsMax; ++seat) {
    if (guard.cells.held(seat)) guard.cells.close(seat);
  }
  const std::uint64_t leaving_ns = egress_ns(*guard.page);
  if (guarded && leaving_ns == 0) send_notices(guard);
  bool removed = true;
  {
    const std::lock_guard lock(guard.removing);
    for (std::uint8_t seat = 0; seat < kSeatsMax; ++seat) {
      const bool is_off = remove_seat(guard, guard.page->seats[seat]);
      if (guarded && is_off) guard.cells.let_go(seat);
      removed = removed && is_off;
    }
  }
  if (removed || guarded) {
    for (const useconds_t pause_us : {static_cast<useconds_t>(leaving_ns / 1000), 2'000u, 8'000u}) {
      usleep(pause_us);
      send_notices(guard);
    }
  }
  _exit(removed ? 0 : 1);
}

void wait_until_started(const GuardianPage& page) {
  while (page.state.load(std::memory_order_acquire) == GuardianState::starting) {
    syscall(SYS_futex, &page.state, FUTEX_WAIT, static_cast<std::uint32_t>(GuardianState::starting), nullptr, nullptr, 0);
  }
}

// Handed over by the kernel while the state is `armed`: the thread died. Given back by the thread: it ended as it should.
[[noreturn]] void wait_for_death(Guard& guard) {
  wait_until_started(*guard.page);
  const int beat = pthread_mutex_lock(&guard.page->alive[static_cast<std::size_t>(LifeOf::beat_thread)]);
  const int address = pthread_mutex_lock(&guard.page->alive[static_cast<std::size_t>(LifeOf::address_thread)]);
  const bool gone = address == EOWNERDEAD || address == 0;
  if (beat == EOWNERDEAD && gone && guard.page->state.load(std::memory_order_acquire) == GuardianState::armed) on_death(guard);
  _exit(0);
}

// A daemon that dumps core keeps its mutexes until the dump is written. It is as dead once the kernel has stopped its threads.
void watch_for_crash(Guard& guard, pid_t daemon) {
  std::atomic<std::uint32_t>& crashing = guard.page->crashing;
  for (unsigned looks = 0;;) {
    const std::uint32_t crashed = crashing.load(std::memory_order_acquire);
    if (crashed == 0) {
      looks = 0;
      syscall(SYS_futex, &crashing, FUTEX_WAIT, 0, nullptr, nullptr, 0);
      continue;
    }
    const bool armed = guard.page->state.load(std::memory_order_acquire) == GuardianState::armed;
    if (armed && threads_are_parked(daemon, static_cast<pid_t>(crashed)) && crashing.load(std::memory_order_acquire) == crashed) on_death(guard);
    usleep(++looks < kQuickLooks ? kQuickLookUs : kSlowLookUs);
  }
}

// A lease that is over takes its addresses with it, once (behind a guard a second later); a daemon that wakes up late puts them back if it may.
std::uint64_t close_expired(Guard& guard) {
  const std::uint64_t now_ns = boot_time_ns();
  std::uint64_t next_ns = now_ns + kLookEveryNs;
  if (guard.page->state.load(std::memory_order_acquire) != GuardianState::armed) return next_ns;
  const std::lock_guard lock(guard.removing);
  for (std::size_t index = 0; index < kSeatsMax; ++index) {
    GuardianSeat& seat = guard.page->seats[index];
    const std::uint64_t expiry_ns = seat.expiry_ns.load(std::memory_order_acquire);
    if (expiry_ns == 0 || expiry_ns == UINT64_MAX || seat.in_force.load(std::memory_order_acquire) == 0) continue;
    const std::uint64_t remove_at_ns = expiry_ns + (guard.cells.mapped() ? kPatienceNs : 0);
    if (remove_at_ns > now_ns) {
      next_ns = std::min(next_ns, remove_at_ns);
    } else if (guard.removed_at_expiry_ns[index] != expiry_ns) {
      guard.removed_at_expiry_ns[index] = expiry_ns;
      remove_seat(guard, seat);
    }
  }
  return next_ns;
}

// False: the daemon has closed its end, or died.
bool take_link(Guard& guard, int control) {
  GuardianLinkChange change{};
  iovec data{&change, sizeof change};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  const ssize_t got = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  int descriptor = -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  if (got != sizeof change || change.link_id >= kLinksMax) return true;
  const int old = guard.links[change.link_id].exchange(descriptor);
  if (old >= 0) close(old);
  [[maybe_unused]] const auto sent = send(control, &change, sizeof change, MSG_NOSIGNAL);  // a daemon that is dead hears no answer; its links are needed all the more
  return true;
}

// Before anything is done about a death: a daemon that dies while its guardian starts has lent its links by then, and notices need them.
void take_links(Guard& guard, int control) {
  pollfd waiting{control, POLLIN, 0};
  while (poll(&waiting, 1, 0) > 0 && take_link(guard, control)) {}
}

void serve(Guard& guard, int control) {
  while (true) {
    const std::uint64_t next_ns = close_expired(guard);
    const std::uint64_t now_ns = boot_time_ns();
    const std::uint64_t wait_ns = next_ns > now_ns ? next_ns - now_ns : 0;
    const timespec patience{0, static_cast<long>(std::min<std::uint64_t>(wait_ns, kLookEveryNs))};
    pollfd waiting{control, POLLIN, 0};
    if (ppoll(&waiting, 1, &patience, nullptr) > 0 && !take_link(guard, control)) return;
  }
}

// Best effort, each: a guardian with less is better than none.
void protect_self(int priority) {
  if (const int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); descriptor >= 0) {
    [[maybe_unused]] const auto written = write(descriptor, "-1000", 5);
    close(descriptor);
  }
  mlockall(MCL_CURRENT | MCL_FUTURE);
  sched_param wanted{};
  wanted.sched_priority = priority;
  if (priority > 0) sched_setscheduler(0, SCHED_FIFO, &wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);  // meant for the daemon
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 && count != 3) return 2;
  constexpr int kControl = kGuardianControlDescriptor, kPage = kGuardianPageDescriptor;
  const bool guarded = count == 3;
  const pid_t daemon = getppid();
  close_range(guarded ? kGuardianSeatsDescriptor + 1 : kPage + 1, ~0u, 0);
  auto* page = static_cast<GuardianPage*>(mmap(nullptr, sizeof(GuardianPage), PROT_READ | PROT_WRITE, MAP_SHARED, kPage, 0));
  Guard guard;
  guard.requests = NetlinkRequests::open();
  if (page == MAP_FAILED || guard.requests == nullptr) return 1;
  guard.page = page;
  if (guarded) guard.cells = GuardCells::map(kGuardianSeatsDescriptor, -1);
  for (auto& link : guard.links) link.store(-1);
  protect_self(std::atoi(arguments[1]));
  take_links(guard, kControl);
  std::thread([&guard] { wait_for_death(guard); }).detach();
  std::thread([&guard, daemon] { watch_for_crash(guard, daemon); }).detach();
  serve(guard, kControl);
  // The daemon is gone. Where it was armed its threads' mutexes decide, and the other thread ends the process.
  while (page->state.load() == GuardianState::armed) pause();
  _exit(0);
}
