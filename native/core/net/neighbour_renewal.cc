// See neighbour_renewal.h.
#include "core/net/neighbour_renewal.h"

#include <linux/neighbour.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "core/net/netlink_socket.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kMillisecondNs = 1'000'000;
constexpr std::array<std::uint64_t, 3> kAfterNs{20 * kMillisecondNs, 80 * kMillisecondNs, 320 * kMillisecondNs};

}  // namespace

unsigned forget_unresolved_neighbours(const std::string& interface) {
  const int index = static_cast<int>(if_nametoindex(interface.c_str()));
  const std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  if (index == 0 || requests == nullptr) return 0;
  NetlinkBatch batch;
  unsigned count = 0;
  requests->dump(RTM_GETNEIGH, [&](const NetlinkNews& news) {
    if (news.kind != NetlinkNews::Kind::neighbour || news.interface_index != index || !news.unresolved) return;
    const bool ipv6 = news.address.family == AddressFamily::ipv6;
    ndmsg fixed{};
    fixed.ndm_family = ipv6 ? AF_INET6 : AF_INET;
    fixed.ndm_ifindex = index;
    batch.begin(RTM_DELNEIGH, NLM_F_REQUEST, ++count, as_bytes(fixed));
    batch.attribute(NDA_DST, std::span<const std::uint8_t>(news.address.bytes).first(ipv6 ? 16 : 4));
  });
  if (count == 0) return 0;
  batch.acknowledge_last();
  if (requests->send(batch.bytes()) == 0) requests->collect(count, [](const NetlinkNews&) {});
  return count;
}

void NeighbourRenewal::begin(const std::string& interface, std::uint64_t now_ns) {
  std::erase_if(due_, [&](const Due& due) { return due.interface == interface; });
  due_.push_back({interface, 0, now_ns + kAfterNs[0]});
}

void NeighbourRenewal::act(std::uint64_t now_ns) {
  for (Due& due : due_) {
    if (now_ns < due.at_ns) continue;
    forget_unresolved_neighbours(due.interface);
    ++due.step;
    if (due.step < kAfterNs.size()) due.at_ns += kAfterNs[due.step] - kAfterNs[due.step - 1];
  }
  std::erase_if(due_, [](const Due& due) { return due.step == kAfterNs.size(); });
}

int NeighbourRenewal::wait_ms(std::uint64_t now_ns, int most_ms) const {
  int wait_ms = most_ms;
  for (const Due& due : due_) {
    const std::uint64_t left_ns = due.at_ns > now_ns ? due.at_ns - now_ns : 0;
    wait_ms = std::min(wait_ms, static_cast<int>((left_ns + kMillisecondNs - 1) / kMillisecondNs));
  }
  return wait_ms;
}

}  // namespace heartwire
