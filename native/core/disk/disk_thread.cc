// See disk_thread.h; what is read and written is decided in disk_voter.cc.
#include "core/disk/disk_thread.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/disk/disk_voter.h"
#include "core/rt/clock.h"
#include "core/rt/thread.h"
#include "core/rt/wake.h"

namespace heartwire {

namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000, kOpenAgainMs = 1000, kLookMs = 1000;
constexpr auto kStopPatience = std::chrono::milliseconds(500);
constexpr int kWishBits = 2;

std::uint64_t packed(const DiskOrder& order) { return order.epoch << kWishBits | static_cast<std::uint64_t>(order.wish); }
DiskOrder unpacked(std::uint64_t word) { return {static_cast<DiskWish>(word & ((1u << kWishBits) - 1)), word >> kWishBits}; }

DiskVoter::Self self_of(const DiskOptions& options) {
  const std::uint64_t quiet_until_ns = boot_time_ns() + std::uint64_t{options.lease_us} * 1000;
  return {options.identity.cluster_id, options.boot, options.identity.node_id, options.lease_us, quiet_until_ns};
}

}  // namespace

// Shared with a thread that may hang: whoever ends last frees it.
struct DiskThread::Parts {
  Parts(const DiskOptions& chosen, Answer to_engine) : options(chosen), answer(std::move(to_engine)), voter(self_of(chosen)) {}
  void run();
  void rest(std::uint64_t until_ns);
  bool opened();
  bool carry_out_timed(const DiskIo& io, DiskRecord& record);
  void carry_out(const DiskIo& io);
  void wait_and_look();
  void note(const std::string& error);

  const DiskOptions options;
  Answer answer;
  std::atomic<std::uint64_t> order{0};
  std::atomic<std::uint64_t> worst_io_us{0}, io_since_ns{0};
  std::atomic<bool> stopping{false};
  Wake wake;
  mutable std::mutex mutex;           // of what follows; the beat thread never takes it
  std::condition_variable ended;
  bool has_ended = false;
  std::string trouble;
  DiskVoter voter;                    // the thread's own, like the device
  std::unique_ptr<DiskDevice> device;
};

void DiskThread::Parts::note(const std::string& error) {
  const std::lock_guard lock(mutex);
  trouble = error;
}

void DiskThread::Parts::rest(std::uint64_t until_ns) {
  const std::uint64_t now_ns = boot_time_ns();
  const std::uint64_t wait_ms = until_ns <= now_ns ? 0 : (until_ns - now_ns) / kNsPerMs + 1;
  pollfd waiting{wake.descriptor(), POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(wait_ms)) > 0) wake.clear();
}

bool DiskThread::Parts::opened() {
  if (device != nullptr) return true;
  std::string error;
  device = DiskDevice::open(options.path, options.identity, error);
  note(error);
  return device != nullptr;
}

bool DiskThread::Parts::carry_out_timed(const DiskIo& io, DiskRecord& record) {
  std::string error;
  const std::uint64_t began_ns = boot_time_ns();
  io_since_ns.store(began_ns, std::memory_order_relaxed);
  const bool ok = io.kind == DiskIo::Kind::write ? device->write(io.record, error) : device->read(io.kind == DiskIo::Kind::read_own, record, error);
  const std::uint64_t took_us = (boot_time_ns() - began_ns) / 1000;
  io_since_ns.store(0, std::memory_order_relaxed);
  worst_io_us.store(std::max(worst_io_us.load(std::memory_order_relaxed), took_us), std::memory_order_relaxed);
  note(error);
  if (!ok) device.reset();  // it may be another one when it comes back
  return ok;
}

void DiskThread::Parts::carry_out(const DiskIo& io) {
  DiskRecord record;
  const bool ok = carry_out_timed(io, record);
  const std::optional<DiskAnswer> result = voter.done(ok, record, boot_time_ns());
  const std::lock_guard lock(mutex);
  if (result && !stopping.load(std::memory_order_relaxed)) answer(*result);
}

// While nobody needs the disk it is read now and then, so that its failure is known before.
void DiskThread::Parts::wait_and_look() {
  const std::uint64_t look_ns = boot_time_ns() + kLookMs * kNsPerMs;
  rest(std::min(voter.due_ns(), look_ns));
  DiskRecord record;
  if (boot_time_ns() >= look_ns) carry_out_timed({DiskIo::Kind::read_other, {}}, record);
}

void DiskThread::Parts::run() {
  while (!stopping.load(std::memory_order_acquire)) {
    if (!opened()) {
      rest(boot_time_ns() + kOpenAgainMs * kNsPerMs);
      continue;
    }
    voter.order(unpacked(order.load(std::memory_order_acquire)), boot_time_ns());
    const DiskIo io = voter.next(boot_time_ns());
    if (io.kind != DiskIo::Kind::none) carry_out(io);
    else wait_and_look();
  }
  const std::lock_guard lock(mutex);
  has_ended = true;
  ended.notify_all();
}

std::unique_ptr<DiskThread> DiskThread::start(const DiskOptions& options, Answer answer) {
  auto parts = std::make_shared<Parts>(options, std::move(answer));
  ThreadOptions scheduling;
  scheduling.name = "heartwire-disk";
  ThreadReport report;
  std::thread thread = start_thread(scheduling, [parts] { parts->run(); }, report);
  if (!thread.joinable()) return nullptr;
  thread.detach();
  return std::unique_ptr<DiskThread>(new DiskThread(std::move(parts)));
}

void DiskThread::stop() {
  std::unique_lock lock(parts_->mutex);  // from here on it answers nobody
  if (parts_->stopping.exchange(true)) return;
  parts_->wake.signal();
  parts_->ended.wait_for(lock, kStopPatience, [this] { return parts_->has_ended; });
}

void DiskThread::order(const DiskOrder& order) {
  parts_->order.store(packed(order), std::memory_order_release);
  parts_->wake.signal();
}

DiskHealth DiskThread::health() const {
  DiskHealth health;
  const std::uint64_t since_ns = parts_->io_since_ns.load(std::memory_order_relaxed);
  const std::uint64_t now_ns = boot_time_ns();
  if (since_ns != 0 && now_ns > since_ns) health.waiting_us = (now_ns - since_ns) / 1000;
  health.worst_io_us = std::max(parts_->worst_io_us.load(std::memory_order_relaxed), health.waiting_us);
  const std::lock_guard lock(parts_->mutex);
  health.error = parts_->trouble;
  return health;
}

}  // namespace heartwire
