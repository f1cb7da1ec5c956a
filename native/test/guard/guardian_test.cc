// The guardian on the real kernel: a child of this test is the daemon, holds addresses and a link, and ends in every way.
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "core/address/address_request.h"
#include "core/guard/bpf.h"
#include "core/guard/guardian.h"
#include "core/net/netlink_socket.h"
#include "core/rt/clock.h"
#include "test/address/address_world.h"

namespace heartwire::test {

namespace {

constexpr unsigned kAddresses = 50;

std::string nth_address(unsigned index) { return "10.9.0." + std::to_string(100 + index); }

// How many of them are on wire0.
unsigned addresses_on() {
  const std::string all = ip("-4 -o address show dev wire0");
  unsigned count = 0;
  for (unsigned index = 0; index < kAddresses; ++index) count += all.find(" " + nth_address(index) + "/24 ") != std::string::npos;
  return count;
}

}  // namespace

class GuardianTest : public TwoHosts {
 protected:
  void SetUp() override {
    TwoHosts::SetUp();
    if (IsSkipped()) return;
    shared_ = static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    new (shared_) Shared;
    ear_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ip("link set lo up");
    ASSERT_EQ(bind(ear_, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(getsockname(ear_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    ear_address_ = address;
  }

  void TearDown() override {
    if (daemon_ > 0) {
      kill(daemon_, SIGKILL);
      waitpid(daemon_, nullptr, 0);
    }
    if (shared_ != nullptr) {
      EXPECT_TRUE(eventually([this] { return guardian() <= 0 || kill(guardian(), 0) != 0; })) << "the guardian outlives its daemon";
      munmap(shared_, sizeof(Shared));
    }
    if (ear_ >= 0) close(ear_);
    TwoHosts::TearDown();
  }

  // `ending` runs on the daemon's main thread once all is in force.
  void start_daemon(const std::function<void(Guardian&)>& ending = [](Guardian&) { pause(); }) {
    daemon_ = fork();
    if (daemon_ == 0) {
      live(ending);
      _exit(0);
    }
    ASSERT_GT(daemon_, 0);
    ASSERT_TRUE(eventually([this] { return shared_->ready.load() != 0; }));
    ASSERT_EQ(addresses_on(), kAddresses);
  }

  pid_t guardian() const { return shared_->guardian.load(); }
  void set_lease(std::uint64_t expiry_ns) { shared_->expiry_ns.store(expiry_ns); }

  // The frames that it has sent.
  unsigned notices() const {
    unsigned count = 0;
    std::array<std::uint8_t, 2 * kNoticeBytes> frame;
    while (recv(ear_, frame.data(), frame.size(), MSG_DONTWAIT) == static_cast<ssize_t>(kNoticeBytes)) ++count;
    return count;
  }

  struct Shared {
    std::atomic<int> ready{0}, may_end{0};
    std::atomic<pid_t> guardian{-1};
    std::atomic<std::uint64_t> expiry_ns{UINT64_MAX}, published_ns{0};
  };
  Shared* shared_ = nullptr;
  pid_t daemon_ = -1;
  int guardian_priority_ = 0;
  std::uint64_t egress_ns_ = 0;
  int guard_seats_ = -1;

 private:
  void live(const std::function<void(Guardian&)>& ending) {
    std::string reason;
    auto guardian = Guardian::start({GUARDIAN, guardian_priority_, {}, guard_seats_}, reason);
    if (guardian == nullptr) _exit(9);
    GuardianPage& page = guardian->page();
    std::atomic<bool> stop{false};
    std::atomic<int> alive{0};
    std::thread address([&] {
      const GuardianLife life(&page, LifeOf::address_thread);
      hold(page);
      page.seats[0].egress_ns.store(egress_ns_);
      ++alive;
      stop.wait(false);
    });
    std::thread beat([&] {
      const GuardianLife life(&page, LifeOf::beat_thread);
      set_guardian_state(page, GuardianState::armed);
      ++alive;
      eventually([&] {
        const std::uint64_t expiry_ns = shared_->expiry_ns.load();
        page.seats[0].expiry_ns.store(expiry_ns);
        shared_->published_ns.store(expiry_ns);
        shared_->guardian.store(guardian->process());
        return stop.load();
      }, 60'000);
      set_guardian_state(page, GuardianState::stopping);
    });
    const int link = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    guardian->lend_link(0, link);
    sockaddr_storage to{};
    std::memcpy(&to, &ear_address_, sizeof ear_address_);
    page.set_notice(7, 0, to, sizeof ear_address_, std::array<std::uint8_t, kNoticeBytes>{});
    eventually([&] { return alive == 2 && shared_->guardian.load() > 0; });
    shared_->ready.store(1);
    ending(*guardian);
    stop = true;
    stop.notify_all();
    beat.join();
    address.join();
  }

  static void hold(GuardianPage& page) {
    auto requests = NetlinkRequests::open();
    const int index = static_cast<int>(if_nametoindex("wire0"));
    NetlinkBatch add, remove;
    for (unsigned number = 0; number < kAddresses; ++number) {
      const VirtualAddress address = virtual_address(nth_address(number), 24);
      add_address_request(add, number + 1, address, index, true);
      remove_address_request(remove, number + 1, address.address, 24, index);
    }
    add.acknowledge_last();
    remove.acknowledge_last();
    if (!page.seats[0].hold(remove.bytes(), kAddresses)) _exit(8);
    requests->send(add.bytes());
    requests->collect(kAddresses, [](const NetlinkNews&) {});
  }

  int ear_ = -1;
  sockaddr_in ear_address_{};
};

class GuardianDeath : public GuardianTest, public ::testing::WithParamInterface<int> {};

TEST_P(GuardianDeath, TakesAllAddressesOffAndSendsTheNoticeThreeTimes) {
  start_daemon();
  ASSERT_EQ(kill(daemon_, GetParam()), 0);
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; }));
  unsigned heard = 0;
  EXPECT_TRUE(eventually([&] { return (heard += notices()) == 3; }));
  EXPECT_EQ(heard, 3u);
}

TEST_F(GuardianTest, ANoticeWaitsForWhatStandsInTheEgressQueue) {
  egress_ns_ = 400'000'000;
  start_daemon();
  const std::uint64_t killed_ns = boot_time_ns();
  ASSERT_EQ(kill(daemon_, SIGKILL), 0);
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; })) << "they go at once";
  unsigned heard = 0;
  EXPECT_TRUE(eventually([&] { return (heard += notices()) > 0; }));
  EXPECT_GE(boot_time_ns() - killed_ns, egress_ns_);
  EXPECT_TRUE(eventually([&] { return (heard += notices()) == 3; }));
}

