// The third vote of two nodes on a shared disk (X9): Disk Paxos with one disk and two processes, with leases. Each node has a
// record that only it writes; the disk is a vote for whoever writes that it wants the seat and *then* reads that the other
// does not. Of two that do so at once at least one sees the other, and the lower epoch gives way.
//
// A lease by the disk runs from before the write that renewed it; the reader takes a node for dead only when its record has not
// changed for that long since the reader first saw it so. One that comes back late writes, then reads the higher epoch.
//
// Pure: it says what to read and write next and is told how that went, with the time. The thread around it may hang in a
// disk for ever without anybody being wrong.
//
//   rest ──order──▶ look (read other) ──free, dead or ours──▶ write ──▶ check (read other) ──unchanged──▶ yes
//    ▲                └──held, old epoch: no──▶ rest            └──the other came too: higher gives way to none, lower rests
#pragma once
#include <cstdint>
#include <optional>

#include "core/disk/disk_order.h"
#include "core/disk/disk_record.h"

namespace heartwire {

struct DiskIo {
  enum class Kind : std::uint8_t { none, read_own, read_other, write } kind = Kind::none;
  DiskRecord record;               // write: what
};

enum class DiskBug : std::uint8_t { none = 0, no_check, count_from_end, no_patience, ignore_epoch, early_retreat, count };  // planted, in tests only

class DiskVoter {
 public:
  struct Self { std::uint64_t cluster_id, boot; std::uint16_t node_id; std::uint32_t lease_us; std::uint64_t quiet_until_ns; };
  explicit DiskVoter(const Self& self, DiskBug bug = DiskBug::none) : self_(self), bug_(bug) {}

  void order(const DiskOrder& order, std::uint64_t now_ns);
  // What to do at once; `none`: nothing before due_ns(), unless another order comes.
  DiskIo next(std::uint64_t now_ns);
  std::uint64_t due_ns() const;
  // How the I/O that next() gave went; `record` only after a read.
  std::optional<DiskAnswer> done(bool ok, const DiskRecord& record, std::uint64_t now_ns);

 private:
  enum class Step : std::uint8_t { rest, own, look, write, check, retreat };
  std::optional<DiskAnswer> looked(const DiskRecord& other, std::uint64_t now_ns);
  std::optional<DiskAnswer> checked(const DiskRecord& other, std::uint64_t now_ns);
  DiskAnswer rest(Answer answer, std::uint64_t epoch, std::uint64_t now_ns, bool retreat);
  void observe(const DiskRecord& other, std::uint64_t now_ns);
  bool dead(std::uint64_t now_ns) const;
  bool holds(std::uint64_t now_ns) const { return held_epoch_ == at_.epoch && now_ns < held_until_ns_; }
  std::uint64_t interval_ns() const { return std::uint64_t{self_.lease_us} * 100; }  // a tenth of the lease

  const Self self_;
  const DiskBug bug_;
  DiskOrder order_, at_;            // wanted now; what this round is for
  Step step_ = Step::rest;
  bool own_known_ = false;          // our record was read since the start
  bool wrote_ = false;              // this start has wanted it, so what stands there is of this start
  bool shown_ = true;               // our record may say that we want it: it did, or nobody knows
  std::uint64_t counter_ = 0;
  std::uint64_t highest_held_ = 0;  // epoch that was ours by the disk, in any start
  std::uint64_t held_epoch_ = 0, held_until_ns_ = 0;
  std::uint64_t io_began_ns_ = 0, written_ns_ = 0, again_ns_ = 0;
  bool observed_ = false;
  DiskRecord seen_;                 // the other's record ...
  std::uint64_t seen_ns_ = 0;       // ... and since when it reads like this
};

}  // namespace heartwire
