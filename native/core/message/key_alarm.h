// Tells people of frames with a wrong tag without letting whoever sends them write the log: at most one notice of each
// node (as the frames claim) in ten seconds, of a bounded number of nodes.
#pragma once
#include <cstdint>
#include <map>

namespace heartwire {

class KeyAlarm {
 public:
  static constexpr std::size_t kNodesMax = 64;
  static constexpr std::uint64_t kPauseNs = 10'000'000'000;

  // Returns how many frames of this node to report now; 0: keep quiet.
  std::uint64_t count(std::uint16_t node_id, std::uint64_t now_ns) {
    auto found = entries_.find(node_id);
    if (found == entries_.end()) {
      std::erase_if(entries_, [now_ns](const auto& entry) { return entry.second.quiet_until_ns + kPauseNs <= now_ns; });
      if (entries_.size() >= kNodesMax) return 0;
      found = entries_.emplace(node_id, Entry{}).first;
    }
    Entry& entry = found->second;
    entry.frames++;
    if (now_ns < entry.quiet_until_ns) return 0;
    entry.quiet_until_ns = now_ns + kPauseNs;
    const std::uint64_t frames = entry.frames;
    entry.frames = 0;
    return frames;
  }

 private:
  struct Entry {
    std::uint64_t frames = 0;
    std::uint64_t quiet_until_ns = 0;
  };
  std::map<std::uint16_t, Entry> entries_;
};

}  // namespace heartwire