INSTANTIATE_TEST_SUITE_P(Signals, GuardianDeath, ::testing::Values(SIGKILL, SIGTERM, SIGABRT));

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadow memory would be dumped too
constexpr std::size_t kDumpBytes = 400u << 20;

bool dumps_core(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CoreDumping:")) return line.back() == '1';
  }
  return false;
}

// In the present folder: elsewhere the test could not take it away.
bool core_lands_here() {
  std::string pattern;
  std::ifstream("/proc/sys/kernel/core_pattern") >> pattern;
  return !pattern.empty() && pattern[0] != '|' && pattern[0] != '/';
}

TEST_F(GuardianTest, NoticesACrashBeforeTheCoreIsWritten) {
  if (!core_lands_here()) GTEST_SKIP() << "cores go elsewhere";
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("heartwire-core-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  guardian_priority_ = 50;
  start_daemon([&](Guardian&) {
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    std::filesystem::current_path(folder);
    if (setrlimit(RLIMIT_CORE, &all) != 0) _exit(7);
    std::vector<char> memory(kDumpBytes, 'x');
    eventually([this] { return shared_->may_end.load() != 0; }, 60'000);
    abort();
  });
  shared_->may_end.store(1);
  unsigned heard = 0;
  EXPECT_TRUE(eventually([&] { return (heard += notices()) > 0; }));
  EXPECT_TRUE(dumps_core(daemon_)) << "noticed by the end of its threads, as without a mark";
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; }));
  EXPECT_TRUE(eventually([&] { return (heard += notices()) == 3; }));
  int status = 0;
  ASSERT_EQ(waitpid(daemon_, &status, 0), daemon_);
  daemon_ = -1;
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << "the crash takes its course";
  std::filesystem::remove_all(folder);
}
#endif

