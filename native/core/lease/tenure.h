// An owner's lease, as the owner counts it: from the moment it *sent* each beat, for the length that the
// voter *promised*, and only as far as a majority reaches (safety.md, 'Leases' 1). The voter counts from
// when it answered, which is later, so the owner always stops first. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "core/wire/frame.h"

namespace heartwire {

// What clocks may drift apart over a lease (1,000 ppm each way), and what may still stand in the way out.
inline constexpr std::uint64_t lease_margin_ns(std::uint64_t lease_ns) { return lease_ns / 500 + 50'000; }

class Tenure {
 public:
  void begin() { until_ns_.fill(0); }
  // Voter `index` promised lease_ns for a beat that was sent at sent_ns.
  void on_grant(std::size_t index, std::uint64_t sent_ns, std::uint64_t lease_ns) {
    if (index >= until_ns_.size()) return;
    const std::uint64_t lasts_ns = lease_ns - std::min(lease_ns, lease_margin_ns(lease_ns));  // voters may differ in length
    until_ns_[index] = std::max(until_ns_[index], sent_ns + lasts_ns);
  }
  // Another set of voters: what voter `index` has promised is kept at moved[index]; -1: it is a voter no more.
  void renumber(const std::array<int, kVotersMax>& moved) {
    std::array<std::uint64_t, kVotersMax> kept{};
    for (std::size_t index = 0; index < kept.size(); ++index) {
      if (moved[index] >= 0) kept[static_cast<std::size_t>(moved[index])] = until_ns_[index];
    }
    until_ns_ = kept;
  }
  void forget(std::size_t index) { if (index < until_ns_.size()) until_ns_[index] = 0; }
  // End of one voter's promise, less the margin; 0: none.
  std::uint64_t until_ns(std::size_t index) const { return index < until_ns_.size() ? until_ns_[index] : 0; }
  // How many voters other than `own` have promised beyond now (and the margin).
  std::size_t running(std::uint64_t now_ns, std::size_t voters, int own) const {
    std::size_t count = 0;
    for (std::size_t index = 0; index < std::min(voters, until_ns_.size()); ++index) {
      if (static_cast<int>(index) != own && until_ns_[index] > now_ns) ++count;
    }
    return count;
  }
  // End of the lease: the quorum-th largest promise, less its margin; `without`: the promise of this voter left out, -1: none.
  // A quorum of one (X9 `none`, a single voter) asks nobody, so its lease has no end.
  std::uint64_t expiry_ns(std::size_t voters, std::size_t quorum, int without = -1) const {
    if (quorum <= 1) return UINT64_MAX;
    std::array<std::uint64_t, kVotersMax> sorted = until_ns_;
    const std::size_t count = std::min(voters, sorted.size());
    if (quorum > count) return 0;
    if (without >= 0 && static_cast<std::size_t>(without) < count) sorted[static_cast<std::size_t>(without)] = 0;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<long>(quorum - 1), sorted.begin() + static_cast<long>(count),
                     [](std::uint64_t left, std::uint64_t right) { return left > right; });
    return sorted[quorum - 1];
  }

 private:
  std::array<std::uint64_t, kVotersMax> until_ns_{};
};

}  // namespace heartwire
