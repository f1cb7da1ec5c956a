// The plain records that cross the border of the engine: commands in, orders and events out. All are
// trivially copyable so that they pass through preallocated rings between threads.
#pragma once
#include <cstdint>
#include <type_traits>

#include "core/disk/disk_order.h"
#include "core/net/link_address.h"
#include "core/wire/frame.h"

namespace heartwire {

struct StatisticsPage;  // core/heartbeat/statistics_page.h

struct EngineIdentity {
  std::uint64_t cluster_id = 0;
  std::uint16_t node_id = 0;           // 1-65535
  std::uint64_t boot = 0;
  bool xml = false;                    // beats in 002's XML form (C6)
  bool relays = false;                 // passes beats on, and has its own passed on where a peer is silent (X4)
  std::uint8_t planted_bug = 0;        // simulation builds only; 0: none
};

enum class NicPolicy : std::uint8_t { last = 0, first = 1 };

// ---- commands -------------------------------------------------------------------------------------
enum class CommandKind : std::uint8_t {
  set_timing = 1,     // timing: cluster-wide defaults
  set_link,           // link: a path exists here / its carrier changed
  set_link_offline,   // offline: its silence is nobody's failure, since it is about to go
  drop_link,          // offline.link_id: the configuration has it no more; what was heard on it is forgotten
  set_peer,           // peer: add or change a peer
  confirm_timing,     // confirm: say when this peer and we agree on the interval of our beats (P3)
  remove_peer,        // peer.node_id
  set_peer_path,      // path: the proven address of a peer on one link
  set_voters,         // voters
  set_register,       // reg: reserved epoch, voting on or off, quiet time
  set_seat,           // seat: lease length, network, whether JavaScript wants it kept
  set_orders,         // orders: standing orders for a seat (replaces, if newer)
  stand,              // seat_act: candidate for seat at once, under installed orders (JavaScript's election)
  release,            // seat_act: planned move or resignation; successor 0: nobody
  address_done,       // address: the address thread's answer to an order
  renew_liveness,     // live: JavaScript lives until `until_ns`
  disk_answer,        // disk: what became of an order to the shared disk
  set_egress,         // egress: what stands in the way out of a seat's answers
};

struct SetTiming { std::uint32_t interval_us; std::uint32_t timeout_us; std::uint32_t liveness_timeout_ms; NicPolicy nic_policy;
                   bool release_stalled = false; /* give seats up while JavaScript is late */
                   std::uint32_t answer_us = 0; /* a peer that answers none of our beats for so long has failed; 0: that is not judged */ };
struct SetLink { std::uint8_t link_id; bool present; bool carrier; std::uint8_t network; std::uint32_t interval_us_min; /* slow paths; 0 */
                 std::uint8_t standby_for = 255; /* network that this one is the standby adapter of; 255: none */ };
struct SetLinkOffline { std::uint8_t link_id; bool offline; };
struct SetPeer { std::uint16_t node_id; bool beat;  /* we send beats to it */ bool watch; /* verdicts wanted */
                 std::uint32_t interval_us; std::uint32_t timeout_us; std::uint32_t answer_us = 0; /* each 0: cluster's */ };
struct ConfirmTiming { std::uint16_t node_id; std::uint32_t token; /* comes back in the event */ };
struct SetPeerPath { std::uint16_t node_id; std::uint8_t link_id; LinkAddress address; };
struct SetVoters { std::uint16_t set_number; std::uint8_t count; std::uint8_t quorum; /* votes needed, self included */ std::uint16_t ids[kVotersMax];
                   std::uint16_t witness; /* the voter that is asked only where the others do not suffice; 0: none */
                   bool disk; /* a shared disk is that voter: the last of ids, where 0 stands for it */ };
struct SetRegister { std::uint8_t seat; bool voting; std::uint64_t promised_epoch; /* raises only */ std::uint64_t reserved_epoch; /* raises only */
                     std::uint64_t quiet_until_ns; std::uint32_t lease_us_max; /* longest that may be granted (is on disk) */ };
struct SetSeat { std::uint8_t seat; bool exists; std::uint32_t lease_us; std::uint8_t network; /* link must be fit to ask; 255: any */
                 std::uint32_t round_trip_us; /* successor k waits k x (this + margin) */ };
struct SetOrders { std::uint8_t seat; std::uint8_t count; std::uint64_t orders_id; std::uint64_t base_epoch; std::uint16_t chain[8]; /* chain[k] may take base_epoch + 1 + k */ };
struct SeatAct { std::uint8_t seat; std::uint16_t successor; };
struct AddressDone { std::uint8_t seat; std::uint64_t epoch; bool open; /* added, else removed */ bool failed; std::int32_t error; /* failed: errno; EADDRINUSE: the probe found another holder */
                     bool silent = false; /* removed: not yet, but the kernel guard is closed and nothing waits to leave; removed follows */
                     bool told = false; /* answers `asks` or `prepares`: nothing was opened or closed */ bool unqueued = false; /* told: what is sent leaves at once */ };
struct SetEgress { std::uint8_t seat; std::uint64_t drain_ns; /* what is sent now leaves so much later; 0: at once */ };
struct RenewLiveness { std::uint64_t until_ns; };

struct EngineCommand {
  CommandKind kind;
  union {
    SetTiming timing; SetLink link; SetLinkOffline offline; SetPeer peer; ConfirmTiming confirm; SetPeerPath path; SetVoters voters; SetRegister reg; SetSeat seat;
    SetOrders orders; SeatAct seat_act; AddressDone address; RenewLiveness live; DiskAnswer disk; SetEgress egress;
  };
  EngineCommand() : kind{}, live{} {}
};
static_assert(std::is_trivially_copyable_v<EngineCommand>);

// ---- orders to the address thread -------------------------------------------------------------------
// open: add and announce all addresses of the seat, in one batch. close: remove them. Always answered by an
// address_done command with the same seat and epoch; behind a kernel guard a close is answered twice (silent, then removed).
struct AddressOrder { std::uint8_t seat; bool open; bool first_acquisition; /* probe for a duplicate */ std::uint64_t epoch; std::uint64_t decided_ns;
                      std::uint16_t cell = 0; /* open: where the kernel guard finds the end of the lease */
                      bool prepares = false; /* behind the closed guard, and unannounced: put on (open), or taken off again where no order to open came */
                      bool asks = false; /* changes nothing: would a closed guard be all that it takes to be silent? */ };
inline constexpr std::uint16_t kGuardCells = 256;  // a takeover takes the next one

// Why an owner gives its seat up by itself.
enum class Unfitness : std::uint8_t { stalled = 1, no_carrier = 2, hears_nobody = 3, unheard = 4 };

// ---- events to JavaScript -----------------------------------------------------------------------------
enum class EventKind : std::uint8_t {
  node_up = 1,        // node; first valid beat or ACK, or back
  node_down,          // node; silent on all links (policy last) for its time-out; value: last heard (ns)
  link_up, link_down, // node, link
  carrier,            // link; flag: has carrier
  interface_gone,     // link
  seat_acquired,      // seat, epoch; value: decided_ns (when votes sufficed)
  seat_open,          // seat, epoch; addresses are on and announced; value: done_ns
  seat_lapsed,        // seat, epoch; no majority renews; addresses are being removed
  seat_regained,      // seat, epoch; the same epoch granted again
  seat_released,      // seat, epoch; closed, and the voters told
  seat_failed,        // seat, epoch; the address could not be added; value: errno
  seat_closed,        // seat, epoch; addresses are off
  holder_changed,     // seat, epoch, node: a valid claim with a higher epoch was heard
  asked,              // seat, epoch, node: somebody asks; value: our Answer
  refused,            // seat, epoch: our asks fail; node: who; value: its Answer
  reserve_needed,     // seat; epoch: the voter was asked above its reserved epoch
  unfit,              // this observer was late beyond a time-out; value: lateness (ns)
  peer_stalled,       // node; flag
  duplicate_node,     // node: two incarnations at once
  peer_serves,        // node; value: networks that it can serve on, a bit each, as its beats say; told when it changes
  seat_unfit,         // seat, epoch: its owner serves nobody, and gives it to another; value: Unfitness
  address_deleted,    // address; other software deleted it; flag 1: put back, value: ns away; flag 0: cannot be yet, value: errno
  address_conflict,   // address; another holder, value: its MAC; flag 1: found by the probe at first acquisition
  address_stray,      // address; found on a seat that is not ours, and removed
  timing_agreed,      // node; it has applied the interval of our beats to it (P3), or is not beaten; value: the token
  adapter_switched,   // link; addresses of its network (flag: of the network that it stands by for) go to its interface
  late,               // thread woke late by more than half an interval; value: ns
};

struct EngineEvent {
  EventKind kind{};
  std::uint8_t link = 0;
  std::uint8_t seat = 0;
  std::uint8_t flag = 0;
  std::uint16_t node = 0;
  std::uint16_t address = 0;   // address_*: its index in what set_addresses() was given
  std::uint64_t epoch = 0;
  std::uint64_t at_ns = 0;     // CLOCK_BOOTTIME
  std::uint64_t value = 0;
};
static_assert(std::is_trivially_copyable_v<EngineEvent>);

}  // namespace heartwire
