// See address_keeper.h. Here: which addresses and interfaces there are.
#include "core/address/address_keeper.h"

#include <algorithm>
#include <cerrno>

#include "core/address/address_request.h"
#include "core/guard/kernel_guard.h"

namespace heartwire {

namespace {

// Whatever seats they belong to.
bool same_place(const VirtualAddress& one, const VirtualAddress& other) {
  return one.address == other.address && one.prefix_length == other.prefix_length && one.interface == other.interface;
}

void build_frames(HeldAddress& held) {
  held.announcements.clear();
  held.probes.clear();
  if (held.port == nullptr || !held.port->ethernet()) return;
  const LinkAddress& address = held.wanted.address;
  const Mac& mac = held.port->mac();
  if (address.family == AddressFamily::ipv4) {
    held.announcements = {arp_frame(ArpForm::gratuitous_request, address, mac), arp_frame(ArpForm::gratuitous_reply, address, mac)};
    held.probes = {arp_frame(ArpForm::probe, address, mac)};
  } else {
    held.announcements = {neighbour_advertisement(address, mac, held.port->router())};
    held.probes = {neighbour_probe(address, mac)};
  }
}

}  // namespace

AddressKeeper::AddressKeeper(const AddressOptions& options, Outside outside) : options_(options), outside_(std::move(outside)) {
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) seats_[index].order.seat = index;
}

int AddressKeeper::open() {
  requests_ = NetlinkRequests::open();
  if (requests_ != nullptr) watch_ = NetlinkWatch::open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  if (watch_ == nullptr) return errno;
  outside_.wait_on(watch_->descriptor());
  return read_links();
}

int AddressKeeper::read_links() {
  own_macs_.clear();
  return requests_->dump(RTM_GETLINK, [this](const NetlinkNews& news) {
    if (news.kind == NetlinkNews::Kind::link_changed && news.has_mac) own_macs_[news.interface_index] = news.mac;
  });
}

void AddressKeeper::set_addresses(std::vector<VirtualAddress> addresses, std::uint64_t now_ns) {
  drop_prepared();
  if (options_.guard != nullptr) options_.guard->know(addresses);
  for (const VirtualAddress& address : addresses) {
    if (!address.standby_interface.empty()) routes_.forget_left(*requests_, address.address);
  }
  const std::vector<VirtualAddress> named = addresses;
  std::array<std::vector<HeldAddress>, kSeatsMax> now_held;
  std::uint16_t index = 0;
  for (VirtualAddress& wanted : addresses) {
    const bool on_standby = belongs_on_standby(wanted);
    if (on_standby) std::swap(wanted.interface, wanted.standby_interface);
    HeldSeat& seat = seats_[wanted.seat];
    const auto old = std::find_if(seat.addresses.begin(), seat.addresses.end(),
                                  [&](const HeldAddress& held) { return same_place(held.wanted, wanted); });
    HeldAddress held;
    if (old != seat.addresses.end()) {
      held = *old;
    } else if (seat.state == State::open) {
      held.never_there = true;
      mark_missing(held, now_ns);
    }
    held.wanted = std::move(wanted);
    held.on_standby = on_standby;
    held.index = index++;
    now_held[held.wanted.seat].push_back(std::move(held));
  }
  std::vector<NetlinkBatch> removals;
  for (HeldSeat& seat : seats_) {
    for (const HeldAddress& old : seat.addresses) {
      if (old.port == nullptr || seat.state == State::closed || stays(now_held, old.wanted)) continue;
      remove_address_request(removals.emplace_back(), 1, old.wanted.address, old.wanted.prefix_length, old.port->interface_index());
    }
  }
  for (HeldSeat& seat : seats_) seat.addresses = std::move(now_held[seat.order.seat]);
  open_ports();
  put_back_due(now_ns);  // first the new: an address that moves to another interface is away for no moment
  for (const NetlinkBatch& removal : removals) request(removal);
  if (options_.guard != nullptr) options_.guard->forget_others(named);
  sweep(now_ns);
  learn_gateways();
  steer();
}

