// See network_namespace.h.
#include "test/net/network_namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "core/rt/clock.h"

namespace heartwire::test {

namespace {

int open_own() { return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

void enter(int descriptor) {
  ASSERT_EQ(setns(descriptor, CLONE_NEWNET), 0) << std::strerror(errno);
}

bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return static_cast<bool>(file);
}

// Root of a user namespace of our own may make network namespaces; this must happen before there are threads.
bool become_root_of_user_namespace() {
  const std::string user = std::to_string(geteuid()), group = std::to_string(getegid());
  return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", "0 " + user + " 1") && write_file("/proc/self/gid_map", "0 " + group + " 1");
}

bool is_running() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "wire0");
  const bool running = ioctl(descriptor, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  close(descriptor);
  return running;
}

}  // namespace

bool NetworkNamespace::possible(std::string& reason) {
  static const std::string refused = [] {
    if (geteuid() != 0 && !become_root_of_user_namespace()) return std::string("user namespace: ") + std::strerror(errno);
    const int before = open_own();
    const std::string result = unshare(CLONE_NEWNET) == 0 ? "" : std::string("network namespace: ") + std::strerror(errno);
    setns(before, CLONE_NEWNET);
    close(before);
    return result;
  }();
  reason = refused;
  return refused.empty();
}

NetworkNamespace::NetworkNamespace() {
  const int before = open_own();
  EXPECT_EQ(unshare(CLONE_NEWNET), 0) << std::strerror(errno);
  descriptor_ = open_own();
  ip("link set lo up");
  enter(before);
  close(before);
}

NetworkNamespace::~NetworkNamespace() { close(descriptor_); }

void NetworkNamespace::run(const std::function<void()>& work) const {
  const int before = open_own();
  enter(descriptor_);
  work();
  enter(before);
  close(before);
}

std::string NetworkNamespace::path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor_); }

std::string run_program(const std::string& command, int& status) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  status = WEXITSTATUS(pclose(pipe));
  return output;
}

std::string ip(const std::string& arguments) {
  int status = 0;
  std::string output = run_program("ip " + arguments, status);
  EXPECT_EQ(status, 0) << "ip " << arguments << ": " << output;
  return output;
}

void flood_link_news() {
  int status = 0;
  const std::string output = run_program("for i in $(seq 4000); do echo link set lo mtu $((60000 + i % 2)); done | ip -batch -", status);
  EXPECT_EQ(status, 0) << output;
}

void TwoHosts::SetUp() {
  std::string reason;
  if (!NetworkNamespace::possible(reason)) GTEST_SKIP() << reason;
  before_ = open_own();
  here_ = std::make_unique<NetworkNamespace>();
  there_ = std::make_unique<NetworkNamespace>();
  // Two ends with the same index look to the kernel like no pair, and it tells of their carrier a second later.
  here_->run([&] { ip("link add wire0 index 77 type veth peer name wire0 netns " + there_->path()); });
  const auto configure = [](const std::string& host) {
    ip("addr add 10.9.0." + host + "/24 dev wire0");
    ip("-6 addr add fd09::" + host + "/64 dev wire0 nodad");
    ip("link set wire0 up");
  };
  there_->run([&] { configure("2"); });
  here_->run([&] { configure("1"); });
  const int descriptor = open(here_->path().c_str(), O_RDONLY | O_CLOEXEC);
  enter(descriptor);
  close(descriptor);
  EXPECT_TRUE(eventually([&] {  // until then what is sent goes nowhere
    bool other = false;
    there([&] { other = is_running(); });
    return other && is_running();
  }));
}

void TwoHosts::TearDown() {
  if (before_ < 0) return;
  enter(before_);
  close(before_);
  there_.reset();
  here_.reset();
}

bool eventually(const std::function<bool()>& state, int deadline_ms) {
  const std::uint64_t until_ns = boot_time_ns() + static_cast<std::uint64_t>(deadline_ms) * 1'000'000;
  while (!state()) {
    if (boot_time_ns() > until_ns) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace heartwire::test
