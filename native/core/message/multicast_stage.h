// What one turn says for the first time to nodes that hear our multicast, until the turn ends: the same fragment to several of them
// becomes one item. Each node's fragments keep the order in which they came.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/message/multicast_frame.h"
#include "core/message/path_choice.h"

namespace heartwire {

class MessagePeer;

struct MulticastEntry {
  MessagePeer* peer;
  LinkMask links;      // that should carry it ...
  LinkMask multicast;  // ... and those of them on which the peer hears our multicast
  std::uint32_t stream;
  MulticastPlace place;
};

struct MulticastItem {
  Fragment fragment;   // without stream, number and message; its payload lies in `payload`
  std::vector<std::uint8_t> payload;
  bool pressing;
  std::vector<MulticastEntry> entries;

  bool same_receivers(const MulticastItem& other) const;
};

class MulticastStage {
 public:
  void add(MessagePeer& peer, LinkMask links, LinkMask multicast, const Fragment& fragment, bool pressing);
  bool empty() const { return items_.empty(); }
  // All of it; the stage is empty then.
  std::vector<MulticastItem> take();

 private:
  std::vector<MulticastItem> items_;
};

}  // namespace heartwire