// Will an open seat hold this very address in this very place?
bool AddressKeeper::stays(const std::array<std::vector<HeldAddress>, kSeatsMax>& now_held, const VirtualAddress& old) const {
  for (const HeldSeat& seat : seats_) {
    if (seat.state != State::open) continue;
    for (const HeldAddress& held : now_held[seat.order.seat]) {
      if (same_place(held.wanted, old)) return true;
    }
  }
  return false;
}

// A port for each interface that is named, none for others.
void AddressKeeper::open_ports() {
  std::map<std::string, std::unique_ptr<WirePort>> named;
  const auto open = [&](const std::string& interface) {
    auto& port = named[interface];
    if (port != nullptr) return;
    if (const auto old = ports_.find(interface); old != ports_.end()) port = std::move(old->second);
    int error = 0;
    if (port == nullptr) port = WirePort::open(interface, error);
    if (port != nullptr) port->read_router();
    if (port != nullptr && options_.arp_strict) be_strict_with_arp(settings_, interface);
  };
  for (const HeldSeat& seat : seats_) {
    for (const HeldAddress& held : seat.addresses) {
      open(held.wanted.interface);
      if (!held.wanted.standby_interface.empty()) open(held.wanted.standby_interface);
    }
  }
  ports_ = std::move(named);
  attach_ports();
}

void AddressKeeper::attach_ports() {
  for (HeldSeat& seat : seats_) {
    for (HeldAddress& held : seat.addresses) {
      auto& port = ports_[held.wanted.interface];
      if (port != nullptr) port->hear(held.wanted.address);
      held.port = port.get();
      const auto other = ports_.find(held.wanted.standby_interface);
      held.other_port = other == ports_.end() ? nullptr : other->second.get();
      build_frames(held);
    }
    prepare_batches(seat);
  }
  for (const auto& [name, port] : ports_) {
    if (port == nullptr) continue;
    for (const int descriptor : port->descriptors()) {
      if (descriptor >= 0) outside_.wait_on(descriptor);
    }
  }
}

void AddressKeeper::prepare_batches(HeldSeat& seat) {
  NetlinkBatch add, remove;
  seat.batch_size = seat.remove_size = 0;
  for (const HeldAddress& held : seat.addresses) {
    if (held.port != nullptr) add_address_request(add, ++seat.batch_size, held.wanted, held.port->interface_index(), held.covered);
    for (const WirePort* port : {held.port, held.other_port}) {
      if (port == nullptr) continue;
      remove_address_request(remove, ++seat.remove_size, held.wanted.address, held.wanted.prefix_length, port->interface_index());
    }
  }
  add.acknowledge_last();
  remove.acknowledge_last();
  seat.add_batch.assign(add.bytes().begin(), add.bytes().end());
  seat.remove_batch.assign(remove.bytes().begin(), remove.bytes().end());
  if (seat.state == State::open) tell_guardian(seat, true);
}

// Carries out one request that has sequence 1; returns the kernel's verdict.
int AddressKeeper::request(const NetlinkBatch& one) {
  NetlinkBatch asked = one;
  asked.acknowledge_last();
  int verdict = 0;
  const int sent = requests_->send(asked.bytes());
  if (sent != 0) return sent;
  const int failed = requests_->collect(1, [&](const NetlinkNews& answer) { verdict = answer.error; });
  return failed != 0 ? failed : verdict;
}

void AddressKeeper::report(EventKind kind, const HeldSeat& seat, const HeldAddress& held, bool flag, std::uint64_t value,
                           std::uint64_t now_ns) const {
  EngineEvent event;
  event.kind = kind;
  event.seat = seat.order.seat;
  event.address = held.index;
  event.flag = flag;
  event.epoch = seat.order.epoch;
  event.at_ns = now_ns;
  event.value = value;
  outside_.report(event);
}

std::uint64_t AddressKeeper::next_deadline_ns() const {
  std::uint64_t next = next_egress_ns_;
  for (const HeldSeat& seat : seats_) {
    next = std::min({next, seat.next_announcement_ns, seat.next_probe_ns, seat.probe_until_ns, seat.close_again_ns, seat.leaving.next_ns()});
    if (seat.state != State::open) continue;
    for (const HeldAddress& held : seat.addresses) next = std::min(next, held.retry_ns);
  }
  return next;
}

}  // namespace heartwire
