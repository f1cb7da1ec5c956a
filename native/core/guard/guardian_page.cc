// See guardian_page.h.
#include "core/guard/guardian_page.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace heartwire {

bool GuardianSeat::hold(std::span<const std::uint8_t> batch, std::uint32_t requests) {
  if (batch.size() > kRemovalBytesMax) return false;
  const std::uint32_t next = in_force.load(std::memory_order_relaxed) == 1 ? 1 : 0;
  GuardianRemoval& removal = removals[next];
  removal.requests = requests;
  removal.bytes = static_cast<std::uint32_t>(batch.size());
  std::copy(batch.begin(), batch.end(), removal.batch.begin());
  in_force.store(next + 1, std::memory_order_release);
  return true;
}

bool GuardianPage::set_notice(std::uint16_t peer_id, std::uint8_t link_id, const sockaddr_storage& address,
                              std::uint32_t address_bytes, std::span<const std::uint8_t> frame) {
  GuardianNotice* place = nullptr;
  for (GuardianNotice& notice : notices) {
    if (notice.peer_id == peer_id && notice.link_id == link_id) place = &notice;
    if (place == nullptr && notice.peer_id == 0) place = &notice;
    if (place != nullptr) break;
  }
  if (place == nullptr) return false;
  place->ready.store(0, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_release);
  if (frame.size() != kNoticeBytes || address_bytes == 0) return true;
  place->peer_id = peer_id;
  place->link_id = link_id;
  place->address = address;
  place->address_bytes = address_bytes;
  std::copy(frame.begin(), frame.end(), place->frame.begin());
  place->ready.store(1, std::memory_order_release);
  return true;
}

int prepare_guardian_page(GuardianPage& page) {
  new (&page) GuardianPage;
  pthread_mutexattr_t attributes;
  int error = pthread_mutexattr_init(&attributes);
  if (error != 0) return error;
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  for (pthread_mutex_t& mutex : page.alive) {
    if (error == 0) error = pthread_mutex_init(&mutex, &attributes);
  }
  pthread_mutexattr_destroy(&attributes);
  return error;
}

// A guardian that was started anew may hold it for a moment; the thread waits then, before its work begins.
GuardianLife::GuardianLife(GuardianPage* page, LifeOf whose) {
  if (page == nullptr) return;
  pthread_mutex_t* mutex = &page->alive[static_cast<std::size_t>(whose)];
  const int error = pthread_mutex_lock(mutex);
  if (error == EOWNERDEAD) pthread_mutex_consistent(mutex);
  if (error == 0 || error == EOWNERDEAD) mutex_ = mutex;
}

GuardianLife::~GuardianLife() {
  if (mutex_ != nullptr) pthread_mutex_unlock(mutex_);
}

void set_guardian_state(GuardianPage& page, GuardianState state) {
  page.state.store(state, std::memory_order_release);
  syscall(SYS_futex, &page.state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace heartwire
