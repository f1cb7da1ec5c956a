// The address thread adds, announces and removes the virtual addresses of this node's seats, and keeps them as
// ordered: what other software deletes it puts back (X6), what stands on a seat that this node does not own it
// removes. A thread of its own, since rtnetlink takes the kernel's RTNL lock, which others may hold for 100 ms; the
// beat thread only pushes an order into a ring. The last order of a seat wins; epochs never go back.
//
//   beat thread ──AddressOrder──▶ address thread ──AddressDone──▶ beat thread
//   JavaScript ──set_addresses──▶        └──EngineEvent (address_*)──▶ JavaScript
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/address/address_types.h"
#include "core/net/link.h"
#include "core/rt/thread.h"

namespace heartwire {

struct GuardianPage;  // core/guard/guardian_page.h
class KernelGuard;    // core/guard/kernel_guard.h

struct AddressOptions {
  int priority = 49;                  // SCHED_FIFO 1-99, below the beat thread's; 0: ordinary scheduling
  std::vector<int> affinity;          // CPU numbers; empty: any
  std::uint32_t probe_ms = 200;       // 0-10000: look for a duplicate this long at first acquisition; 0: do not
  bool open_despite_conflict = false; // a duplicate found by the probe is reported, and the address added all the same
  bool arp_strict = true;             // arp_ignore=1, arp_announce=2, promote_secondaries=1 on the interfaces; put back at stop
  bool keep_on_stop = false;          // leave what is held where it is
  KernelGuard* guard = nullptr;       // keeps the addresses silent without a lease; null: there is none
  // Called on the address thread: what an open seat's addresses send now leaves so much later (0: at once). Empty: not measured.
  std::function<void(std::uint8_t seat, std::uint64_t drain_ns)> egress_sink;
  GuardianPage* guardian = nullptr;   // is told what to take off should this process die; null: nobody is
};

class AddressThread {
 public:
  using Answer = std::function<bool(const AddressDone&)>;  // called on the address thread; false: not now, it is asked again
  using Notify = std::function<void()>;                    // called on the address thread: events wait

  // Null when the kernel refuses netlink; `error` says why. `report` tells which scheduling was got.
  static std::unique_ptr<AddressThread> start(const AddressOptions& options, Answer answer, Notify notify, ThreadReport& report,
                                              LinkError& error);
  ~AddressThread();  // stops, restores what arp_strict changed
  // JavaScript thread; idempotent. Removes what it holds (unless keep_on_stop) and joins. The beat thread may go on to
  // give orders; nobody carries them out any more.
  void stop();

  // Beat thread; takes no lock and allocates nothing. False: the ring is full.
  bool order(const AddressOrder& order);
  // Beat thread, as order(): the networks whose addresses belong on their standby adapter, a bit each (R9). The newest counts.
  void use_standby(std::uint8_t networks);
  // JavaScript thread: all virtual addresses of all seats. What is new on an open seat is added at once, what is not
  // named any more is removed at once. Returns what is wrong with them, for people; then nothing changes. Empty: accepted.
  std::string set_addresses(std::vector<VirtualAddress> addresses);
  // JavaScript thread. `address` of the event is the index in what was given to set_addresses().
  bool next_event(EngineEvent& event);
  std::uint64_t events_dropped() const;

 private:
  struct Parts;
  explicit AddressThread(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace heartwire
