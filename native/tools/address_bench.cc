// How long from the decision to take an address until the network has heard of it? The budget is 60 us with the
// kernel's RTNL lock free. Runs the address thread on one end of a veth pair in a network namespace of its own; the
// other end's kernel stamps the announcement. Needs root. Prints one line of JSON a case and instant; bench:native shows them.
//
//   address_bench [runs]
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "core/address/address_thread.h"
#include "core/rt/clock.h"
#include "core/rt/histogram.h"

namespace {

using namespace heartwire;

void run(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "failed: %s\n", command.c_str());
  std::exit(1);
}

VirtualAddress virtual_address(const std::string& text) {
  VirtualAddress address;
  const bool v6 = text.find(':') != std::string::npos;
  address.address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.address.bytes.data());
  address.prefix_length = v6 ? 64 : 24;
  address.interface = "wire0";
  return address;
}

// Hears announcements at the other end of the wire.
class Listener {
 public:
  explicit Listener(std::uint16_t ether_type) : descriptor_(socket(AF_PACKET, SOCK_RAW, 0)) {
    const int on = 1;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ether_type);
    address.sll_ifindex = static_cast<int>(if_nametoindex("wire1"));
    setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::perror("bind");
  }
  ~Listener() { close(descriptor_); }
  void forget() const {
    char byte = 0;
    while (recv(descriptor_, &byte, 1, MSG_DONTWAIT) >= 0) {}
  }
  // Kernel stamp (wall clock) of the next announcement; 0: none within a second.
  std::uint64_t next_ns() const {
    pollfd waiting{descriptor_, POLLIN, 0};
    while (poll(&waiting, 1, 1000) == 1) {
      bool announcement = false;
      const std::uint64_t stamp_ns = read_one(announcement);
      if (announcement) return stamp_ns;
    }
    return 0;
  }

 private:
  std::uint64_t read_one(bool& announcement) const {
    unsigned char frame[128];
    alignas(cmsghdr) char control[128];
    iovec vector{frame, sizeof frame};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(descriptor_, &message, 0);
    const bool arp = got >= 42 && frame[12] == 8 && frame[13] == 6;
    announcement = arp || (got >= 86 && frame[54] == 136);  // else IPv6's own business: it joins a group
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
      timespec stamp{};
      if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SO_TIMESTAMPNS) continue;
      std::memcpy(&stamp, CMSG_DATA(one), sizeof stamp);
      return static_cast<std::uint64_t>(stamp.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(stamp.tv_nsec);
    }
    return 0;
  }

  int descriptor_;
};

void print(const char* what, const char* until, const Histogram& histogram) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  std::printf("{\"name\":\"%s: decided -> %s\",\"runs\":%llu,\"medianUs\":%.1f,\"p90Us\":%.1f,\"p99Us\":%.1f,\"maxUs\":%.1f}\n", what, until,
              static_cast<unsigned long long>(histogram.count()), us(histogram.quantile(0.5)), us(histogram.quantile(0.9)),
              us(histogram.quantile(0.99)), us(histogram.max()));
}

void measure(const char* name, std::vector<VirtualAddress> addresses, int runs) {
  const bool v6 = addresses[0].address.family == AddressFamily::ipv6;
  std::atomic<std::uint64_t> answered_ns{0};
  ThreadReport report;
  LinkError error;
  AddressOptions options;
  auto thread = AddressThread::start(options, [&](const AddressDone&) {
    answered_ns.store(boot_time_ns());
    return true;
  }, [] {}, report, error);
  if (thread == nullptr) {
    std::fprintf(stderr, "%s\n", error.what.c_str());
    std::exit(1);
  }
  const std::string wrong = thread->set_addresses(std::move(addresses));
  if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
  const auto give = [&](bool open, int epoch) {
    answered_ns.store(0);
    const std::uint64_t decided_ns = boot_time_ns();
    thread->order({0, open, false, static_cast<std::uint64_t>(epoch), decided_ns});
    while (answered_ns.load() == 0) poll(nullptr, 0, 1);
    return answered_ns.load() - decided_ns;
  };
  Listener listener(v6 ? ETH_P_IPV6 : ETH_P_ARP);
  const auto announced = std::make_unique<Histogram>(), opened = std::make_unique<Histogram>(), closed = std::make_unique<Histogram>();
  for (int epoch = 1; epoch <= runs; ++epoch) {
    poll(nullptr, 0, 3);  // the thread sleeps again, as before a takeover
    listener.forget();
    const std::uint64_t decided_wall_ns = wall_time_ns();
    const std::uint64_t open_ns = give(true, epoch);
    const std::uint64_t heard_ns = listener.next_ns();
    opened->add(open_ns);
    if (heard_ns > decided_wall_ns) announced->add(heard_ns - decided_wall_ns);
    closed->add(give(false, epoch));
  }
  print(name, "announced", *announced);
  print(name, "confirmed", *opened);
  print(name, "removed", *closed);
}

// Others who hold RTNL: a process that makes and deletes namespaces with interfaces in them all the time.
pid_t start_contention() {
  const pid_t child = fork();
  if (child != 0) return child;
  while (unshare(CLONE_NEWNET) == 0) run("ip link add type veth; ip link add type bridge; ip link set bridge0 up");
  _exit(1);
}

std::vector<VirtualAddress> fifty() {
  std::vector<VirtualAddress> addresses;
  for (int index = 0; index < 50; ++index) addresses.push_back(virtual_address("10.9.0." + std::to_string(100 + index)));
  return addresses;
}

}  // namespace

int main(int count, char** arguments) {
  const int runs = count > 1 ? std::atoi(arguments[1]) : 500;
  if (unshare(CLONE_NEWNET) != 0) {
    std::perror("network namespace");
    return 1;
  }
  run("ip link set lo up; ip link add wire0 type veth peer name wire1; ip link set wire1 up");
  run("ip addr add 10.9.0.1/24 dev wire0; ip link set wire0 up");
  measure("one IPv4 address", {virtual_address("10.9.0.100")}, runs);
  measure("one IPv6 address", {virtual_address("fd09::100")}, runs);
  measure("fifty IPv4 addresses", fifty(), runs / 10 + 1);
  const pid_t child = start_contention();
  measure("one IPv4 address, RTNL contended", {virtual_address("10.9.0.100")}, runs / 2 + 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}
