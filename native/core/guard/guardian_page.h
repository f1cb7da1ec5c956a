// What the daemon leaves to its guardian: one page of shared memory (a memfd), written by the daemon's threads while they
// live, read by the guardian once they are dead. Everything in it is prepared: the guardian removes and sends bytes that
// it does not understand. Whoever writes an entry takes it back first, so that a death in the middle leaves none.
#pragma once
#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "core/wire/frame.h"

namespace heartwire {

// `armed` from the moment that the beat thread holds its mutex until just before it ends as it should.
enum class GuardianState : std::uint32_t { starting = 0, armed = 1, stopping = 2 };

// The threads whose death is the daemon's. The address thread counts too: killed in the kernel, where it waits for the
// RTNL lock, it still adds its addresses once it gets the lock, and only then it dies.
enum class LifeOf : std::uint8_t { beat_thread = 0, address_thread = 1 };

inline constexpr std::size_t kRemovalBytesMax = 8192;  // of all addresses of a seat
inline constexpr std::size_t kNoticesMax = 512;        // one a peer and link
inline constexpr std::size_t kNoticeBytes = kHeaderBytes + kTagBytes;

struct GuardianRemoval {
  std::uint32_t requests = 0;       // their sequences count from 1; the last one asks for an answer
  std::uint32_t bytes = 0;
  std::array<std::uint8_t, kRemovalBytesMax> batch{};
};

struct GuardianSeat {
  std::atomic<std::uint32_t> in_force{0};    // 0: no address is on; else 1 + the removal that counts
  std::atomic<std::uint64_t> expiry_ns{0};   // of the lease, CLOCK_BOOTTIME; 0: not known
  std::atomic<std::uint64_t> egress_ns{0};   // what its addresses send leaves so much later; the address thread's
  std::array<GuardianRemoval, 2> removals;   // the one that does not count is written

  // Address thread. What takes the addresses off again; called before they are put on. False: too long.
  bool hold(std::span<const std::uint8_t> batch, std::uint32_t requests);
  void let_go() { in_force.store(0, std::memory_order_release); }
};

struct GuardianNotice {
  std::atomic<std::uint32_t> ready{0};
  std::uint16_t peer_id = 0;
  std::uint8_t link_id = 0;
  std::uint32_t address_bytes = 0;
  sockaddr_storage address{};
  std::array<std::uint8_t, kNoticeBytes> frame{};
};

struct GuardianPage {
  std::atomic<GuardianState> state{GuardianState::starting};
  std::atomic<std::uint32_t> crashing{0};  // the thread that has met the signal of a crash (crash_mark.h); 0: none
  pthread_mutex_t alive[2];         // robust, process-shared; by LifeOf
  std::array<GuardianSeat, kSeatsMax> seats;
  std::array<GuardianNotice, kNoticesMax> notices;

  // Beat thread. An empty frame: there is none any more. False: no room.
  bool set_notice(std::uint16_t peer_id, std::uint8_t link_id, const sockaddr_storage& address, std::uint32_t address_bytes,
                  std::span<const std::uint8_t> frame);
};

// Makes a page in fresh shared memory; 0 or an errno.
int prepare_guardian_page(GuardianPage& page);

// Held by a thread from its first to its last line: its death without leaving is what the guardian waits for.
class GuardianLife {
 public:
  GuardianLife(GuardianPage* page, LifeOf whose);  // null: no guardian
  ~GuardianLife();
  GuardianLife(const GuardianLife&) = delete;
  GuardianLife& operator=(const GuardianLife&) = delete;

 private:
  pthread_mutex_t* mutex_ = nullptr;
};

// Changes the state and wakes a guardian that waits for it.
void set_guardian_state(GuardianPage& page, GuardianState state);

}  // namespace heartwire
