// What stood in an interface's egress queue when an address went off it: the kernel guard and the address's removal stop
// what is sent from then on, not what had been sent before. A planned release is answered when that has left, so that no
// answer of the old owner leaves after the first one of the new owner (safety.md, 'Leases' 2).
#pragma once
#include <cstdint>
#include <vector>

#include "core/net/netlink_socket.h"

namespace heartwire {

// The queue at the interface itself; kind other: it has none that can be read. Takes the kernel's RTNL lock.
NetlinkNews egress_queue(NetlinkRequests& requests, int interface_index);

class EgressQueues {
 public:
  // Notes what waits on this interface now; nothing where its queue is empty or cannot be read. Takes the kernel's RTNL lock.
  void note(NetlinkRequests& requests, int interface_index, std::uint64_t now_ns);
  // Has all that was noted left, or waited as long as any of it may wait?
  bool drained(NetlinkRequests& requests, std::uint64_t now_ns);
  // When to ask again; UINT64_MAX: nothing is noted.
  std::uint64_t next_ns() const { return next_ns_; }
  void forget();

 private:
  struct Noted {
    int interface_index;
    std::uint64_t leave_at_packets;  // as many must have been sent
  };
  std::vector<Noted> noted_;
  std::uint64_t until_ns_ = UINT64_MAX, next_ns_ = UINT64_MAX;
};

}  // namespace heartwire