TEST_F(GuardianTest, KeepsStillWhenASignalOfACrashIsHandledAfterAll) {  // as V8 does with faults of WebAssembly
  static std::atomic<int> handled{0};
  const auto handler = std::signal(SIGFPE, [](int) { ++handled; });
  start_daemon([](Guardian&) {
    raise(SIGFPE);
    raise(handled == 1 ? SIGSTOP : SIGKILL);
    pause();
  });
  std::signal(SIGFPE, handler);
  int status = 0;
  ASSERT_EQ(waitpid(daemon_, &status, WUNTRACED), daemon_);
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(addresses_on(), kAddresses);
  EXPECT_EQ(notices(), 0u);
}

TEST_F(GuardianTest, KeepsStillWhileTheDaemonForksExecutesAndEndsOtherThreads) {
  start_daemon([](Guardian&) {
    for (int round = 0; round < 5; ++round) {
      if (const pid_t child = fork(); child == 0) _exit(0);
      else waitpid(child, nullptr, 0);
      if (const pid_t child = fork(); child == 0) execl("/bin/true", "true", nullptr), _exit(1);
      else waitpid(child, nullptr, 0);
      pid_t child = -1;
      char name[] = "/bin/true";
      char* arguments[] = {name, nullptr};
      if (posix_spawn(&child, name, nullptr, nullptr, arguments, environ) == 0) waitpid(child, nullptr, 0);
      std::thread([] {}).join();
    }
    raise(SIGSTOP);  // tells the test that it is through; the lease is not over
    pause();
  });
  int status = 0;
  ASSERT_EQ(waitpid(daemon_, &status, WUNTRACED), daemon_);
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(addresses_on(), kAddresses);
  EXPECT_EQ(notices(), 0u);
  EXPECT_EQ(kill(guardian(), 0), 0);
}

TEST_F(GuardianTest, TakesTheAddressesOffWithoutANoticeWhenAStoppedDaemonMissesItsLease) {
  start_daemon();
  set_lease(boot_time_ns() + 300'000'000);
  ASSERT_TRUE(eventually([this] { return shared_->published_ns.load() == shared_->expiry_ns.load(); }));
  ASSERT_EQ(kill(daemon_, SIGSTOP), 0);
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; }));
  EXPECT_EQ(notices(), 0u);
}

TEST_F(GuardianTest, BehindAKernelGuardItLeavesThemForASecond) {  // a daemon that was late for a moment finds all as it was
  guard_seats_ = bpf::create_shared_array("hw_seats", kSeatsMax);
  if (guard_seats_ < 0) GTEST_SKIP() << std::strerror(errno);
  start_daemon();
  const std::uint64_t expiry_ns = boot_time_ns() + 300'000'000;
  set_lease(expiry_ns);
  ASSERT_TRUE(eventually([this] { return shared_->published_ns.load() == shared_->expiry_ns.load(); }));
  ASSERT_EQ(kill(daemon_, SIGSTOP), 0);
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; }));
  EXPECT_GE(boot_time_ns(), expiry_ns + 1'000'000'000);
  EXPECT_EQ(notices(), 0u);
  close(guard_seats_);
}

TEST_F(GuardianTest, IsDisarmedByAStop) {
  start_daemon([](Guardian&) {});
  int status = 0;
  ASSERT_EQ(waitpid(daemon_, &status, 0), daemon_);
  daemon_ = -1;
  EXPECT_EQ(status, 0);
  EXPECT_EQ(addresses_on(), kAddresses) << "a stop leaves the addresses to the address thread";
  EXPECT_EQ(notices(), 0u);
}

TEST_F(GuardianTest, IsStartedAgainWhenItDiesAloneAndStillDoesItsDuty) {
  start_daemon();
  const pid_t first = guardian();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return guardian() > 0 && guardian() != first; }));
  EXPECT_EQ(addresses_on(), kAddresses);
  EXPECT_EQ(notices(), 0u);
  ASSERT_EQ(kill(daemon_, SIGKILL), 0);
  EXPECT_TRUE(eventually([] { return addresses_on() == 0; }));
  unsigned heard = 0;
  EXPECT_TRUE(eventually([&] { return (heard += notices()) == 3; }));
}

}  // namespace heartwire::test
