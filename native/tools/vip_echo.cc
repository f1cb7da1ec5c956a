// The service behind a virtual address on the stage (demo, network stories, failover bench): it answers
// every datagram with the id of its node. It is bound to no address, so it needs no notice of a takeover,
// and it answers from the address that was asked (IPV6_PKTINFO); a node without that address never hears
// the question. What a client measures is then the takeover alone, and no restart of a service.
//
//   heartwire-vip-echo --node 1 --port 7400 [--priority 30]
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tool_time.h"

using namespace heartwire::tools;

namespace {

struct Options {
  std::uint32_t node = 0;
  std::uint16_t port = 0;
  int priority = 0;
};

Options parse(int argc, char** argv) {
  static const option known[] = {{"node", required_argument, nullptr, 'n'},
                                 {"port", required_argument, nullptr, 'p'},
                                 {"priority", required_argument, nullptr, 'r'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  for (int found; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'n') options.node = static_cast<std::uint32_t>(std::atoi(optarg));
    else if (found == 'p') options.port = static_cast<std::uint16_t>(std::atoi(optarg));
    else if (found == 'r') options.priority = std::atoi(optarg);
    else std::exit(2);
  }
  if (options.node == 0 || options.port == 0) {
    std::fprintf(stderr, "usage: heartwire-vip-echo --node N --port N [--priority N]\n");
    std::exit(2);
  }
  return options;
}

int open_socket(std::uint16_t port) {
  const int handle = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  const int on = 1, off = 0;
  setsockopt(handle, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (setsockopt(handle, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0) fail("IPV6_RECVPKTINFO");
  if (setsockopt(handle, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) fail("IP_PKTINFO");
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  if (bind(handle, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) fail("bind");
  return handle;
}

// The address that was asked, as the control data that makes the answer leave from it.
struct Asked {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(in6_pktinfo))]{};
  std::size_t length = 0;

  template <typename Info>
  void set(int level, int type, Info info) {
    auto* header = reinterpret_cast<cmsghdr*>(bytes);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    length = CMSG_SPACE(sizeof info);
  }

  void read(msghdr& message) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
        in_pktinfo info{};
        std::memcpy(&info, CMSG_DATA(header), sizeof info);
        in_pktinfo source{};
        source.ipi_spec_dst = info.ipi_addr;
        return set(IPPROTO_IP, IP_PKTINFO, source);
      }
      if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
        in6_pktinfo info{};
        std::memcpy(&info, CMSG_DATA(header), sizeof info);
        if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr)) continue;  // IP_PKTINFO says it too
        info.ipi6_ifindex = 0;  // the routes decide, as for any service
        return set(IPPROTO_IPV6, IPV6_PKTINFO, info);
      }
    }
  }
};

void answer_one(int handle, std::uint32_t node) {
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
  if (recvmsg(handle, &message, 0) != sizeof probe || probe.magic != kProbeMagic) return;

  Asked asked;
  asked.read(message);
  probe.magic = kAnswerMagic;
  probe.node = node;
  probe.said_ns = now_ns();
  message.msg_control = asked.bytes;
  message.msg_controllen = asked.length;
  message.msg_flags = 0;
  sendmsg(handle, &message, MSG_DONTWAIT);  // an answer that cannot leave is the client's gap
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const int handle = open_socket(options.port);
  prefer_this_thread(options.priority);
  std::printf("{\"event\":\"listening\",\"node\":%u}\n", options.node);
  std::fflush(stdout);
  for (;;) answer_one(handle, options.node);
}
