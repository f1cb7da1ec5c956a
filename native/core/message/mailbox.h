// Between JavaScript and the message thread: commands one way, notices the other, under one short lock (neither is the
// beat thread). It also answers at once whether a message may be sent, so that a refusal needs no round trip.
//
// Notices wait for JavaScript however long it is blocked; messages only up to a limit, beyond which peers are held back.
// That a message was delivered is not told: who wants to know asks what is under way. A message that says itself that it is no
// reason to wake JavaScript comes along with the next thing to tell, or a little later.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/message/message_thread.h"

namespace heartwire {

struct MessageCommand {
  enum class Kind : std::uint8_t { announce, contact, look_for, send, ask, forget, prefer, open_link, carry_beats, close_link, set_parameters, set_keys } kind{};
  std::uint16_t node = 0;
  std::uint8_t link = 0;
  std::uint64_t id = 0;
  bool quiet = false;
  LinkAddress address;
  std::vector<std::uint8_t> payload;
  MessageParameters parameters;
  std::shared_ptr<KeyRing> keys;
  std::vector<LinkOptions> links;  // open_link: for messages, and for broadcasts where there are any
};

class Mailbox {
 public:
  static constexpr std::size_t kMessagesMax = 65'536;        // that wait for JavaScript
  static constexpr std::size_t kMessageBytesMax = 64 << 20;
  static constexpr std::size_t kQueuedBytesMax = 64 << 20;   // for one peer, whatever the threshold; one message always
  static constexpr std::size_t kEssentialBytesMax = 2 * kQueuedBytesMax;  // and for what must not be refused while others are
  static constexpr std::size_t kEssentialMax = 65'536;       // messages, where the threshold is lower
  static constexpr std::size_t kQuietMax = 256;              // notices that wake nobody, before they do
  static constexpr std::uint64_t kQuietNs = 5'000'000;

  Mailbox(std::uint32_t queue_overflow_threshold, std::uint32_t message_bytes_max)
      : threshold_(queue_overflow_threshold), message_bytes_max_(message_bytes_max) {}

  // ---- JavaScript's side. True: the message thread has to be woken.
  bool post(MessageCommand&& command);
  std::uint64_t submit(std::uint16_t node_id, std::span<const std::uint8_t> payload, const SendOptions& options, MessageThread::Refusal& why,
                       bool& wake);
  bool has_session(std::uint16_t node_id);
  bool next(MessageNotice& notice);
  std::size_t under_way();  // submitted, neither delivered nor undeliverable yet

  // ---- the message thread's side
  void take(std::deque<MessageCommand>& commands);
  void set_live(std::uint16_t node_id, bool live);
  void deliver(MessageNotice&& notice);
  // There is something to tell since the last call, and JavaScript is not awake yet.
  bool wake_due(std::uint64_t now_ns);
  // When to ask for that again though nothing has happened.
  std::uint64_t quiet_deadline_ns() const { return quiet_deadline_ns_; }
  bool room() const {
    return messages_.load(std::memory_order_relaxed) < kMessagesMax && message_bytes_.load(std::memory_order_relaxed) < kMessageBytesMax;
  }

 private:
  struct Queued { std::uint64_t id; std::size_t bytes; };
  struct Peer {
    bool live = false;
    std::deque<Queued> queued;  // submitted, neither delivered nor undeliverable yet
    std::size_t queued_bytes = 0;

    bool overflows(std::size_t bytes, std::size_t messages_max, std::size_t bytes_max) const {
      return queued.size() >= messages_max || (!queued.empty() && queued_bytes + bytes > bytes_max);
    }
    void ended(std::uint64_t id);
  };
  std::mutex mutex_;
  std::deque<MessageCommand> commands_;
  std::deque<MessageNotice> notices_;
  std::unordered_map<std::uint16_t, Peer> peers_;
  std::uint64_t last_id_ = 0;
  std::uint32_t threshold_;
  const std::uint32_t message_bytes_max_;
  bool wake_due_ = false;
  bool awake_ = false;  // woken, and has not found the end yet
  std::uint64_t quiet_deadline_ns_ = UINT64_MAX;  // the message thread's
  std::atomic<std::size_t> messages_{0}, message_bytes_{0};
};

}  // namespace heartwire
