// See address_keeper.h. Here: what the kernel tells. Nothing is taken for true but what a request proves: a message
// about an address may tell of our own earlier removal, so an address is put back by adding it, and "already there"
// means that nothing was missing.
#include <cerrno>

#include "core/address/address_keeper.h"
#include "core/address/address_request.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kRetryNs = 1'000'000'000;
constexpr std::uint64_t kFightNs = 100'000'000;  // against somebody who deletes it again and again: ten times a second

bool same_address(const LinkAddress& one, const LinkAddress& other) { return one.family == other.family && one.bytes == other.bytes; }

bool exactly(const HeldAddress& held, const NetlinkNews& news) {
  return held.port != nullptr && held.port->interface_index() == news.interface_index && held.wanted.prefix_length == news.prefix_length;
}

}  // namespace

void AddressKeeper::hear_kernel(std::uint64_t now_ns) {
  NetlinkNews news;
  for (int count = 0; count < 256 && watch_->next(news); ++count) {  // bounded: orders come first
    switch (news.kind) {
      case NetlinkNews::Kind::link_changed:
      case NetlinkNews::Kind::link_gone: hear_link(news, now_ns); break;
      case NetlinkNews::Kind::address_added:
      case NetlinkNews::Kind::address_gone: hear_address(news, now_ns); break;
      default: break;
    }
  }
  if (watch_->take_overrun()) {
    drop_prepared();
    for (auto& [name, port] : ports_) port.reset();
    read_links();
    open_ports();
    sweep_due_ = true;
  }
  if (sweep_due_) sweep(now_ns);
  put_back_due(now_ns);
}

void AddressKeeper::hear_address(const NetlinkNews& news, std::uint64_t now_ns) {
  bool ours = false;
  for (HeldSeat& seat : seats_) {
    for (HeldAddress& held : seat.addresses) {
      if (!same_address(held.wanted.address, news.address)) continue;
      ours = true;
      const bool added = news.kind == NetlinkNews::Kind::address_added;
      if (added && seat.state != State::open && seat.state != State::prepared) remove_stray(news, seat, held, now_ns);
      if (added && !exactly(held, news)) seat.elsewhere = true;
      if (!added && (seat.state == State::open || seat.state == State::prepared) && exactly(held, news)) mark_missing(held, now_ns);
    }
  }
  if (ours) return;
  for (const auto& [name, port] : ports_) {  // whether our addresses are covered may have changed
    if (port != nullptr && port->interface_index() == news.interface_index) sweep_due_ = true;
  }
}

void AddressKeeper::hear_link(const NetlinkNews& news, std::uint64_t now_ns) {
  const bool gone = news.kind == NetlinkNews::Kind::link_gone;
  if (gone) own_macs_.erase(news.interface_index);
  else if (news.has_mac) own_macs_[news.interface_index] = news.mac;
  std::vector<std::string> anew;
  for (const auto& [name, port] : ports_) {
    const bool named = !gone && news.interface_name() == name;
    const bool known = port != nullptr && port->interface_index() == news.interface_index;
    const bool changed = named && known && port->ethernet() && news.has_mac && news.mac != port->mac();
    if (named != known || changed) anew.push_back(name);  // has come, was renamed, is gone; or has another MAC
    else if (named && port->carrier_rose(news.carrier)) hear_carrier(*port, now_ns);
  }
  for (const std::string& name : anew) reopen_port(name, now_ns);
}

// Perhaps on another port of the switch: the others hear where we are, and what the interface lost comes back.
void AddressKeeper::hear_carrier(const WirePort& port, std::uint64_t now_ns) {
  for (HeldSeat& seat : seats_) {
    if (seat.state != State::open) continue;
    for (HeldAddress& held : seat.addresses) {
      if (held.port != &port) continue;
      if (held.missing_since_ns != 0) held.retry_ns = now_ns;
      else port.send(held.announcements);
    }
  }
}

