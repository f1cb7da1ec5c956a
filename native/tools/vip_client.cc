// The client on the stage: asks the virtual address at a fixed pace and says who answered, and when. The
// gap that it reports runs from the arrival of the last answer of one owner to the arrival of the first
// answer of the next; arrivals are the kernel's receive stamps, so a late wake-up of this program does not
// count as a gap. One JSON object a line: `answering` when a node begins to answer, `silent` when nobody
// has answered for a while, and a `summary` at the end (SIGTERM, end of standard input, or --duration-ms).
//
//   heartwire-vip-client --to 10.1.0.100 --port 7400 --interval-us 100 [--silence-us 5000]
//                        [--duration-ms 0] [--priority 30]
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tool_time.h"

using namespace heartwire::tools;

namespace {

struct Options {
  std::string to;
  std::uint16_t port = 0;
  std::int64_t interval_us = 1000;
  std::int64_t silence_us = 0;  // 0: five intervals
  std::int64_t duration_ms = 0; // 0: until told
  int priority = 0;
};

// A run of answers by one node, without a silence in between.
struct Run {
  std::uint32_t node = 0;
  std::uint64_t answers = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  std::int64_t said_ns = 0;  // of the last one, by the node that gave it
};

constexpr timespec kLastAnswers{0, 50'000'000};
constexpr std::size_t kRunsMax = 1000;  // more than any story makes; a flood of changes must not eat memory

// Everything the client has seen. Only the receiving thread touches it.
class Record {
 public:
  explicit Record(std::int64_t silence_ns) : silence_ns_(silence_ns) {}

  void answered(std::uint32_t node, std::int64_t at_ns, std::int64_t said_ns) {
    ++answers_;
    const bool was_silent = current_.answers > 0 && at_ns - current_.last_ns > silence_ns_;
    if (current_.answers > 0 && current_.node == node && !was_silent) {
      ++current_.answers;
      current_.last_ns = at_ns;
      current_.said_ns = said_ns;
      silent_ = false;
      return;
    }
    const Run before = current_;
    if (before.answers > 0 && runs_.size() < kRunsMax) runs_.push_back(before);
    current_ = Run{node, 1, at_ns, at_ns, said_ns};
    silent_ = false;
    if (runs_.size() == kRunsMax) return;
    if (before.answers > 0)
      std::printf("{\"event\":\"answering\",\"node\":%u,\"atNs\":%lld,\"before\":%u,\"gapNs\":%lld}\n", node,
                  static_cast<long long>(at_ns), before.node, static_cast<long long>(at_ns - before.last_ns));
    else
      std::printf("{\"event\":\"answering\",\"node\":%u,\"atNs\":%lld,\"before\":null,\"gapNs\":null}\n", node,
                  static_cast<long long>(at_ns));
    std::fflush(stdout);
  }

  std::uint64_t answers() const { return answers_; }

  void looked(std::int64_t now) {
    if (silent_ || current_.answers == 0 || now - current_.last_ns <= silence_ns_) return;
    silent_ = true;
    std::printf("{\"event\":\"silent\",\"node\":%u,\"sinceNs\":%lld}\n", current_.node,
                static_cast<long long>(current_.last_ns));
    std::fflush(stdout);
  }

  void summarise(std::uint64_t sent, std::uint64_t send_errors, std::int64_t late_ns_max) {
    if (current_.answers > 0) runs_.push_back(current_);
    std::printf("{\"event\":\"summary\",\"sent\":%llu,\"sendErrors\":%llu,\"answered\":%llu,\"lateNsMax\":%lld,"
                "\"runs\":[",
                static_cast<unsigned long long>(sent), static_cast<unsigned long long>(send_errors),
                static_cast<unsigned long long>(answers_), static_cast<long long>(late_ns_max));
    const char* comma = "";
    for (const Run& run : runs_) {
      std::printf("%s{\"node\":%u,\"answers\":%llu,\"firstNs\":%lld,\"lastNs\":%lld,\"saidNs\":%lld}", comma, run.node,
                  static_cast<unsigned long long>(run.answers), static_cast<long long>(run.first_ns),
                  static_cast<long long>(run.last_ns), static_cast<long long>(run.said_ns));
      comma = ",";
    }
    std::printf("]}\n");
    std::fflush(stdout);
  }

