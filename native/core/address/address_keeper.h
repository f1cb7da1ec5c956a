// What the address thread knows and does, without the thread: which seats are open, what is announced when, what to
// do about deletions, strays and other holders. Called from one thread; the time is an argument.
//
//   address_keeper.cc     which addresses and interfaces there are; everything is prepared here
//   address_orders.cc     open and close: what a takeover does
//   address_adapters.cc   from the service adapter to the standby one, and the routes of answers
//   address_egress.cc     how long what they send waits in the interfaces' queues
//   address_watch.cc      what the kernel tells: deleted addresses, strays, interfaces that come and go
//   address_conflicts.cc  what other hosts tell: probing, defending
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/address/address_thread.h"
#include "core/address/egress_backlog.h"
#include "core/address/held_address.h"
#include "core/address/source_routes.h"
#include "core/address/strict_arp.h"
#include "core/net/netlink_socket.h"

namespace heartwire {

class AddressKeeper {
 public:
  struct Outside {
    std::function<void(const AddressDone&)> answer;
    std::function<void(const EngineEvent&)> report;
    std::function<bool(std::uint8_t seat)> overruled;  // a later order for this seat has come
    std::function<void(int descriptor)> wait_on;       // a socket was opened; closing it ends the waiting
  };
  AddressKeeper(const AddressOptions& options, Outside outside);

  // Opens its netlink sockets. Returns 0 or an errno.
  int open();
  void set_addresses(std::vector<VirtualAddress> addresses, std::uint64_t now_ns);
  void carry_out(const AddressOrder& order, std::uint64_t now_ns);
  // An order that a later one for the same seat has overtaken: answered, not carried out.
  void answer_overtaken(const AddressOrder& order);
  // As AddressThread::use_standby().
  void use_standby(std::uint8_t networks, std::uint64_t now_ns);
  void hear_kernel(std::uint64_t now_ns);
  void hear_neighbours(std::uint64_t now_ns);
  void on_time(std::uint64_t now_ns);
  void close_all();
  std::uint64_t next_deadline_ns() const;

 private:
  using State = HeldSeat::State;
  // Preparing.
  int read_links();
  bool stays(const std::array<std::vector<HeldAddress>, kSeatsMax>& now_held, const VirtualAddress& old) const;
  void open_ports();
  void attach_ports();
  void prepare_batches(HeldSeat& seat);
  // Carrying out.
  void tell_unqueued(const AddressOrder& question);
  void prepare_seat(HeldSeat& seat);
  void drop_prepared();
  void open_seat(HeldSeat& seat, std::uint64_t now_ns);
  int add_all(HeldSeat& seat, bool announced = true);
  void close_for_good(HeldSeat& seat, std::uint64_t now_ns);
  bool fall_silent(HeldSeat& seat, std::uint64_t now_ns);
  void note_egress(HeldSeat& seat, std::uint64_t now_ns);
  void closed_for_good(HeldSeat& seat, std::uint64_t now_ns);
  bool close_seat(HeldSeat& seat);
  void let_go(const HeldSeat& seat) const;
  void tell_guardian(const HeldSeat& seat, bool on) const;
  void announce(const HeldSeat& seat) const;
  void announce_again(HeldSeat& seat, std::uint64_t now_ns) const;  // after 1, 10, 100 ms and 1 s
  int request(const NetlinkBatch& one);
  // Egress queues.
  void watch_egress(std::uint64_t now_ns);
  void read_egress(int interface_index, EgressBacklog& backlog, std::uint64_t now_ns);
  void tell_egress(HeldSeat& seat, std::uint64_t drain_ns) const;
  // Two adapters.
  bool belongs_on_standby(const VirtualAddress& configured) const;
  void move_to_other_adapter(HeldSeat& seat, std::uint64_t now_ns);
  void learn_gateways();
  void steer();
  // Keeping.
  void sweep(std::uint64_t now_ns);
  void hear_link(const NetlinkNews& news, std::uint64_t now_ns);
  void hear_address(const NetlinkNews& news, std::uint64_t now_ns);
  void reopen_port(const std::string& interface, std::uint64_t now_ns);
  void hear_carrier(const WirePort& port, std::uint64_t now_ns);
  void mark_missing(HeldAddress& held, std::uint64_t now_ns);
  void put_back(HeldSeat& seat, HeldAddress& held, std::uint64_t now_ns);
  void put_back_due(std::uint64_t now_ns);
  void remove_stray(const NetlinkNews& news, HeldSeat& seat, const HeldAddress& held, std::uint64_t now_ns);
  // Other hosts.
  void listen_where_needed();
  void start_probing(HeldSeat& seat, std::uint64_t now_ns);
  void probe_due(HeldSeat& seat, std::uint64_t now_ns);
  void hear_claim(const NeighbourClaim& claim, const WirePort& port, std::uint64_t now_ns);
  void probe_conflict(HeldSeat& seat, const HeldAddress& held, const NeighbourClaim& claim, std::uint64_t now_ns);
  void report(EventKind kind, const HeldSeat& seat, const HeldAddress& held, bool flag, std::uint64_t value, std::uint64_t now_ns) const;

  const AddressOptions options_;
  const Outside outside_;
  std::unique_ptr<NetlinkRequests> requests_;
  std::unique_ptr<NetlinkWatch> watch_;
  std::map<std::string, std::unique_ptr<WirePort>> ports_;  // by interface; null: there is none now
  std::map<int, Mac> own_macs_;                             // by interface index: a second NIC on the wire is no other holder
  std::array<HeldSeat, kSeatsMax> seats_;
  KernelSettings settings_;
  SourceRoutes routes_;
  std::uint8_t on_standby_ = 0;                             // networks, a bit each
  std::map<int, EgressBacklog> egress_;                     // by interface index, of those that open seats answer on
  std::uint64_t next_egress_ns_ = UINT64_MAX;
  bool sweep_due_ = false;
};

}  // namespace heartwire
