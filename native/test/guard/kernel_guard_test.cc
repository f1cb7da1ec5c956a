// The kernel guard on the real kernel: who answers for an address, seen from the other host on the wire.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/guard/bpf.h"
#include "core/guard/kernel_guard.h"
#include "core/rt/clock.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::string kV4 = "10.9.0.100", kV6 = "fd09::100";

LinkAddress address_of(const std::string& text) {
  LinkAddress address;
  const bool v6 = text.find(':') != std::string::npos;
  address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  EXPECT_EQ(inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.bytes.data()), 1);
  return address;
}

VirtualAddress virtual_address(const std::string& text, std::uint8_t seat = 0) {
  return {seat, address_of(text), static_cast<std::uint8_t>(text.find(':') == std::string::npos ? 24 : 64), "wire0", "", 255};
}

// A connection that is refused was answered.
bool reaches(const std::string& text) {
  sockaddr_storage to{};
  const LinkAddress address = address_of(text);
  socklen_t length = sizeof(sockaddr_in);
  if (address.family == AddressFamily::ipv6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&to);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(9);
    std::memcpy(&v6->sin6_addr, address.bytes.data(), 16);
    length = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&to);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(9);
    std::memcpy(&v4->sin_addr, address.bytes.data(), 4);
  }
  const int client = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool refused = connect(client, reinterpret_cast<sockaddr*>(&to), length) != 0 && errno == ECONNREFUSED;
  pollfd waiting{client, POLLOUT, 0};
  if (!refused && poll(&waiting, 1, 200) > 0) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size);
    refused = error == ECONNREFUSED;
  }
  close(client);
  return refused;
}

class KernelGuardTest : public TwoHosts, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    TwoHosts::SetUp();
    if (IsSkipped()) return;
    options_.clsact = GetParam();
    options_.memory = ::testing::TempDir() + "heartwire-guard-" + std::to_string(getpid());
    unlink(options_.memory.c_str());
    ip("address add " + kV4 + "/24 dev wire0");
    ip("address add " + kV6 + "/64 dev wire0 nodad");
    start();
  }

  void TearDown() override {
    guard_.reset();
    unlink(options_.memory.c_str());
    TwoHosts::TearDown();
  }

  void start() {
    guard_ = KernelGuard::start(options_, report_);
    if (guard_ == nullptr && report_.reason.find("Operation not permitted") != std::string::npos) GTEST_SKIP() << report_.reason;
    ASSERT_NE(guard_, nullptr) << report_.reason;
    EXPECT_EQ(report_.enforcement, options_.clsact ? "clsact" : "tcx");
    guard_->know({virtual_address(kV4), virtual_address(kV6)});
  }

  // Without what the other host may remember: the answer to its ARP request counts too.
  bool answers(const std::string& text) {
    bool reached = false;
    there([&] {
      ip("neighbour flush dev wire0");
      reached = reaches(text);
    });
    return reached;
  }

  void open_for(std::uint64_t time_ns, std::uint16_t cell = 0) {
    guard_->cells().set_expiry(cell, boot_time_ns() + time_ns);
    guard_->cells().open(0, cell);
  }

  static std::vector<std::uint32_t> programs(const std::string& interface) {
    std::vector<std::uint32_t> found;
    bpf::query(static_cast<int>(if_nametoindex(interface.c_str())), bpf::Direction::in, found);
    return found;
  }

  GuardOptions options_;
  GuardReport report_;
  std::unique_ptr<KernelGuard> guard_;
};

TEST_P(KernelGuardTest, AnAddressAnswersWhileTheLeaseOfItsSeatRuns) {
  for (const std::string& address : {kV4, kV6}) {
    SCOPED_TRACE(address);
    EXPECT_TRUE(answers(address)) << "a seat that is not held is nobody's business";
    guard_->cells().close(0);
    EXPECT_FALSE(answers(address));
    open_for(60 * kSecond, 3);
    EXPECT_TRUE(answers(address));
    EXPECT_TRUE(answers(address.find(':') == std::string::npos ? "10.9.0.1" : "fd09::1"));
    open_for(0, 3);
    EXPECT_FALSE(answers(address));
    EXPECT_TRUE(answers(address.find(':') == std::string::npos ? "10.9.0.1" : "fd09::1")) << "the node's own addresses pass";
    guard_->cells().let_go(0);
  }
}

TEST_P(KernelGuardTest, ALateStoreIntoTheOldCellReopensNothing) {
  open_for(60 * kSecond, 3);
  guard_->cells().close(0);
  guard_->cells().set_expiry(3, boot_time_ns() + 60 * kSecond);
  EXPECT_FALSE(answers(kV4));
  guard_->cells().set_expiry(4, 0);
  guard_->cells().open(0, 4);
  guard_->cells().set_expiry(3, boot_time_ns() + 60 * kSecond);
  EXPECT_FALSE(answers(kV4)) << "the next takeover reads another cell";
}

TEST_P(KernelGuardTest, TheLeaseEndsThoughNobodyRuns) {
  open_for(kSecond / 2);
  EXPECT_TRUE(answers(kV4));
  EXPECT_TRUE(eventually([this] { return !answers(kV4); }));
}

