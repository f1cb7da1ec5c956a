// The memory that the kernel guard's programs read, as its writers see it. Each word has one kind of writer, and a plain
// store is all that it takes, so nobody waits for anybody:
//
//   cells   the beat thread: when the lease ends. A takeover takes a fresh one; nobody reads the old one any more. 0: released.
//   seats   the address thread, and the guardian once the daemon is dead: which cell counts, or none.
//
// So a beat thread that was stopped in the middle of a store opens nothing that was closed meanwhile (safety.md, 'Leases' 8).
#pragma once
#include <cstdint>

#include "core/heartbeat/engine_types.h"

namespace heartwire {

class GuardCells {
 public:
  static GuardCells map(int seats, int cells);  // null views where a descriptor is -1 or the kernel refuses
  static constexpr std::size_t kSeatBytes = kSeatsMax * sizeof(std::uint64_t);
  static constexpr std::size_t kCellBytes = kGuardCells * sizeof(std::uint64_t);
  void unmap();
  bool mapped() const { return seats_ != nullptr; }

  // Beat thread. CLOCK_BOOTTIME, ns.
  void set_expiry(std::uint16_t cell, std::uint64_t expiry_ns) { store(cells_ + cell % kGuardCells, expiry_ns); }

  // Address thread, guardian. Open before the address is on; closed before it goes; let go when it is off.
  void open(std::uint8_t seat, std::uint16_t cell) { store(seats_ + seat, kFirstCell + cell % kGuardCells); }
  void close(std::uint8_t seat) { store(seats_ + seat, kClosed); }
  void let_go(std::uint8_t seat) { store(seats_ + seat, kNotHeld); }
  bool held(std::uint8_t seat) const { return __atomic_load_n(seats_ + seat, __ATOMIC_ACQUIRE) != kNotHeld; }

 private:
  static constexpr std::uint64_t kNotHeld = 0, kClosed = 1, kFirstCell = 2;  // as in guard.bpf.c
  static void store(std::uint64_t* word, std::uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
  std::uint64_t* seats_ = nullptr;
  std::uint64_t* cells_ = nullptr;  // null in the guardian, which has no leases
};

}  // namespace heartwire
