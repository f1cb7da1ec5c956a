// The plain records between the engine and the thread of the shared disk: what the engine wants of it, and what became of that.
#pragma once
#include <cstdint>

#include "core/wire/beat.h"

namespace heartwire {

enum class DiskWish : std::uint8_t {
  nothing = 0,  // the disk is free at once
  claim, ask,
  let_go,       // renewed no more, and free when what was promised has run out
};

// What the engine wants of the disk now; the newest order is the only one that counts.
struct DiskOrder {
  DiskWish wish = DiskWish::nothing;
  std::uint64_t epoch = 0;
  bool operator==(const DiskOrder&) const = default;
};

struct DiskAnswer {
  DiskWish wish;
  Answer answer;           // yes, held, epoch_old; unfit: the disk fails
  std::uint64_t epoch;     // yes: as ordered; else the other's
  std::uint64_t sent_ns;   // yes: when the write began
  std::uint32_t lease_us;
};

}  // namespace heartwire
