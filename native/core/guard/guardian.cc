// See guardian.h.
#include "core/guard/guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/rt/thread.h"

namespace heartwire {

namespace {

constexpr int kAnswerMs = 200;       // for the answer to a lent link
constexpr int kStartAgainMs = 1000;  // after a start that failed, and between two

// Own session, so that the terminal's signals do not reach it; no descriptor but its two; no environment.
int spawn_process(const GuardianOptions& options, int control, int page, pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }
  for (int standard = 0; standard < 3; ++standard) posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, control, kGuardianControlDescriptor);
  posix_spawn_file_actions_adddup2(&actions, page, kGuardianPageDescriptor);
  if (options.guard_seats >= 0) posix_spawn_file_actions_adddup2(&actions, options.guard_seats, kGuardianSeatsDescriptor);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  std::string name = options.executable, priority = std::to_string(options.priority);
  char guarded[] = "guarded";
  char* arguments[] = {name.data(), priority.data(), options.guard_seats >= 0 ? guarded : nullptr, nullptr};
  char* environment[] = {nullptr};
  const int error = posix_spawn(&process, name.c_str(), &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Out of the way of the numbers that the child gives them.
int move_up(int descriptor) {
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
  const int error = errno;
  close(descriptor);
  errno = error;
  return moved;
}

}  // namespace

std::unique_ptr<Guardian> Guardian::start(const GuardianOptions& options, std::string& reason) {
  std::unique_ptr<Guardian> guardian(new Guardian(options));
  guardian->links_.fill(-1);
  if (const std::string delegated = delegated_group(); !delegated.empty()) guardian->group_ = std::make_unique<OwnGroup>(delegated);
  int error = guardian->open_page();
  if (error == 0) error = guardian->spawn();
  if (error != 0) {
    reason = options.executable + ": " + std::strerror(error);
    return nullptr;
  }
  guardian->crash_mark_ = std::make_unique<CrashMark>(*guardian->page_);
  ThreadReport ignored;
  Guardian* running = guardian.get();
  guardian->watcher_ = start_thread({"hw-guardian", 0, {}, false}, [running] { running->watch(); }, ignored);
  return guardian;
}

int Guardian::open_page() {
  page_descriptor_ = memfd_create("heartwire-guardian", MFD_CLOEXEC);
  if (page_descriptor_ < 0) return errno;
  page_descriptor_ = move_up(page_descriptor_);
  if (page_descriptor_ < 0 || ftruncate(page_descriptor_, sizeof(GuardianPage)) != 0) return errno;
  void* memory = mmap(nullptr, sizeof(GuardianPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, page_descriptor_, 0);
  if (memory == MAP_FAILED) return errno;
  page_ = static_cast<GuardianPage*>(memory);
  mlock(page_, sizeof(GuardianPage));  // where it may not be, the beat thread's stores may meet a page fault
  return prepare_guardian_page(*page_);
}

int Guardian::spawn() {
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  const int theirs = move_up(pair[1]);
  pid_t process = -1;
  const int error = theirs < 0 ? errno : spawn_process(options_, theirs, page_descriptor_, process);
  if (theirs >= 0) close(theirs);
  if (error != 0) {
    close(pair[0]);
    return error;
  }
  has_own_group_.store(group_ != nullptr && group_->take(process));
  const std::lock_guard lock(mutex_);
  control_ = pair[0];
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    if (links_[link_id] >= 0) tell(link_id, links_[link_id]);
  }
  process_.store(process);  // from now on it can do all of its duty
  return 0;
}

void Guardian::tell(std::uint8_t link_id, int descriptor) const {
  GuardianLinkChange change{link_id};
  iovec data{&change, sizeof change};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = space;
    message.msg_controllen = sizeof space;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  if (sendmsg(control_, &message, MSG_NOSIGNAL) < 0) return;
  pollfd waiting{control_, POLLIN, 0};
  if (poll(&waiting, 1, kAnswerMs) > 0) [[maybe_unused]] const auto got = recv(control_, &change, sizeof change, MSG_DONTWAIT);
}

void Guardian::lend_link(std::uint8_t link_id, int descriptor) {
  const std::lock_guard lock(mutex_);
  links_[link_id] = descriptor;
  if (control_ >= 0) tell(link_id, descriptor);
}

// The guardian dies alone only by somebody's hand; the daemon then has another one within a moment.
void Guardian::watch() {
  while (!stopping_.load(std::memory_order_acquire)) {
    pollfd waiting[2] = {{wake_.descriptor(), POLLIN, 0}, {control_, 0, 0}};
    poll(waiting, 2, control_ < 0 ? kStartAgainMs : -1);
    if (stopping_.load(std::memory_order_acquire)) return;
    if (control_ >= 0 && (waiting[1].revents & (POLLHUP | POLLERR)) == 0) continue;
    if (page_->state.load(std::memory_order_acquire) == GuardianState::stopping) return;
    end_process();
    if (spawn() != 0) continue;
    restarts_.fetch_add(1);
    if (options_.restarted) options_.restarted();
  }
}

// Closing the control socket ends a process that is disarmed, or whose daemon never was armed.
void Guardian::end_process() {
  const std::lock_guard lock(mutex_);
  if (control_ >= 0) close(control_);
  control_ = -1;
  const pid_t process = process_.exchange(-1);
  if (process > 0) waitpid(process, nullptr, 0);
}

Guardian::~Guardian() {
  stopping_.store(true, std::memory_order_release);
  wake_.signal();
  if (watcher_.joinable()) watcher_.join();
  if (page_ != nullptr) set_guardian_state(*page_, GuardianState::stopping);
  end_process();
  crash_mark_.reset();
  if (page_ != nullptr) munmap(page_, sizeof(GuardianPage));
  if (page_descriptor_ >= 0) close(page_descriptor_);
}

}  // namespace heartwire
