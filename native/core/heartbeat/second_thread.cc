// See second_thread.h.
#include "core/heartbeat/second_thread.h"

#include <poll.h>

#include <algorithm>

#include "core/rt/clock.h"

namespace heartwire {

Processors split_processors(const std::vector<int>& allowed, const std::vector<int>& wanted) {
  Processors split;
  if (wanted.empty() && allowed.size() > 1) {
    split = {{allowed.begin(), allowed.end() - 1}, {allowed.back()}};
  } else if (!wanted.empty()) {
    split.first = wanted;
    std::copy_if(allowed.begin(), allowed.end(), std::back_inserter(split.second),
                 [&](int processor) { return std::find(wanted.begin(), wanted.end(), processor) == wanted.end(); });
  }
  return split;
}

SecondThread::SecondThread(const EngineIdentity& self, std::shared_ptr<StatisticsPage> page, const std::atomic<std::uint64_t>& due_ns,
                           const Wake& put_down)
    : page_(std::move(page)), due_ns_(due_ns), put_down_(put_down), beats_(self, *this, *page_) {}

void SecondThread::stop() {
  stopping_.store(true, std::memory_order_release);
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

SecondThread::~SecondThread() {
  stop();
  SessionHandover handover{};
  while (handovers_.pop(handover)) delete handover.session;
  PassedTwin twin;
  while (passed_links_.pop(twin)) delete twin.link;
  while (put_down_links_.pop(twin)) delete twin.link;
  PeerSession* session = nullptr;
  while (put_down_sessions_.pop(session)) delete session;
}

void SecondThread::start(const ThreadOptions& options, ThreadReport& report) {
  thread_ = start_thread(options, [this] { run(); }, report);
}

bool SecondThread::handover(const SessionHandover& handover) {
  const bool taken = handovers_.push(handover);
  wake_.signal();
  return taken;
}

bool SecondThread::pass_link(const PassedTwin& twin) {
  const bool taken = passed_links_.push(twin);
  wake_.signal();
  return taken;
}

void SecondThread::send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  if (links_[link_id] == nullptr) return;
  links_[link_id]->stage(to, frame);
  staged_ |= 1u << link_id;
}

void SecondThread::flush() {
  for (; staged_ != 0; staged_ &= staged_ - 1) links_[__builtin_ctz(staged_)]->flush();
}

void SecondThread::take() {
  PassedTwin twin;
  while (passed_links_.pop(twin)) {
    Link* const old = links_[twin.link_id].release();
    links_[twin.link_id].reset(twin.link);
    if (old != nullptr || twin.link == nullptr) put_down_links_.push({twin.link_id, old});
    put_down_.signal();
  }
  SessionHandover handover{};
  while (handovers_.pop(handover)) {
    if (handover.path) beats_.set_path(handover.peer_id, handover.link_id, handover.beat_address);
    if (handover.session == nullptr) continue;
    PeerSession* old = beats_.exchange_session(handover.session);
    if (old != nullptr && put_down_sessions_.push(old)) put_down_.signal();
  }
}

void SecondThread::run() {
  while (!stopping_.load(std::memory_order_acquire)) {
    take();
    const std::uint64_t next_ns = beats_.tick(due_ns_.load(std::memory_order_acquire), page_->interval_ns.get(), boot_time_ns());
    flush();
    const std::uint64_t now_ns = boot_time_ns();
    const std::uint64_t wait_ns = next_ns > now_ns ? std::min(next_ns - now_ns, kStandInNs) : 0;
    const timespec patience{static_cast<time_t>(wait_ns / 1'000'000'000), static_cast<long>(wait_ns % 1'000'000'000)};
    pollfd waiting{wake_.descriptor(), POLLIN, 0};
    if (ppoll(&waiting, 1, &patience, nullptr) > 0) wake_.clear();
  }
}

}  // namespace heartwire
