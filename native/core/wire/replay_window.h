// Refuses a frame that was believed before, and tolerates reordering among the last 64. Pure. Two steps,
// since the check comes before the tag and the window moves only after it: fresh(), open the seal, then accept().
#pragma once
#include <cstdint>

namespace heartwire {

class ReplayWindow {
 public:
  static constexpr std::uint64_t kEntries = 64;

  // Sequences start at 1; 0 is never fresh.
  bool fresh(std::uint64_t sequence) const {
    if (sequence > highest_) return true;
    const std::uint64_t age = highest_ - sequence;
    return sequence != 0 && age < kEntries && (seen_ >> age & 1) == 0;
  }

  // Only after the tag was right, and only for a fresh sequence.
  void accept(std::uint64_t sequence) {
    if (sequence > highest_) {
      const std::uint64_t step = sequence - highest_;
      seen_ = step < kEntries ? seen_ << step : 0;
      highest_ = sequence;
    }
    if (highest_ - sequence < kEntries) seen_ |= std::uint64_t{1} << (highest_ - sequence);
  }

  // The highest believed so far; 0: none.
  std::uint64_t highest() const { return highest_; }

 private:
  std::uint64_t highest_ = 0;
  std::uint64_t seen_ = 0;  // bit k: highest_ - k was believed
};

}  // namespace heartwire
