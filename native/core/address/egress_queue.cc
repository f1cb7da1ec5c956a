// See egress_queue.h.
#include "core/address/egress_queue.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "core/address/egress_backlog.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kAgainNs = 1'000'000;

}  // namespace

NetlinkNews egress_queue(NetlinkRequests& requests, int interface_index) {
  tcmsg fixed{};
  fixed.tcm_ifindex = interface_index;
  fixed.tcm_parent = TC_H_ROOT;
  NetlinkBatch question;
  question.begin(RTM_GETQDISC, NLM_F_REQUEST | NLM_F_ECHO, 1, as_bytes(fixed));  // without echo only listeners hear it
  question.acknowledge_last();
  NetlinkNews found;
  if (requests.send(question.bytes()) != 0) return found;
  requests.collect(1, [&](const NetlinkNews& answer) {
    if (answer.kind == NetlinkNews::Kind::queue && answer.interface_index == interface_index) found = answer;
  });
  return found;
}

void EgressQueues::note(NetlinkRequests& requests, int interface_index, std::uint64_t now_ns) {
  const NetlinkNews queue = egress_queue(requests, interface_index);
  if (queue.kind != NetlinkNews::Kind::queue || queue.packets_queued == 0) return;
  noted_.push_back({interface_index, queue.packets_sent + queue.packets_queued});
  until_ns_ = now_ns + EgressBacklog::kDrainNsMax;
  next_ns_ = now_ns + kAgainNs;
}

bool EgressQueues::drained(NetlinkRequests& requests, std::uint64_t now_ns) {
  next_ns_ = now_ns + kAgainNs;
  std::erase_if(noted_, [&](const Noted& noted) {
    const NetlinkNews queue = egress_queue(requests, noted.interface_index);
    return queue.kind != NetlinkNews::Kind::queue || queue.packets_queued == 0 || queue.packets_sent >= noted.leave_at_packets;
  });
  if (!noted_.empty() && now_ns < until_ns_) return false;
  forget();
  return true;
}

void EgressQueues::forget() {
  noted_.clear();
  until_ns_ = next_ns_ = UINT64_MAX;
}

}  // namespace heartwire
