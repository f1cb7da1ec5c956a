// See message_sockets.h. An interface that was deleted gives a UDP socket no error, so its index is looked at.
#include "core/message/message_sockets.h"

#include <net/if.h>
#include <sys/epoll.h>

#include <algorithm>

namespace heartwire {
namespace {

constexpr int kBatchesPerTurn = 4;  // a flood on one link must not keep the others waiting
constexpr std::size_t kBatch = 64;

unsigned index_of(const LinkOptions& options) { return options.interface.empty() ? 0 : if_nametoindex(options.interface.c_str()); }

}  // namespace

MessageSockets::MessageSockets(const MessageOptions& options, int epoll, MessageCounters& counters) : epoll_(epoll), counters_(counters) {
  for (const LinkOptions& link : options.message_links) add(link, false);
  for (const LinkOptions& link : options.discovery_links) add(link, true);
}

MessageSockets::~MessageSockets() = default;

void MessageSockets::add(const LinkOptions& options, bool discovery) {
  const auto free = std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.wanted; });
  Slot slot{options, discovery, nullptr, 0, 0, true};
  if (free == slots_.end()) slots_.push_back(std::move(slot));
  else *free = std::move(slot);
}

void MessageSockets::remove(std::uint8_t link_id) {
  for (Slot& slot : slots_) {
    if (slot.options.link_id != link_id) continue;
    slot.link.reset();
    slot.staged = 0;
    slot.wanted = false;
  }
}

void MessageSockets::open(std::vector<LinkError>* problems, const Opened& opened) {
  for (std::size_t at = 0; at < slots_.size(); at++) {
    Slot& slot = slots_[at];
    if (slot.link != nullptr || !slot.wanted) continue;
    LinkError error;
    slot.interface_index = index_of(slot.options);
    slot.link = open_link(slot.options, error);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = at;
    if (slot.link != nullptr && epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.link->descriptor(), &event) == 0) {
      if (!slot.discovery) opened(slot.options.link_id);
      continue;
    }
    slot.link.reset();
    if (problems != nullptr) problems->push_back(error);
  }
}

void MessageSockets::close_slot(Slot& slot, const Gone& gone) {
  slot.link.reset();  // closing takes it out of the epoll
  slot.staged = 0;
  if (!slot.discovery) gone(slot.options.link_id);
}

void MessageSockets::close_vanished(const Gone& gone) {
  for (Slot& slot : slots_) {
    if (slot.link != nullptr && index_of(slot.options) != slot.interface_index) close_slot(slot, gone);
  }
}

MessageSockets::Slot* MessageSockets::find(std::uint8_t link_id, bool discovery) {
  for (Slot& slot : slots_) {
    if (slot.wanted && slot.options.link_id == link_id && slot.discovery == discovery) return &slot;
  }
  return nullptr;
}

void MessageSockets::stage(Slot& slot, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  if (slot.link == nullptr || !slot.link->stage(to, frame)) return counters_.add(MessageCounter::send_dropped);
  counters_.add(MessageCounter::frames_sent);
  // The link sends a full batch by itself; sent here, so that what the kernel refuses is counted.
  if (++slot.staged < slot.options.batch) return;
  counters_.add(MessageCounter::send_dropped, slot.staged - slot.link->flush());
  slot.staged = 0;
}

void MessageSockets::send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  if (Slot* slot = find(link_id, false)) stage(*slot, to, frame);
}

// Ethernet needs no second link: one EtherType for messages and broadcasts.
void MessageSockets::broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame) {
  Slot* slot = find(link_id, true);
  if (slot == nullptr) {
    slot = find(link_id, false);
    if (slot == nullptr || slot->options.kind != LinkKind::ethernet) return;
  }
  if (slot->link != nullptr) stage(*slot, slot->link->everyone(), frame);
}

void MessageSockets::multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame) {
  if (Slot* slot = find(link_id, false)) stage(*slot, slot->options.group, frame);
}

void MessageSockets::flush() {
  for (Slot& slot : slots_) {
    if (slot.staged == 0) continue;
    counters_.add(MessageCounter::send_dropped, slot.staged - slot.link->flush());
    slot.staged = 0;
  }
}

void MessageSockets::receive(std::size_t at, const Frame& on_frame, const Gone& gone) {
  Slot& slot = slots_[at];
  std::array<ReceivedFrame, kBatch> frames;
  for (int batch = 0; batch < kBatchesPerTurn && slot.link != nullptr; batch++) {
    bool vanished = false;
    const unsigned count = slot.link->receive(frames, vanished);
    for (unsigned index = 0; index < count; index++) {
      on_frame(slot.options.link_id, slot.discovery, frames[index].bytes, frames[index].source);
    }
    if (vanished) close_slot(slot, gone);
    if (count < frames.size()) break;
  }
}

}  // namespace heartwire
