// See netlink_socket.h.
#include "core/net/netlink_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

namespace heartwire {

namespace {

constexpr int kReceiveBytes = 1 << 20;

int open_socket(int type, std::uint32_t groups) {
  const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | type, NETLINK_ROUTE);
  if (descriptor < 0) return -1;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBytes, sizeof kReceiveBytes) != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

int open_asking_socket() {
  const int descriptor = open_socket(0, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  const timeval patience{2, 0};  // an answer that never comes must not hold the thread for ever
  setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return descriptor;
}

bool is_answer(NetlinkNews::Kind kind) {
  return kind == NetlinkNews::Kind::error || kind == NetlinkNews::Kind::route || kind == NetlinkNews::Kind::queue;
}

// Only the kernel (port 0) is believed: other processes may send to a netlink socket too.
ssize_t receive(int descriptor, std::span<std::uint8_t> buffer, int flags) {
  while (true) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    const ssize_t got = recvfrom(descriptor, buffer.data(), buffer.size(), flags, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0 && errno == EINTR) continue;
    if (got >= 0 && from.nl_pid != 0) continue;
    return got;
  }
}

}  // namespace

std::unique_ptr<NetlinkWatch> NetlinkWatch::open(std::uint32_t groups) {
  const int descriptor = open_socket(SOCK_NONBLOCK, groups);
  return descriptor < 0 ? nullptr : std::unique_ptr<NetlinkWatch>(new NetlinkWatch(descriptor));
}

NetlinkWatch::~NetlinkWatch() { close(descriptor_); }

bool NetlinkWatch::next(NetlinkNews& news) {
  while (true) {
    if (next_netlink_message(unread_, news)) return true;
    const ssize_t got = receive(descriptor_, buffer_, MSG_DONTWAIT);
    if (got < 0 && errno == ENOBUFS) {
      overrun_ = true;
      continue;
    }
    if (got <= 0) return false;
    unread_ = std::span<const std::uint8_t>(buffer_).first(static_cast<std::size_t>(got));
  }
}

bool NetlinkWatch::take_overrun() {
  const bool overrun = overrun_;
  overrun_ = false;
  return overrun;
}

std::unique_ptr<NetlinkRequests> NetlinkRequests::open() {
  const int descriptor = open_asking_socket();
  return descriptor < 0 ? nullptr : std::unique_ptr<NetlinkRequests>(new NetlinkRequests(descriptor));
}

int NetlinkRequests::fail(int error) {
  close(descriptor_);
  descriptor_ = open_asking_socket();
  return error;
}

NetlinkRequests::~NetlinkRequests() {
  if (descriptor_ >= 0) close(descriptor_);
}

int NetlinkRequests::send(std::span<const std::uint8_t> batch) {
  const ssize_t sent = ::send(descriptor_, batch.data(), batch.size(), 0);
  if (sent < 0) return fail(errno);
  return static_cast<std::size_t>(sent) == batch.size() ? 0 : EMSGSIZE;
}

int NetlinkRequests::collect(std::uint32_t last_sequence, const Take& take) {
  while (true) {
    const ssize_t got = receive(descriptor_, buffer_, 0);
    if (got < 0) return fail(errno);
    auto unread = std::span<const std::uint8_t>(buffer_).first(static_cast<std::size_t>(got));
    NetlinkNews news;
    while (next_netlink_message(unread, news)) {
      if (is_answer(news.kind)) take(news);
      if (news.kind == NetlinkNews::Kind::error && news.sequence == last_sequence) return 0;
    }
  }
}

int NetlinkRequests::dump(std::uint16_t type, const Take& take) {
  NetlinkBatch request;
  const ifinfomsg everything{};
  const std::uint32_t sequence = ++dump_sequence_;
  request.begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence, as_bytes(everything));
  if (const int error = send(request.bytes()); error != 0) return error;
  while (true) {
    const ssize_t got = receive(descriptor_, buffer_, 0);
    if (got < 0) return fail(errno);
    auto unread = std::span<const std::uint8_t>(buffer_).first(static_cast<std::size_t>(got));
    NetlinkNews news;
    while (next_netlink_message(unread, news)) {
      if (news.sequence != sequence) continue;
      if (news.kind == NetlinkNews::Kind::done) return 0;
      if (news.kind == NetlinkNews::Kind::error) return news.error;
      take(news);
    }
  }
}

}  // namespace heartwire
