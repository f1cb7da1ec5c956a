// Whether one network is enough for what could go over all of them at once. It is while answers come and nothing had to be sent
// again; after that everything is sent over all for a while, longer each time that trouble returns soon, and shorter the longer
// it stays away (a peer that stands still for some ms looks like a loss). So the copies are spared where they would be for
// nothing, a network that falls silent delays what was under way once, and one that loses frames is relied on no more. Pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace heartwire {

class PathTrust {
 public:
  static constexpr std::uint64_t kDistrustNs = 10'000'000;         // at first ...
  static constexpr std::uint64_t kDistrustNsMax = 200'000'000;     // ... doubling up to this
  static constexpr std::uint64_t kCalmNs = 50'000'000;             // trouble within it is soon; each one without halves the next distrust
  static constexpr std::uint64_t kDenseNs = 5'000'000;             // answers further apart: a copy costs nobody anything
  static constexpr std::uint64_t kSpreadNs = 100'000'000;          // so often the other networks get one all the same: are they there?

  // Something had to be sent again.
  void troubled(std::uint64_t now_ns) {
    if (now_ns >= until_ns_) distrust_ns_ = next_distrust_ns((now_ns - until_ns_) / kCalmNs);
    until_ns_ = now_ns + distrust_ns_;
  }
  void answered(std::uint64_t now_ns) { answered_ns_ = now_ns; }
  void spread(std::uint64_t now_ns) { spread_ns_ = now_ns; }
  bool holds(std::uint64_t now_ns) const {
    return answered_ns_ != 0 && now_ns - answered_ns_ < kDenseNs && now_ns >= until_ns_ && now_ns - spread_ns_ < kSpreadNs;
  }

 private:
  std::uint64_t next_distrust_ns(std::uint64_t calms) const {
    const std::uint64_t next_ns = calms == 0 ? 2 * distrust_ns_ : distrust_ns_ >> std::min<std::uint64_t>(calms, 63);
    return std::clamp(next_ns, kDistrustNs, kDistrustNsMax);
  }

  std::uint64_t until_ns_ = 0;
  std::uint64_t distrust_ns_ = 0;
  std::uint64_t answered_ns_ = 0;  // 0: never
  std::uint64_t spread_ns_ = 0;
};

}  // namespace heartwire
