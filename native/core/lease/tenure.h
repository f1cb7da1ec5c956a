// An owner's lease, as the owner counts it: from the moment it *sent* each beat, for the length that the
// voter *promised*, and only as far as a majority reaches (safety.md, 'Leases' 1). The voter counts from
// when it answered, which is later, so the owner always stops first. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "core/wire/frame.h"

namespace heartwire {

// What clocks may drift apart over a lease (1,000 ppm each way), and a little for what is on its way.
inline constexpr std::uint64_t lease_margin_ns(std::uint64_t lease_ns) { return lease_ns / 500 + 50'000; }

class Tenure {
 public:
  void begin() { promises_.fill({}); }
  // Voter `index` promised lease_ns for a beat that was sent at sent_ns.
  void on_grant(std::size_t index, std::uint64_t sent_ns, std::uint64_t lease_ns) {
    if (index >= promises_.size()) return;
    const std::uint64_t lasts_ns = lease_ns - std::min(lease_ns, lease_margin_ns(lease_ns));  // voters may differ in length
    if (sent_ns + lasts_ns > promises_[index].until_ns) promises_[index] = {sent_ns + lasts_ns, lasts_ns};
  }
  // Another set of voters: what voter `index` has promised is kept at moved[index]; -1: it is a voter no more.
  void renumber(const std::array<int, kVotersMax>& moved) {
    std::array<Promise, kVotersMax> kept{};
    for (std::size_t index = 0; index < kept.size(); ++index) {
      if (moved[index] >= 0) kept[static_cast<std::size_t>(moved[index])] = promises_[index];
    }
    promises_ = kept;
  }
  void forget(std::size_t index) { if (index < promises_.size()) promises_[index] = {}; }
  // End of one voter's promise, less the margin; 0: none.
  std::uint64_t until_ns(std::size_t index) const { return index < promises_.size() ? promises_[index].until_ns : 0; }
  // How many voters other than `own` have promised beyond now (and the margin).
  std::size_t running(std::uint64_t now_ns, std::size_t voters, int own) const {
    std::size_t count = 0;
    for (std::size_t index = 0; index < std::min(voters, promises_.size()); ++index) {
      if (static_cast<int>(index) != own && promises_[index].until_ns > now_ns) ++count;
    }
    return count;
  }
  // Does any promise end by that earlier?
  bool covers(std::uint64_t egress_ns) const {
    return std::any_of(promises_.begin(), promises_.end(), [&](const Promise& promise) { return covers(promise, egress_ns); });
  }
  // End of the lease: the quorum-th largest promise, less its margin. What is sent until then leaves up to `egress_ns` later, so
  // that is taken off too, unless it is more than half of a promise: a lease cannot cover that, and one that is cut short for it
  // lapses for a late answer, again and again, with the queue as full as before.
  // `without`: the promise of this voter left out, -1: none. A quorum of one (X9 `none`, a single voter) asks nobody, so its
  // lease has no end.
  std::uint64_t expiry_ns(std::size_t voters, std::size_t quorum, std::uint64_t egress_ns = 0, int without = -1) const {
    if (quorum <= 1) return UINT64_MAX;
    std::array<std::uint64_t, kVotersMax> sorted{};
    const std::size_t count = std::min(voters, sorted.size());
    if (quorum > count) return 0;
    for (std::size_t index = 0; index < count; ++index) {
      const Promise& promise = promises_[index];
      if (static_cast<int>(index) != without) sorted[index] = promise.until_ns - (covers(promise, egress_ns) ? egress_ns : 0);
    }
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<long>(quorum - 1), sorted.begin() + static_cast<long>(count),
                     [](std::uint64_t left, std::uint64_t right) { return left > right; });
    return sorted[quorum - 1];
  }

 private:
  struct Promise { std::uint64_t until_ns = 0, lasts_ns = 0; };
  static bool covers(const Promise& promise, std::uint64_t egress_ns) { return egress_ns <= promise.lasts_ns / 2; }
  std::array<Promise, kVotersMax> promises_{};
};

}  // namespace heartwire