TEST_P(KernelGuardTest, LoopbackIsGuardedToo) {
  guard_->cells().close(0);
  EXPECT_FALSE(reaches(kV4));
  EXPECT_FALSE(reaches(kV6));
  EXPECT_TRUE(reaches("127.0.0.1"));
  open_for(60 * kSecond);
  EXPECT_TRUE(reaches(kV4));
}

TEST_P(KernelGuardTest, ASecondInterfaceOnTheWireDoesNotAnswerForIt) {
  int status = 0;
  ip("link add second type veth peer name other");
  ip("link add bridge0 type bridge");
  run_program("ip link set second up; ip link set other up; ip link set other master bridge0; ip link set bridge0 up", status);
  ip("address add 10.77.0.1/24 dev second");
  guard_->cells().close(0);
  EXPECT_TRUE(eventually([] { return if_nametoindex("second") != 0; }));
  if (!options_.clsact) {
    EXPECT_TRUE(eventually([] { return programs("second").size() == 1 && programs("bridge0").size() == 1; }));
    EXPECT_TRUE(eventually([] { return programs("other").empty(); })) << "a port of a bridge carries the frames of others";
  }
}

TEST_P(KernelGuardTest, AClientOfAnotherOwnerAndForeignAddressesPass) {
  guard_->cells().close(0);
  ip("address del " + kV4 + "/24 dev wire0");
  there([] { ip("address add " + kV4 + "/24 dev wire0"); });
  EXPECT_FALSE(reaches("10.9.0.77"));  // nobody
  guard_->cells().let_go(0);
  EXPECT_TRUE(reaches(kV4)) << "the new owner is reached from here";
}

TEST_P(KernelGuardTest, FiftyAddressesFallSilentAtOnce) {
  std::vector<VirtualAddress> all;
  for (int index = 0; index < 50; ++index) {
    all.push_back(virtual_address("10.9.0." + std::to_string(100 + index)));
    if (index > 0) ip("address add 10.9.0." + std::to_string(100 + index) + "/24 dev wire0");
  }
  guard_->know(all);
  guard_->forget_others(all);
  open_for(60 * kSecond);
  for (const VirtualAddress& one : all) EXPECT_TRUE(answers("10.9.0." + std::to_string(one.address.bytes[3])));
  EXPECT_TRUE(answers(kV6)) << "is not ours any more";
  guard_->cells().close(0);
  for (const VirtualAddress& one : {all.front(), all.back()}) EXPECT_FALSE(answers("10.9.0." + std::to_string(one.address.bytes[3])));
  EXPECT_TRUE(answers(kV6));
}

TEST_P(KernelGuardTest, WhatAKilledProcessHasClosedStaysClosedAndTheNextStartTidiesUp) {
  guard_.reset();
  const pid_t child = fork();
  if (child == 0) {
    start();
    if (guard_ != nullptr) open_for(kSecond / 10);
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(eventually([this] { return !answers(kV4); }));
  EXPECT_FALSE(answers(kV6));
  start();
  EXPECT_EQ(ip("-o address show dev wire0").find(kV4), std::string::npos) << "nobody holds it, and no moment without a guard";
  if (!options_.clsact) {
    EXPECT_EQ(programs("wire0").size(), 1u);
    EXPECT_EQ(programs("lo").size(), 1u);
  }
  ip("address add " + kV4 + "/24 dev wire0");
  EXPECT_TRUE(answers(kV4));
  open_for(60 * kSecond);
  EXPECT_TRUE(answers(kV4));
  guard_->cells().let_go(0);
  guard_.reset();
  if (!options_.clsact) {
    EXPECT_TRUE(programs("wire0").empty()) << "and leaves nothing, unless a seat is still held";
  }
}

TEST_P(KernelGuardTest, AnotherProgramDoesNotStayBeforeOurs) {
  if (options_.clsact) return;  // there the first preference is ours
  constexpr std::array<std::uint64_t, 2> kPassAll{0xb7, 0x95};
  std::string log;
  const int foreign = bpf::load_program("foreign", kPassAll, {}, log);
  ASSERT_GE(foreign, 0) << log;
  guard_->cells().close(0);
  const int wire = static_cast<int>(if_nametoindex("wire0"));
  ASSERT_EQ(bpf::attach_first(wire, bpf::Direction::in, foreign), 0);
  ASSERT_EQ(bpf::attach_first(wire, bpf::Direction::out, foreign), 0);
  EXPECT_TRUE(answers(kV4)) << "it says that the packet passes, and nobody asks ours";
  EXPECT_TRUE(eventually([this] { return !answers(kV4); }));
  EXPECT_GE(guard_->report().displaced, 1u);
  EXPECT_EQ(programs("wire0").size(), 2u);
  close(foreign);
}

TEST_P(KernelGuardTest, ARenamedInterfaceStaysGuardedAndADeletedOneTakesNothingAlong) {
  guard_->cells().close(0);
  ip("link set wire0 down");
  ip("link set wire0 name wire9");
  ip("link set wire9 up");
  EXPECT_FALSE(answers(kV4));
  ip("link add gone type veth peer name gone2");
  ip("link del gone");
  EXPECT_FALSE(answers(kV4));
  ip("link set wire9 down");
  ip("link set wire9 name wire0");
  ip("link set wire0 up");
}

INSTANTIATE_TEST_SUITE_P(, KernelGuardTest, ::testing::Bool(),
                         [](const auto& chosen) { return chosen.param ? "Clsact" : "Tcx"; });

}  // namespace
}  // namespace heartwire::test
