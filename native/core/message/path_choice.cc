// See path_choice.h.
#include "core/message/path_choice.h"

#include <bit>

namespace heartwire {
namespace {

constexpr std::uint64_t kProbeNs = 500'000'000;  // a silent network gets one copy in this time

constexpr LinkMask bit(unsigned link_id) { return static_cast<LinkMask>(1u << link_id); }

// The first of `links` from `start` on, round and round; 0 when there are none.
LinkMask next_from(LinkMask links, unsigned start) {
  for (unsigned step = 0; step < kLinksMax; step++) {
    const LinkMask candidate = bit((start + step) % kLinksMax);
    if ((links & candidate) != 0) return candidate;
  }
  return 0;
}

}  // namespace

void PathChoice::set_usable(LinkMask links) {
  for (unsigned link_id = 0; link_id < kLinksMax; link_id++) {
    if ((links & ~usable_ & bit(link_id)) != 0) unanswered_since_ns_[link_id] = 0;
  }
  usable_ = links;
}

bool PathChoice::silent(std::uint8_t link_id, std::uint64_t now_ns, std::uint64_t silent_after_ns) const {
  const std::uint64_t since_ns = unanswered_since_ns_[link_id];
  return since_ns != 0 && now_ns - since_ns >= silent_after_ns;
}

bool PathChoice::all_silent(std::uint64_t now_ns, std::uint64_t silent_after_ns) const {
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((usable_ & bit(link_id)) != 0 && !silent(link_id, now_ns, silent_after_ns)) return false;
  }
  return usable_ != 0;
}

// The usable networks that are not silent; all of them when every one is.
LinkMask PathChoice::spoken(std::uint64_t now_ns, std::uint64_t silent_after_ns) const {
  LinkMask links = 0;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((usable_ & bit(link_id)) != 0 && !silent(link_id, now_ns, silent_after_ns)) links |= bit(link_id);
  }
  return links != 0 ? links : usable_;
}

bool PathChoice::answers(std::uint64_t now_ns, std::uint64_t within_ns, std::uint64_t silent_after_ns) const {
  const LinkMask chosen = next_from(spoken(now_ns, silent_after_ns), preferred_);
  return chosen != 0 && !silent(static_cast<std::uint8_t>(std::countr_zero(chosen)), now_ns, within_ns);
}

LinkMask PathChoice::due_probes(LinkMask spoken, std::uint64_t now_ns) {
  LinkMask links = 0;
  for (unsigned link_id = 0; link_id < kLinksMax; link_id++) {
    if ((usable_ & ~spoken & bit(link_id)) == 0 || now_ns - probed_ns_[link_id] < kProbeNs) continue;
    probed_ns_[link_id] = now_ns;
    links |= bit(link_id);
  }
  return links;
}

LinkMask PathChoice::note(LinkMask chosen, std::uint64_t now_ns) {
  for (unsigned link_id = 0; link_id < kLinksMax; link_id++) {
    if ((chosen & bit(link_id)) != 0 && unanswered_since_ns_[link_id] == 0) unanswered_since_ns_[link_id] = now_ns;
  }
  return chosen;
}

LinkMask PathChoice::first(bool everywhere, std::uint64_t now_ns, std::uint64_t silent_after_ns) {
  if (usable_ == 0) return 0;
  if (everywhere) return note(usable_, now_ns);
  const LinkMask good = spoken(now_ns, silent_after_ns);
  const LinkMask chosen = next_from(good, preferred_) | due_probes(good, now_ns);
  return note(chosen, now_ns);
}

LinkMask PathChoice::again(bool everywhere, LinkMask tried, std::uint64_t now_ns, std::uint64_t silent_after_ns) {
  if (everywhere) return note(usable_, now_ns);
  const LinkMask good = spoken(now_ns, silent_after_ns);
  const unsigned after_last = static_cast<unsigned>(std::bit_width(tried));
  const LinkMask others = static_cast<LinkMask>(usable_ & ~tried);
  if ((others & good) != 0) return note(next_from(others & good, after_last), now_ns);
  // Only silent networks are left to change to: one of them, and a good one (or the only one) again.
  return note(next_from(others, after_last) | next_from(good, preferred_), now_ns);
}

}  // namespace heartwire
