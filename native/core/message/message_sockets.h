// The message thread's links: one for messages and, on IP networks, one for broadcasts on each network. A link that
// cannot be opened, or whose interface vanished or came back as another one, is tried again every second.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/message/message_counters.h"
#include "core/message/message_thread.h"

namespace heartwire {

class MessageSockets {
 public:
  // Adds its descriptors to this epoll; their data is a slot's number. Both must outlive it.
  MessageSockets(const MessageOptions& options, int epoll, MessageCounters& counters);
  ~MessageSockets();
  // Tries all that are not open. `problems`, unless null, gets what failed.
  using Opened = std::function<void(std::uint8_t link_id)>;
  void open(std::vector<LinkError>* problems, const Opened& opened);
  // To be opened from now on; closed, and not opened again.
  void add(const LinkOptions& options, bool discovery);
  void remove(std::uint8_t link_id);
  // Closes those whose interface is not the one that they were opened on.
  using Gone = std::function<void(std::uint8_t link_id)>;
  void close_vanished(const Gone& gone);

  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame);
  void broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame);
  void multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame);  // to the link's group
  void flush();
  using Frame = std::function<void(std::uint8_t link_id, bool discovery, std::span<std::uint8_t> frame, const LinkAddress& source)>;
  // What waits in one slot, up to some batches.
  void receive(std::size_t slot, const Frame& on_frame, const Gone& gone);
  std::size_t slots() const { return slots_.size(); }

 private:
  struct Slot {
    LinkOptions options;
    bool discovery = false;
    std::unique_ptr<Link> link;   // null: not open
    unsigned interface_index = 0;
    unsigned staged = 0;
    bool wanted = true;           // false: free for the next one that is added
  };
  void stage(Slot& slot, const LinkAddress& to, std::span<const std::uint8_t> frame);
  void close_slot(Slot& slot, const Gone& gone);
  Slot* find(std::uint8_t link_id, bool discovery);

  int epoll_;
  MessageCounters& counters_;
  std::vector<Slot> slots_;
};

}  // namespace heartwire
