// How late this thread itself woke, and what follows: a late observer must not condemn anyone. Its
// lateness is added to its suspicions of others, at most one time-out of it between two beats of a peer;
// beyond that it is unfit and the next successor acts (safety.md, 'Leases' 2). Never to a lease it holds.
#pragma once
#include <algorithm>
#include <cstdint>

namespace heartwire {

class Lateness {
 public:
  // Returns true when this observer has just become unfit for one time-out.
  bool on_wake(std::uint64_t deadline_ns, std::uint64_t now_ns, std::uint64_t interval_ns, std::uint64_t timeout_ns) {
    const std::uint64_t late_ns = now_ns > deadline_ns ? now_ns - deadline_ns : 0;
    if (late_ns <= interval_ns / 2) return false;
    ++late_wakes_;
    last_late_wake_ns_ = now_ns;
    total_ns_ += std::min(late_ns, timeout_ns);
    if (late_ns < timeout_ns) return false;
    unfit_until_ns_ = now_ns + timeout_ns;
    return true;
  }
  // Excuse for somebody last heard when the total stood at `mark_ns`.
  std::uint64_t excuse_ns(std::uint64_t mark_ns, std::uint64_t timeout_ns) const {
    return std::min(total_ns_ - mark_ns, timeout_ns);
  }
  std::uint64_t mark_ns() const { return total_ns_; }
  bool unfit(std::uint64_t now_ns) const { return now_ns < unfit_until_ns_; }
  std::uint64_t unfit_until_ns() const { return unfit_until_ns_; }
  std::uint64_t last_late_wake_ns() const { return last_late_wake_ns_; }
  std::uint64_t late_wakes() const { return late_wakes_; }

 private:
  std::uint64_t total_ns_ = 0, last_late_wake_ns_ = 0, unfit_until_ns_ = 0, late_wakes_ = 0;
};

}  // namespace heartwire
