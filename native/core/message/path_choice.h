// Which networks carry a fragment. What fits into one fragment goes over all of them, so that a silent network costs
// it nothing (but where one is trusted: path_trust.h); larger messages take the preferred one, and a resend takes another than the last try. A network on which
// the peer leaves our sends without an acknowledgement counts as silent: it is avoided while there is a better one, and
// gets a copy now and then, so that its return is noticed. Pure.
#pragma once
#include <array>
#include <cstdint>

#include "core/wire/frame.h"

namespace heartwire {

using LinkMask = std::uint8_t;  // bit k: link k
static_assert(kLinksMax <= 8);
inline constexpr LinkMask kLinksMask = 0xff;

class PathChoice {
 public:
  void set_usable(LinkMask links);
  LinkMask usable() const { return usable_; }
  void prefer(std::uint8_t link_id) { preferred_ = link_id; }
  // An acknowledgement came back over this link; acknowledgements take the path of the fragment, so both directions work.
  void answered(std::uint8_t link_id) { unanswered_since_ns_[link_id] = 0; }

  // The first send of a fragment, and the sends after it; `tried`: the links of the last try. 0: there is no path.
  LinkMask first(bool everywhere, std::uint64_t now_ns, std::uint64_t silent_after_ns);
  LinkMask again(bool everywhere, LinkMask tried, std::uint64_t now_ns, std::uint64_t silent_after_ns);
  bool silent(std::uint8_t link_id, std::uint64_t now_ns, std::uint64_t silent_after_ns) const;
  // The network of choice owes no answer for longer than this.
  bool answers(std::uint64_t now_ns, std::uint64_t within_ns, std::uint64_t silent_after_ns) const;
  bool all_silent(std::uint64_t now_ns, std::uint64_t silent_after_ns) const;  // false where there is no path at all

 private:
  LinkMask note(LinkMask chosen, std::uint64_t now_ns);
  LinkMask spoken(std::uint64_t now_ns, std::uint64_t silent_after_ns) const;
  LinkMask due_probes(LinkMask spoken, std::uint64_t now_ns);

  LinkMask usable_ = 0;
  std::uint8_t preferred_ = 0;
  std::array<std::uint64_t, kLinksMax> unanswered_since_ns_{};  // oldest send without an answer; 0: none
  std::array<std::uint64_t, kLinksMax> probed_ns_{};
};

}  // namespace heartwire
