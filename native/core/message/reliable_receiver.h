// The receiving half of reliable datagrams from one start of one peer: keeps what came early, puts messages together
// in order, delivers each once, and says what has arrived. Memory is bounded by the window and by the longest message.
//
// A higher stream number means that the sender began anew (it gave a message up): what is half put together is
// dropped, and messages that were delivered already are not delivered again, since their ids only grow. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "core/message/fragment.h"

namespace heartwire {

enum class Arrival : std::uint8_t {
  accepted,   // new; acknowledge it
  duplicate,  // had before; acknowledge it again, since the acknowledgement may have been lost
  beyond,     // no room for it; acknowledge what is here
  stale,      // of a stream that its sender has left; no acknowledgement
  closed,     // of a stream that cannot be continued here; the acknowledgement asks for a new one
  broken,     // contradicts what it continues; as closed
};

class ReliableReceiver {
 public:
  using Deliver = std::function<void(std::uint64_t id, std::vector<std::uint8_t>&& payload, bool quiet)>;

  // `first_number` as at the sender.
  explicit ReliableReceiver(std::uint32_t message_bytes_max, std::uint32_t first_number = 0)
      : message_bytes_max_(message_bytes_max), first_number_(first_number) {}

  // `room`: a message may be delivered now. Without it nothing new is taken.
  Arrival on_fragment(const Fragment& fragment, bool room, const Deliver& deliver);
  // What to answer; only after a fragment other than `stale` arrived.
  FragmentAck ack(bool room) const;
  // Drops what is half here (the peer is forgotten). Should it go on in the same stream, it is asked for a new one.
  void close();

  std::uint64_t last_delivered() const { return last_delivered_; }
  std::size_t kept_fragments() const { return kept_; }
  std::size_t kept_bytes() const { return assembled_.size() + kept_bytes_; }

 private:
  struct Slot {
    bool full = false;
    bool quiet = false;
    std::uint64_t message = 0;
    std::uint32_t index = 0, count = 0;
    std::vector<std::uint8_t> payload;
  };

  void begin(std::uint32_t stream);
  void clear();
  void keep(Slot& slot, const Fragment& fragment);
  bool append(Slot& slot, const Deliver& deliver);
  Slot& slot_of(std::uint32_t number) { return slots_[number % kReceiveWindow]; }
  const Slot& slot_of(std::uint32_t number) const { return slots_[number % kReceiveWindow]; }

  std::uint32_t message_bytes_max_;
  std::uint32_t first_number_;
  std::uint32_t stream_ = 0;           // 0: none yet
  bool closed_ = false;                // stream_ cannot go on
  std::uint32_t next_ = 0;             // number of the first fragment that is missing
  std::vector<Slot> slots_;            // kReceiveWindow of them once something has come; by number
  std::size_t kept_ = 0, kept_bytes_ = 0;
  std::uint64_t message_ = 0;          // being put together, or the last one that was; 0: none in this stream
  std::uint32_t index_ = 0;            // the part expected next; 0: a new message
  std::uint32_t count_ = 0;
  std::vector<std::uint8_t> assembled_;
  std::uint64_t last_delivered_ = 0;
};

}  // namespace heartwire
