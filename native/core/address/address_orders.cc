// See address_keeper.h. Here: what a takeover does, and what giving up does.
#include <algorithm>
#include <cerrno>
#include <set>

#include "core/address/address_keeper.h"
#include "core/guard/guardian_page.h"
#include "core/guard/kernel_guard.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
// Again, since one frame may be lost and a switch may still be learning where we are.
constexpr std::array<std::uint64_t, 4> kAnnounceAgainAfterNs{1 * kMillisecond, 10 * kMillisecond, 100 * kMillisecond, 1000 * kMillisecond};

constexpr std::uint64_t kCloseAgainNs = 10 * kMillisecond;

bool can_be_probed(const HeldSeat& seat) {
  return std::any_of(seat.addresses.begin(), seat.addresses.end(), [](const HeldAddress& held) { return !held.probes.empty(); });
}

void forget_missing(HeldAddress& held) {
  held.missing_since_ns = 0;
  held.retry_ns = UINT64_MAX;
  held.never_there = held.told_missing = false;
}

}  // namespace

void AddressKeeper::carry_out(const AddressOrder& order, std::uint64_t now_ns) {
  if (order.seat >= kSeatsMax) return;
  if (order.asks) return tell_unqueued(order);
  HeldSeat& seat = seats_[order.seat];
  if (order.prepares && seat.state != (order.open ? State::closed : State::prepared)) return;  // something else was ordered before
  if (order.epoch < seat.order.epoch) {  // from before the last one; the seat is as the last one left it
    outside_.answer({order.seat, order.epoch, order.open, order.open, order.open ? ESTALE : 0});
    return;
  }
  if (seat.state == State::probing || seat.state == State::closing) answer_overtaken(seat.order);
  seat.leaving.forget();
  seat.order = order;
  if (!order.open) {
    close_for_good(seat, now_ns);
  } else if (order.prepares) {
    prepare_seat(seat);
  } else if (order.first_acquisition && options_.probe_ms > 0 && seat.state != State::open && can_be_probed(seat)) {
    if (seat.state == State::prepared) close_seat(seat);
    start_probing(seat, now_ns);
  } else {
    open_seat(seat, now_ns);
  }
}

void AddressKeeper::answer_overtaken(const AddressOrder& order) {
  if (order.seat < kSeatsMax) outside_.answer({order.seat, order.epoch, order.open, false, 0, false, order.asks || order.prepares});
}

// Nobody is told, and nobody hears anything: the lease that the guard reads is that of a seat which this node does not have yet.
void AddressKeeper::prepare_seat(HeldSeat& seat) {
  if (options_.guard == nullptr || options_.guard->leaves_gaps()) return;
  seat.state = State::prepared;
  options_.guard->cells().open(seat.order.seat, seat.order.cell);
  tell_guardian(seat, true);
  if (add_all(seat, false) != 0) close_seat(seat);
}

// Before what is prepared would be another address or another interface: it is put on when the seat is opened.
void AddressKeeper::drop_prepared() {
  for (HeldSeat& seat : seats_) {
    if (seat.state == State::prepared) close_seat(seat);
  }
}

void AddressKeeper::open_seat(HeldSeat& seat, std::uint64_t now_ns) {
  const bool is_missing = std::any_of(seat.addresses.begin(), seat.addresses.end(), [](const HeldAddress& held) { return held.missing_since_ns != 0; });
  const bool is_on = seat.state == State::prepared && !is_missing;
  seat.state = State::open;
  next_egress_ns_ = now_ns + kMillisecond;  // not at once: asking takes time, and the first questions are on their way
  if (options_.guard != nullptr) options_.guard->cells().open(seat.order.seat, seat.order.cell);
  tell_guardian(seat, true);  // first: whoever dies while he adds leaves nothing
  seat.probe_until_ns = seat.next_probe_ns = seat.close_again_ns = UINT64_MAX;
  if (is_on) announce(seat);
  const int error = is_on ? 0 : add_all(seat);
  if (error != 0) {
    close_seat(seat);
  } else {
    announce_again(seat, now_ns);
  }
  steer();
  outside_.answer({seat.order.seat, seat.order.epoch, true, error != 0, error});
}

// All requests in one system call, which returns when the kernel has carried them out; then the announcements, before
// its answers are read. "Already there" is as good as added.
int AddressKeeper::add_all(HeldSeat& seat, bool announced) {
  for (HeldAddress& held : seat.addresses) {
    if (held.port == nullptr) return ENODEV;
    forget_missing(held);
  }
  if (seat.batch_size == 0) return 0;
  if (const int error = requests_->send(seat.add_batch); error != 0) return error;
  // RTNL may have been held for long, and the lease may be over: then the removal is next, and nobody is told.
  if (announced && !outside_.overruled(seat.order.seat)) announce(seat);
  int first = 0;
  const int failed = requests_->collect(seat.batch_size, [&](const NetlinkNews& answer) {
    if (answer.error == EEXIST) seat.elsewhere = true;  // IPv6 says so whatever the prefix is
    else if (answer.error != 0 && first == 0) first = answer.error;
  });
  return failed != 0 ? failed : first;
}

