// See hello_schedule.h.
#include "core/message/hello_schedule.h"

#include <algorithm>

namespace heartwire {

bool HelloSchedule::want(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to, bool trusted, std::uint64_t first_ns) {
  const unsigned tries = trusted ? kTries : 1;
  const auto found = entries_.find({node_id, link_id, to});
  if (found != entries_.end()) {  // keeps its pace, whatever the number of reasons
    found->second.tries_left = std::max(found->second.tries_left, tries);
    return true;
  }
  if (entries_.size() >= (trusted ? kEntriesMax : kEntriesMax / 2)) return false;
  entries_.emplace(Key{node_id, link_id, to}, Entry{tries, first_ns});
  next_ns_ = std::min(next_ns_, first_ns);
  return true;
}

void HelloSchedule::settle(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& source) {
  std::erase_if(entries_, [&](const auto& entry) {
    const Key& key = entry.first;
    return key.link_id == link_id && (key.node_id == node_id || (key.node_id == 0 && key.to == source));
  });
}

void HelloSchedule::forget(std::uint16_t node_id) {
  std::erase_if(entries_, [node_id](const auto& entry) { return entry.first.node_id == node_id; });
}

void HelloSchedule::tick(std::uint64_t now_ns, const Greet& greet) {
  if (now_ns < next_ns_) return;
  next_ns_ = UINT64_MAX;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, entry] = *at;
    if (entry.next_ns <= now_ns) {
      if (entry.tries_left == 0) {
        at = entries_.erase(at);
        continue;
      }
      entry.tries_left--;
      entry.next_ns = now_ns + kPaceNs;
      greet(key.node_id, key.link_id, key.to);
    }
    next_ns_ = std::min(next_ns_, entry.next_ns);
    ++at;
  }
}

}  // namespace heartwire
