// See address_keeper.h. Here: what stands in the egress queues of the interfaces that open seats answer on, for the beat
// thread, whose leases end by so much earlier. Read now and then, since asking takes the kernel's RTNL lock: a queue that
// fills faster than it is looked at is counted that much too late.
#include <algorithm>
#include <set>

#include "core/address/address_keeper.h"
#include "core/guard/guardian_page.h"
#include "core/guard/kernel_guard.h"

namespace heartwire {

namespace {
constexpr std::uint64_t kIdleNs = 20'000'000, kWaitingNs = 5'000'000;
constexpr std::uint64_t kToldNs = 100'000;  // smaller changes are not worth waking the beat thread
}  // namespace

void AddressKeeper::watch_egress(std::uint64_t now_ns) {
  if (options_.egress_sink == nullptr) next_egress_ns_ = UINT64_MAX;
  if (now_ns < next_egress_ns_ || next_egress_ns_ == UINT64_MAX) return;
  std::set<int> used;
  for (HeldSeat& seat : seats_) {
    std::uint64_t drain_ns = 0;
    for (const HeldAddress& held : seat.addresses) {
      if (seat.state != State::open || held.port == nullptr) continue;
      const int interface = held.port->interface_index();
      EgressBacklog& backlog = egress_[interface];
      if (used.insert(interface).second) read_egress(interface, backlog, now_ns);
      drain_ns = std::max(drain_ns, backlog.drain_ns());
    }
    tell_egress(seat, drain_ns);
  }
  std::erase_if(egress_, [&](const auto& each) { return !used.contains(each.first); });
  const bool waiting = std::any_of(egress_.begin(), egress_.end(), [](const auto& each) { return each.second.waiting(); });
  next_egress_ns_ = used.empty() ? UINT64_MAX : now_ns + (waiting ? kWaitingNs : kIdleNs);
}

// Before a planned release. Where interfaces have no queue, what has passed the guard has left: closing it is enough. A queue that
// is empty now may not be so then.
void AddressKeeper::tell_unqueued(const AddressOrder& question) {
  const HeldSeat& seat = seats_[question.seat];
  bool unqueued = seat.state == State::open && options_.guard != nullptr && !options_.guard->leaves_gaps();
  std::set<int> asked;
  for (const HeldAddress& held : seat.addresses) {
    if (!unqueued || held.port == nullptr || !asked.insert(held.port->interface_index()).second) continue;
    const NetlinkNews queue = egress_queue(*requests_, held.port->interface_index());
    unqueued = queue.kind == NetlinkNews::Kind::queue && queue.has_no_queue;
  }
  outside_.answer({question.seat, question.epoch, question.open, false, 0, false, true, unqueued});
}

void AddressKeeper::read_egress(int interface_index, EgressBacklog& backlog, std::uint64_t now_ns) {
  const NetlinkNews queue = egress_queue(*requests_, interface_index);
  if (queue.kind == NetlinkNews::Kind::queue) backlog.read(now_ns, queue.bytes_sent, queue.bytes_queued);
}

void AddressKeeper::tell_egress(HeldSeat& seat, std::uint64_t drain_ns) const {
  const std::uint64_t change_ns = drain_ns > seat.egress_told_ns ? drain_ns - seat.egress_told_ns : seat.egress_told_ns - drain_ns;
  if (change_ns < kToldNs && (drain_ns != 0 || seat.egress_told_ns == 0)) return;
  seat.egress_told_ns = drain_ns;
  if (options_.guardian != nullptr) options_.guardian->seats[seat.order.seat].egress_ns.store(drain_ns, std::memory_order_release);
  options_.egress_sink(seat.order.seat, drain_ns);
}

}  // namespace heartwire