void AddressKeeper::reopen_port(const std::string& interface, std::uint64_t now_ns) {
  drop_prepared();
  ports_[interface].reset();
  open_ports();
  for (HeldSeat& seat : seats_) {
    if (seat.state != State::open) continue;
    for (HeldAddress& held : seat.addresses) {
      if (held.wanted.interface != interface) continue;
      mark_missing(held, now_ns);
      held.retry_ns = now_ns;
      if (held.port != nullptr) held.port->send(held.announcements);
    }
  }
  sweep_due_ = true;
}

void AddressKeeper::mark_missing(HeldAddress& held, std::uint64_t now_ns) {
  if (held.missing_since_ns == 0) {
    held.missing_since_ns = now_ns;
    held.told_missing = false;
  }
  const bool fight = held.put_back_ns != 0 && now_ns - held.put_back_ns < kRetryNs;
  held.retry_ns = fight ? held.put_back_ns + kFightNs : now_ns;
}

void AddressKeeper::put_back_due(std::uint64_t now_ns) {
  for (HeldSeat& seat : seats_) {
    if (seat.state != State::open) continue;  // never otherwise: it would fight who closes it
    for (HeldAddress& held : seat.addresses) {
      if (now_ns >= held.retry_ns) put_back(seat, held, now_ns);
    }
  }
}

void AddressKeeper::put_back(HeldSeat& seat, HeldAddress& held, std::uint64_t now_ns) {
  int error = ENODEV;
  if (held.port != nullptr) {
    NetlinkBatch add;
    add_address_request(add, 1, held.wanted, held.port->interface_index(), held.covered);
    error = request(add);
  }
  if (error != 0 && error != EEXIST) {
    held.retry_ns = now_ns + kRetryNs;
    if (!held.told_missing) report(EventKind::address_deleted, seat, held, false, static_cast<std::uint64_t>(error), now_ns);
    held.told_missing = true;
    return;
  }
  if (error == 0) {
    held.port->send(held.announcements);
    held.put_back_ns = now_ns;
    announce_again(seat, now_ns);
    if (!held.never_there) report(EventKind::address_deleted, seat, held, true, now_ns - held.missing_since_ns, now_ns);
  }
  held.missing_since_ns = 0;
  held.retry_ns = UINT64_MAX;
  held.told_missing = held.never_there = false;
}

void AddressKeeper::remove_stray(const NetlinkNews& news, HeldSeat& seat, const HeldAddress& held, std::uint64_t now_ns) {
  NetlinkBatch removal;
  remove_address_request(removal, 1, news.address, news.prefix_length, news.interface_index);
  if (request(removal) == 0) report(EventKind::address_stray, seat, held, false, 0, now_ns);
}

// Compares what the kernel has with what it should have: at start, after an overrun, when a subnet came or went.
void AddressKeeper::sweep(std::uint64_t now_ns) {
  sweep_due_ = false;
  std::vector<NetlinkNews> found;
  const int error = requests_->dump(RTM_GETADDR, [&](const NetlinkNews& news) {
    if (news.kind == NetlinkNews::Kind::address_added) found.push_back(news);
  });
  if (error != 0) return;
  for (HeldSeat& seat : seats_) {
    for (HeldAddress& held : seat.addresses) {
      bool there = false;
      held.covered = held.other_covered = false;
      for (const NetlinkNews& news : found) {
        const bool same = same_address(held.wanted.address, news.address);
        if (same && seat.state != State::open && seat.state != State::prepared) remove_stray(news, seat, held, now_ns);
        there = there || (same && exactly(held, news));
        const bool covers = !same && news.prefix_length <= held.wanted.prefix_length &&
                            same_subnet(held.wanted.address, news.address, news.prefix_length);
        const auto lives_at = [&](const WirePort* port) { return port != nullptr && news.interface_index == port->interface_index(); };
        held.covered = held.covered || (covers && lives_at(held.port));
        held.other_covered = held.other_covered || (covers && lives_at(held.other_port));
      }
      if (seat.state == State::open && !there && held.missing_since_ns == 0) mark_missing(held, now_ns);
    }
    prepare_batches(seat);
  }
}

}  // namespace heartwire
