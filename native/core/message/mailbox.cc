// See mailbox.h.
#include "core/message/mailbox.h"

#include <algorithm>

namespace heartwire {

bool Mailbox::post(MessageCommand&& command) {
  const std::lock_guard lock(mutex_);
  if (command.kind == MessageCommand::Kind::set_parameters) threshold_ = command.parameters.queue_overflow_threshold;
  if (command.kind == MessageCommand::Kind::forget) peers_[command.node].live = false;
  commands_.push_back(std::move(command));
  return commands_.size() == 1;
}

std::uint64_t Mailbox::submit(std::uint16_t node_id, std::span<const std::uint8_t> payload, const SendOptions& options,
                              MessageThread::Refusal& why, bool& wake) {
  using Refusal = MessageThread::Refusal;
  wake = false;
  if (payload.size() > message_bytes_max_) {
    why = Refusal::too_long;
    return 0;
  }
  MessageCommand command;
  command.kind = MessageCommand::Kind::send;
  command.node = node_id;
  command.quiet = options.quiet;
  command.payload.assign(payload.begin(), payload.end());
  const std::lock_guard lock(mutex_);
  const auto peer = peers_.find(node_id);
  if (peer == peers_.end() || !peer->second.live) {
    why = Refusal::no_session;
    return 0;
  }
  const std::size_t messages_max = options.essential ? std::max<std::size_t>(threshold_, kEssentialMax) : threshold_;
  if (peer->second.overflows(payload.size(), messages_max, options.essential ? kEssentialBytesMax : kQueuedBytesMax)) {
    why = Refusal::overflow;
    return 0;
  }
  why = Refusal::none;
  command.id = ++last_id_;
  peer->second.queued.push_back({last_id_, payload.size()});
  peer->second.queued_bytes += payload.size();
  commands_.push_back(std::move(command));
  wake = commands_.size() == 1;
  return last_id_;
}

// Messages to one peer end in their order.
void Mailbox::Peer::ended(std::uint64_t id) {
  while (!queued.empty() && queued.front().id <= id) {
    queued_bytes -= queued.front().bytes;
    queued.pop_front();
  }
}

bool Mailbox::has_session(std::uint16_t node_id) {
  const std::lock_guard lock(mutex_);
  const auto peer = peers_.find(node_id);
  return peer != peers_.end() && peer->second.live;
}

void Mailbox::take(std::deque<MessageCommand>& commands) {
  const std::lock_guard lock(mutex_);
  commands.swap(commands_);
}

void Mailbox::set_live(std::uint16_t node_id, bool live) {
  const std::lock_guard lock(mutex_);
  peers_[node_id].live = live;
}

void Mailbox::deliver(MessageNotice&& notice) {
  using Kind = MessageNotice::Kind;
  const std::lock_guard lock(mutex_);
  if (notice.kind == Kind::delivered || notice.kind == Kind::undeliverable) {
    peers_[notice.node].ended(notice.id);
  }
  if (notice.kind == Kind::delivered) return;
  if (notice.kind == Kind::message) {
    messages_.fetch_add(1, std::memory_order_relaxed);
    message_bytes_.fetch_add(notice.payload.size(), std::memory_order_relaxed);
  }
  const bool quiet = notice.quiet && notices_.size() < kQuietMax;
  wake_due_ = wake_due_ || !(quiet || awake_);
  notices_.push_back(std::move(notice));
}

std::size_t Mailbox::under_way() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [node, peer] : peers_) count += peer.queued.size();
  return count;
}

bool Mailbox::next(MessageNotice& notice) {
  const std::lock_guard lock(mutex_);
  if (notices_.empty()) {
    awake_ = false;
    return false;
  }
  notice = std::move(notices_.front());
  notices_.pop_front();
  if (notice.kind == MessageNotice::Kind::message) {
    messages_.fetch_sub(1, std::memory_order_relaxed);
    message_bytes_.fetch_sub(notice.payload.size(), std::memory_order_relaxed);
  }
  return true;
}

bool Mailbox::wake_due(std::uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const bool waits = !notices_.empty() && !awake_;
  if (!waits) quiet_deadline_ns_ = UINT64_MAX;
  else if (quiet_deadline_ns_ == UINT64_MAX) quiet_deadline_ns_ = now_ns + kQuietNs;
  if (!wake_due_ && now_ns < quiet_deadline_ns_) return false;
  wake_due_ = false;
  awake_ = true;
  quiet_deadline_ns_ = UINT64_MAX;
  return true;
}

}  // namespace heartwire
