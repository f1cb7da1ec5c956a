// One virtual address and one seat, as the address thread keeps them: everything that a takeover sends is built when
// the configuration or an interface changes.
#pragma once
#include <cstdint>
#include <vector>

#include "core/address/address_types.h"
#include "core/address/egress_queue.h"
#include "core/address/wire_port.h"

namespace heartwire {

struct HeldAddress {
  VirtualAddress wanted;
  std::uint16_t index = 0;              // in what set_addresses() was given
  const WirePort* port = nullptr;       // null: there is no such interface now
  const WirePort* other_port = nullptr; // of the adapter that is not in use; null: there is none
  bool covered = false;                 // see add_address_request()
  bool other_covered = false;
  bool on_standby = false;              // `wanted` has the two interfaces exchanged
  std::vector<NeighbourFrame> announcements, probes;

  // While the seat is open:
  std::uint64_t missing_since_ns = 0;   // 0: it is there
  std::uint64_t retry_ns = UINT64_MAX;
  bool told_missing = false;            // that it cannot be put back yet
  bool never_there = false;             // added to an open seat, and that failed: nobody deleted it
  std::uint64_t put_back_ns = 0;        // when this was done last
  std::uint64_t conflict_told_ns = 0;   // when another holder was reported last
};

struct HeldSeat {
  enum class State : std::uint8_t { closed, probing, prepared /* on, behind a guard that is closed */, open, closing /* the kernel refused: tried again, or what was sent has to leave */ } state = State::closed;
  AddressOrder order{};                 // the last one
  std::vector<HeldAddress> addresses;
  std::vector<std::uint8_t> add_batch, remove_batch;  // all addresses; sequences count from 1
  std::uint32_t batch_size = 0;         // requests in add_batch
  std::uint32_t remove_size = 0;        // in remove_batch, which clears the adapter that is not in use too
  bool elsewhere = false;               // an address may also be on with another prefix or interface: look after closing

  std::uint64_t announced_ns = 0;       // the first announcement
  unsigned announced = 0;               // those made after it
  std::uint64_t next_announcement_ns = UINT64_MAX;
  std::uint64_t probe_until_ns = UINT64_MAX, next_probe_ns = UINT64_MAX;
  std::uint64_t close_again_ns = UINT64_MAX;
  std::uint64_t egress_told_ns = 0;     // to the beat thread
  EgressQueues leaving;                 // what was sent before the addresses went off
};

}  // namespace heartwire
