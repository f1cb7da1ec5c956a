// What the beat thread tells the world while it runs: counters and state in one block of memory that
// JavaScript maps as an ArrayBuffer and reads without crossing into C++. One writer (the beat thread), any
// readers. Every field is a 64-bit little-endian word at an offset that lib/runtime/statistics-layout.ts
// repeats; kPageVersion changes with the layout. `generation` is odd while a group that belongs together
// (a seat, the peer table) is being changed: a reader that needs a consistent group reads it before and
// after (a sequence lock); single counters need no such care.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/rt/histogram.h"
#include "core/wire/frame.h"

namespace heartwire {

inline constexpr std::uint64_t kPageMagic = 0x4857504147453031;  // "HWPAGE01"
inline constexpr std::uint64_t kPageVersion = 5;
inline constexpr std::size_t kPagePeersMax = kPeersMax;
inline constexpr std::size_t kHistogramBuckets = 64;  // bucket k: values in [2^k, 2^(k+1)) ns

// A word with one writer: plain stores, no locked instruction.
class Word {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::uint64_t by = 1) { set(get() + by); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
  void publish(std::uint64_t value) { value_.store(value, std::memory_order_release); }
 private:
  std::atomic<std::uint64_t> value_{0};
};
static_assert(sizeof(Word) == 8);

struct PageHistogram {
  Word count, sum_ns, max_ns;
  Word buckets[kHistogramBuckets];
  void add(std::uint64_t value_ns) {
    count.add();
    sum_ns.add(value_ns);
    if (value_ns > max_ns.get()) max_ns.set(value_ns);
    unsigned bucket = value_ns == 0 ? 0 : 63u - static_cast<unsigned>(__builtin_clzll(value_ns));
    buckets[bucket].add();
  }
};

// Eight buckets to each power of two, as in rt/histogram.h: fine enough to choose time-outs by.
struct PageFineHistogram {
  Word count, sum_ns, max_ns;
  Word buckets[Histogram::kBuckets];
  void add(std::uint64_t value_ns) {
    count.add();
    sum_ns.add(value_ns);
    if (value_ns > max_ns.get()) max_ns.set(value_ns);
    buckets[Histogram::bucket_of(value_ns)].add();
  }
};

struct PageLink {            // one of our paths
  Word present, carrier, sent, send_dropped, received;
  Word rejects[static_cast<std::size_t>(Reject::count)];
  Word gone, relayed;        // relayed: frames passed on for others
  PageHistogram round_trip;  // all peers on this link
};

struct PagePath {            // one peer on one link
  Word up, sent, received, acked, lost, late, last_arrival_ns, round_trip_ns /* smoothed */;
};

struct PagePeer {
  Word node_id, up, boot, stalled;
  Word signs;                // of life, from its second beat thread
  Word via;                  // the node that passes its beats on, while no path of its own is up; 0: none
  PagePath paths[kLinksMax];
};

struct PageSeat {
  Word exists, holder, holder_epoch;       // as this voter knows it
  Word state;                              // SeatPhase of this node: 0 idle, 1 asking, 2 opening, 3 open, 4 lapsed, 5 closing
  Word epoch, expiry_ns, granted_until_ns; // own tenure; own register
  Word promised_epoch, reserved_epoch, orders_id, voting;
  Word granted_to;                         // whom our own running grant holds for; 0: nobody
  Word witness_asked_ns, witness_until_ns; // when we last needed the witness; end of what it has promised us
  Word egress_ns;                          // what this seat's addresses send leaves so much later
};

struct StatisticsPage {
  Word magic, version, size_bytes, generation;
  Word node_id, started_ns, now_ns /* of the last tick */, interval_ns, timeout_ns;
  Word ticks, late_ticks, events_dropped, orders_dropped, stalled, peer_count;
  Word stood_in, stood_in_longest_ns, signs_sent;  // the second beat thread's: it is their one writer
  PageHistogram wake_lateness;
  PageSeat seats[kSeatsMax];
  PageLink links[kLinksMax];
  PagePeer peers[kPagePeersMax];
  PageFineHistogram lateness;              // of this thread's wake-ups
  PageFineHistogram silence;               // between two signs of life of a peer that lives, on whatever path
};
static_assert(std::is_standard_layout_v<StatisticsPage>);

}  // namespace heartwire