// Answered when the addresses are off and what was sent with them has left, not before: others may take them from then on.
// Behind a kernel guard they may as soon as it is closed, so that a planned move does not wait for the kernel's RTNL lock.
void AddressKeeper::close_for_good(HeldSeat& seat, std::uint64_t now_ns) {
  const bool silenced = fall_silent(seat, now_ns);
  const bool was_on = !silenced && (seat.state == State::open || seat.state == State::closing);
  if (!close_seat(seat)) {
    seat.state = State::closing;
    seat.close_again_ns = now_ns + kCloseAgainNs;
    return;
  }
  steer();
  if (was_on) note_egress(seat, now_ns);
  if (seat.leaving.next_ns() == UINT64_MAX) return closed_for_good(seat, now_ns);
  seat.state = State::closing;
  seat.close_again_ns = UINT64_MAX;
}

// True: the guard holds, so nothing more is sent; and if nothing waits in the egress queues either, that is answered.
bool AddressKeeper::fall_silent(HeldSeat& seat, std::uint64_t now_ns) {
  if (seat.state != State::open || options_.guard == nullptr || options_.guard->leaves_gaps()) return false;
  options_.guard->cells().close(seat.order.seat);
  note_egress(seat, now_ns);
  if (seat.leaving.next_ns() == UINT64_MAX) outside_.answer({seat.order.seat, seat.order.epoch, false, false, 0, true});
  return true;
}

void AddressKeeper::note_egress(HeldSeat& seat, std::uint64_t now_ns) {
  std::set<int> interfaces;
  for (const HeldAddress& held : seat.addresses) {
    if (held.port != nullptr) interfaces.insert(held.port->interface_index());
  }
  for (const int index : interfaces) seat.leaving.note(*requests_, index, now_ns);
}

void AddressKeeper::closed_for_good(HeldSeat& seat, std::uint64_t now_ns) {
  seat.state = State::closed;
  outside_.answer({seat.order.seat, seat.order.epoch, false, false, 0, false, seat.order.prepares});
  if (seat.elsewhere) sweep(now_ns);
  seat.elsewhere = false;
}

// What is off already, or went with its interface, is as good as removed. False: the kernel refused.
bool AddressKeeper::close_seat(HeldSeat& seat) {
  seat.state = State::closed;
  seat.close_again_ns = UINT64_MAX;
  seat.next_announcement_ns = seat.next_probe_ns = seat.probe_until_ns = UINT64_MAX;
  for (HeldAddress& held : seat.addresses) forget_missing(held);
  if (options_.guard != nullptr && options_.guard->cells().held(seat.order.seat)) options_.guard->cells().close(seat.order.seat);
  if (seat.remove_size == 0) {
    let_go(seat);
    return true;
  }
  if (requests_->send(seat.remove_batch) != 0) return false;
  bool removed = true;
  const int failed = requests_->collect(seat.remove_size, [&](const NetlinkNews& answer) {
    const int error = answer.error;
    removed = removed && (error == 0 || error == EADDRNOTAVAIL || error == ENODEV || error == ENXIO);
  });
  if (failed != 0 || !removed) return false;
  let_go(seat);
  return true;
}

// Nothing is on any more.
void AddressKeeper::let_go(const HeldSeat& seat) const {
  tell_guardian(seat, false);
  if (options_.guard != nullptr) options_.guard->cells().let_go(seat.order.seat);
}

void AddressKeeper::tell_guardian(const HeldSeat& seat, bool on) const {
  if (options_.guardian == nullptr) return;
  GuardianSeat& told = options_.guardian->seats[seat.order.seat];
  if (on) told.hold(seat.remove_batch, seat.remove_size);
  else told.let_go();
}

void AddressKeeper::close_all() {
  for (HeldSeat& seat : seats_) {
    if (seat.state != State::closed) close_seat(seat);
  }
  steer();
}

void AddressKeeper::announce(const HeldSeat& seat) const {
  for (const HeldAddress& held : seat.addresses) {
    if (held.port != nullptr && held.missing_since_ns == 0) held.port->send(held.announcements);
  }
}

void AddressKeeper::announce_again(HeldSeat& seat, std::uint64_t now_ns) const {
  seat.announced_ns = now_ns;
  seat.announced = 0;
  seat.next_announcement_ns = seat.addresses.empty() ? UINT64_MAX : now_ns + kAnnounceAgainAfterNs[0];
}

void AddressKeeper::on_time(std::uint64_t now_ns) {
  for (HeldSeat& seat : seats_) {
    if (seat.state == State::probing) probe_due(seat, now_ns);
    if (now_ns >= seat.close_again_ns) close_for_good(seat, now_ns);
    if (now_ns >= seat.leaving.next_ns() && seat.leaving.drained(*requests_, now_ns)) closed_for_good(seat, now_ns);
    if (seat.state != State::open || now_ns < seat.next_announcement_ns) continue;
    announce(seat);
    ++seat.announced;
    const bool more = seat.announced < kAnnounceAgainAfterNs.size();
    seat.next_announcement_ns = more ? seat.announced_ns + kAnnounceAgainAfterNs[seat.announced] : UINT64_MAX;
  }
  put_back_due(now_ns);
  watch_egress(now_ns);
}

}  // namespace heartwire
