// A histogram of durations that keeps its shape over nine decades: eight buckets to each power of two, so a quantile is
// right within an eighth. One writer, any readers, no lock; a plain block of words, so it can stand in a shared page.
#pragma once
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace heartwire {

class Histogram {
 public:
  static constexpr unsigned kStepBits = 3;
  static constexpr std::size_t kBuckets = (64 - kStepBits + 1) << kStepBits;

  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < (1u << kStepBits)) return static_cast<std::size_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kStepBits;
    return (std::size_t{shift} << kStepBits) + static_cast<std::size_t>(value >> shift);
  }
  // The smallest value of a bucket.
  static constexpr std::uint64_t value_of(std::size_t bucket) {
    if (bucket < (2u << kStepBits)) return bucket;
    const unsigned shift = static_cast<unsigned>(bucket >> kStepBits) - 1;
    return ((bucket & ((1u << kStepBits) - 1)) | (1u << kStepBits)) << shift;
  }

  void add(std::uint64_t value) {
    raise(buckets_[bucket_of(value)], 1);
    raise(count_, 1);
    raise(sum_, value);
    if (value > max()) max_.store(value, std::memory_order_relaxed);
  }
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  std::uint64_t max() const { return max_.load(std::memory_order_relaxed); }
  // The value below which `share` (0-1) of all values lie, rounded down to its bucket; 0 when there are none.
  std::uint64_t quantile(double share) const {
    const std::uint64_t total = count();
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      below += buckets_[bucket].load(std::memory_order_relaxed);
      if (total != 0 && static_cast<double>(below) >= share * static_cast<double>(total) && below != 0) return value_of(bucket);
    }
    return max();
  }

 private:
  using Word = std::atomic<std::uint64_t>;
  static void raise(Word& word, std::uint64_t by) {  // one writer: no locked instruction
    word.store(word.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  Word count_{0}, sum_{0}, max_{0};
  Word buckets_[kBuckets]{};
};

}  // namespace heartwire