 private:
  const std::int64_t silence_ns_;
  Run current_;
  std::vector<Run> runs_;
  std::uint64_t answers_ = 0;
  bool silent_ = false;
};

Options parse(int argc, char** argv) {
  static const option known[] = {{"to", required_argument, nullptr, 't'},
                                 {"port", required_argument, nullptr, 'p'},
                                 {"interval-us", required_argument, nullptr, 'i'},
                                 {"silence-us", required_argument, nullptr, 's'},
                                 {"duration-ms", required_argument, nullptr, 'd'},
                                 {"priority", required_argument, nullptr, 'r'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  for (int found; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 't') options.to = optarg;
    else if (found == 'p') options.port = static_cast<std::uint16_t>(std::atoi(optarg));
    else if (found == 'i') options.interval_us = std::atoll(optarg);
    else if (found == 's') options.silence_us = std::atoll(optarg);
    else if (found == 'd') options.duration_ms = std::atoll(optarg);
    else if (found == 'r') options.priority = std::atoi(optarg);
    else std::exit(2);
  }
  if (options.to.empty() || options.port == 0 || options.interval_us < 20) {
    std::fprintf(stderr, "usage: heartwire-vip-client --to ADDRESS --port N [--interval-us 20..] [--silence-us N] "
                         "[--duration-ms N] [--priority N]\n");
    std::exit(2);
  }
  if (options.silence_us == 0) options.silence_us = 5 * options.interval_us;
  return options;
}

// Not connected on purpose: a connected socket would report the ICMP errors of a dying owner in place of
// the next answer.
int open_socket(const Options& options, sockaddr_in6& to) {
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(options.port);
  const std::string text = options.to.find(':') == std::string::npos ? "::ffff:" + options.to : options.to;
  if (inet_pton(AF_INET6, text.c_str(), &to.sin6_addr) != 1) {
    std::fprintf(stderr, "not an address: %s\n", options.to.c_str());
    std::exit(2);
  }
  const int handle = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) fail("socket");
  const int on = 1, off = 0;
  setsockopt(handle, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (setsockopt(handle, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) fail("SO_TIMESTAMPNS");
  return handle;
}

struct Sender {
  int handle;
  sockaddr_in6 to;
  Options options;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> sent{0}, errors{0};
  std::atomic<std::int64_t> late_ns_max{0};  // of its own wake-up: tells a stall of the machine from a gap

  // Absolute deadlines: a late wake-up shifts one question, never the pace.
  void run() {
    prefer_this_thread(options.priority);
    std::int64_t next_ns = clock_ns(CLOCK_MONOTONIC);
    for (std::uint64_t sequence = 1; !stop.load(std::memory_order_relaxed); ++sequence) {
      const Probe probe{kProbeMagic, 0, sequence, 0};
      const auto size = sendto(handle, &probe, sizeof probe, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
      ++(size == sizeof probe ? sent : errors);
      next_ns += options.interval_us * 1000;
      const timespec next{next_ns / 1'000'000'000, next_ns % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
      const std::int64_t late_ns = clock_ns(CLOCK_MONOTONIC) - next_ns;
      if (late_ns > late_ns_max) late_ns_max = late_ns;
    }
  }
};

// The stamp is wall clock; laid on our clock by its age, and never in the future.
std::int64_t arrival_ns(msghdr& message) {
  const std::int64_t now = now_ns();
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
    const std::int64_t age_ns = clock_ns(CLOCK_REALTIME) - to_ns(stamp);
    return age_ns > 0 ? now - age_ns : now;
  }
  return now;
}

void drain(int handle, const sockaddr_in6& to, Record& record) {
  for (;;) {
    Probe probe{};
    sockaddr_in6 from{};
    alignas(cmsghdr) char control[256];
    iovec data{&probe, sizeof probe};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto size = recvmsg(handle, &message, MSG_DONTWAIT);
    if (size < 0) return;
    if (size != sizeof probe || probe.magic != kAnswerMagic) continue;
    if (std::memcmp(&from.sin6_addr, &to.sin6_addr, sizeof from.sin6_addr) != 0) continue;  // not from the address asked
    record.answered(probe.node, arrival_ns(message), probe.said_ns);
  }
}

int open_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

// End of standard input ends the program: a client must not outlive the run that started it.
bool input_ended(const pollfd& input) {
  if (input.revents == 0) return false;
  char ignored[64];
  return read(input.fd, ignored, sizeof ignored) <= 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Sender sender{-1, {}, options};
  sender.handle = open_socket(options, sender.to);
  pollfd waits[3] = {{sender.handle, POLLIN, 0}, {open_signals(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  std::thread thread([&] { sender.run(); });
  prefer_this_thread(options.priority);

  Record record(options.silence_us * 1000);
  const std::int64_t end_ns = options.duration_ms > 0 ? now_ns() + options.duration_ms * 1'000'000 : INT64_MAX;
  const timespec patience{options.silence_us / 1'000'000, options.silence_us % 1'000'000 * 1000};
  while (now_ns() < end_ns) {
    ppoll(waits, 3, &patience, nullptr);
    drain(sender.handle, sender.to, record);
    record.looked(now_ns());
    if (waits[1].revents != 0 || input_ended(waits[2])) break;
  }
  sender.stop = true;
  thread.join();
  // What is on its way is not lost.
  while (record.answers() < sender.sent && ppoll(waits, 1, &kLastAnswers, nullptr) > 0) drain(sender.handle, sender.to, record);
  record.summarise(sender.sent, sender.errors, sender.late_ns_max);
}
