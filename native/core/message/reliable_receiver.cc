// See reliable_receiver.h. A fragment's number is untrusted until its distance from next_ has been compared with the
// window; its index and count until they continue what is being put together.
#include "core/message/reliable_receiver.h"

namespace heartwire {
namespace {

constexpr std::uint32_t kHalf = 1u << 31;  // distances from here up are numbers that lie behind

}  // namespace

static_assert((kReceiveWindow & (kReceiveWindow - 1)) == 0, "slots must not jump when the number wraps");

Arrival ReliableReceiver::on_fragment(const Fragment& fragment, bool room, const Deliver& deliver) {
  if (fragment.stream < stream_) return Arrival::stale;
  if (fragment.stream > stream_) begin(fragment.stream);
  if (closed_) return Arrival::closed;
  const std::uint32_t ahead = fragment.number - next_;
  if (ahead >= kHalf) return Arrival::duplicate;
  if (ahead >= kReceiveWindow || !room) return Arrival::beyond;
  Slot& slot = slot_of(fragment.number);
  if (slot.full) return Arrival::duplicate;
  keep(slot, fragment);
  while (slot_of(next_).full) {
    if (!append(slot_of(next_), deliver)) {
      close();
      return Arrival::broken;
    }
    next_++;
  }
  return Arrival::accepted;
}

void ReliableReceiver::keep(Slot& slot, const Fragment& fragment) {
  slot.full = true;
  slot.quiet = fragment.quiet;
  slot.message = fragment.message;
  slot.index = fragment.index;
  slot.count = fragment.count;
  slot.payload.assign(fragment.payload.begin(), fragment.payload.end());
  kept_++;
  kept_bytes_ += slot.payload.size();
}

// Continues the message with the fragment that is next in the stream. False: it contradicts what came before.
bool ReliableReceiver::append(Slot& slot, const Deliver& deliver) {
  if (slot.index != index_) return false;
  const bool fits = index_ == 0 ? slot.message > message_ : slot.message == message_ && slot.count == count_;
  if (!fits || slot.payload.size() > message_bytes_max_ - assembled_.size()) return false;
  message_ = slot.message;
  count_ = slot.count;
  kept_--;
  kept_bytes_ -= slot.payload.size();
  slot.full = false;
  if (assembled_.empty()) assembled_.swap(slot.payload);
  else assembled_.insert(assembled_.end(), slot.payload.begin(), slot.payload.end());
  std::vector<std::uint8_t>().swap(slot.payload);
  index_++;
  if (index_ < count_) return true;
  index_ = 0;
  std::vector<std::uint8_t> whole;
  whole.swap(assembled_);
  if (message_ <= last_delivered_) return true;  // delivered in an earlier stream
  last_delivered_ = message_;
  deliver(message_, std::move(whole), slot.quiet);
  return true;
}

void ReliableReceiver::begin(std::uint32_t stream) {
  clear();
  stream_ = stream;
  closed_ = false;
  next_ = first_number_;
  message_ = 0;
  if (slots_.empty()) slots_.resize(kReceiveWindow);
}

void ReliableReceiver::clear() {
  std::vector<Slot>().swap(slots_);
  std::vector<std::uint8_t>().swap(assembled_);
  kept_ = kept_bytes_ = 0;
  index_ = count_ = 0;
}

void ReliableReceiver::close() {
  clear();
  closed_ = true;
}

FragmentAck ReliableReceiver::ack(bool room) const {
  FragmentAck ack;
  ack.stream = stream_;
  ack.next = next_;
  ack.reset = closed_;
  ack.window = room ? kReceiveWindow : 0;
  if (closed_ || kept_ == 0) return ack;
  for (std::uint32_t bit = 0; bit + 1 < kReceiveWindow; bit++) {
    if (slot_of(next_ + 1 + bit).full) bitmap_set(ack, bit);
  }
  return ack;
}

}  // namespace heartwire
