// See multicast_stage.h.
#include "core/message/multicast_stage.h"

#include <algorithm>
#include <utility>

#include "core/message/message_peer.h"

namespace heartwire {
namespace {

constexpr std::size_t kLookedAtMax = 64;  // items of others: what is said to all comes in the same order for each

bool same(const Fragment& one, const Fragment& other) {
  return one.index == other.index && one.count == other.count && one.quiet == other.quiet &&
         std::equal(one.payload.begin(), one.payload.end(), other.payload.begin(), other.payload.end());
}

}  // namespace

bool MulticastItem::same_receivers(const MulticastItem& other) const {
  return std::equal(entries.begin(), entries.end(), other.entries.begin(), other.entries.end(), [](const MulticastEntry& one, const MulticastEntry& two) {
    return one.peer == two.peer && one.links == two.links && one.multicast == two.multicast && one.stream == two.stream;
  });
}

void MulticastStage::add(MessagePeer& peer, LinkMask links, LinkMask multicast, const Fragment& fragment, bool pressing) {
  const MulticastEntry entry{&peer, links, multicast, fragment.stream, {fragment.number, fragment.message}};
  const std::size_t end = std::min(items_.size(), peer.staged_items + kLookedAtMax);
  for (std::size_t at = peer.staged_items; at < end; at++) {
    if (!same(items_[at].fragment, fragment)) continue;
    items_[at].entries.push_back(entry);
    items_[at].pressing |= pressing;
    peer.staged_items = at + 1;
    return;
  }
  MulticastItem& item = items_.emplace_back(MulticastItem{fragment, {fragment.payload.begin(), fragment.payload.end()}, pressing, {entry}});
  item.fragment.payload = item.payload;  // moved along with the item, it stays where it is
  peer.staged_items = items_.size();
}

std::vector<MulticastItem> MulticastStage::take() {
  for (const MulticastItem& item : items_) {
    for (const MulticastEntry& entry : item.entries) entry.peer->staged_items = 0;
  }
  return std::exchange(items_, {});
}

}  // namespace heartwire
