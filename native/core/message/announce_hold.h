// Announcements of nodes that have not answered a challenge yet: kept, since the handshake that they start will show
// within milliseconds whether they are fresh; the latest of each node, of a bounded number of nodes, for a short time.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/wire/seal.h"

namespace heartwire {

struct HeldAnnounce {
  std::uint64_t boot = 0;
  Salt salt{};
  std::uint64_t number = 0;
  std::uint8_t link_id = 0;
  std::vector<std::uint8_t> payload;
  std::uint64_t until_ns = 0;
};

class AnnounceHold {
 public:
  static constexpr std::size_t kNodesMax = 64;
  static constexpr std::uint64_t kHoldNs = 3'000'000'000;

  // False: there was no room, or one as new is held already.
  bool hold(std::uint16_t node_id, HeldAnnounce announce, std::uint64_t now_ns) {
    std::erase_if(held_, [now_ns](const auto& entry) { return entry.second.until_ns <= now_ns; });
    const auto found = held_.find(node_id);
    if (found == held_.end() && held_.size() >= kNodesMax) return false;
    if (found != held_.end() && found->second.boot == announce.boot && found->second.number >= announce.number) return false;
    announce.until_ns = now_ns + kHoldNs;
    held_[node_id] = std::move(announce);
    return true;
  }

  // What this start of the node has said; whatever is held of the node is gone then.
  std::optional<HeldAnnounce> take(std::uint16_t node_id, std::uint64_t boot, const Salt& salt, std::uint64_t now_ns) {
    const auto found = held_.find(node_id);
    if (found == held_.end()) return std::nullopt;
    HeldAnnounce announce = std::move(found->second);
    held_.erase(found);
    if (announce.boot != boot || announce.salt != salt || announce.until_ns <= now_ns) return std::nullopt;
    return announce;
  }

  std::size_t size() const { return held_.size(); }

 private:
  std::map<std::uint16_t, HeldAnnounce> held_;
};

}  // namespace heartwire
