// See disk_voter.h.
#include "core/disk/disk_voter.h"

#include <algorithm>

#include "core/lease/tenure.h"

namespace heartwire {

namespace {
constexpr std::uint64_t kNsPerUs = 1000;
constexpr std::uint64_t kAskAgainNs = 20'000'000;  // a candidate waits for the other to give way or to be dead
}  // namespace

void DiskVoter::order(const DiskOrder& order, std::uint64_t now_ns) {
  if (order == order_) return;
  order_ = order;
  again_ns_ = now_ns;
}

std::uint64_t DiskVoter::due_ns() const {
  if (step_ != Step::rest) return 0;
  const bool wants = order_.wish == DiskWish::claim || order_.wish == DiskWish::ask;
  if (!wants && !shown_ && own_known_) return UINT64_MAX;
  // What an earlier start has left on the disk may stand for addresses that are only now being taken off.
  const std::uint64_t quiet_ns = wrote_ ? 0 : self_.quiet_until_ns;
  if (order_.wish == DiskWish::nothing) return std::max(again_ns_, quiet_ns);
  return order_.wish == DiskWish::let_go ? std::max({again_ns_, quiet_ns, held_until_ns_}) : again_ns_;
}

DiskIo DiskVoter::next(std::uint64_t now_ns) {
  if (step_ == Step::rest) {
    if (now_ns < due_ns()) return {};
    at_ = order_;
    if (!own_known_) step_ = Step::own;
    else step_ = at_.wish == DiskWish::claim || at_.wish == DiskWish::ask ? Step::look : Step::retreat;
  }
  io_began_ns_ = now_ns;
  if (step_ == Step::own) return {DiskIo::Kind::read_own, {}};
  if (step_ == Step::look || step_ == Step::check) return {DiskIo::Kind::read_other, {}};
  const bool wants = step_ == Step::write;
  if (wants) {
    written_ns_ = now_ns;
    wrote_ = true;
  } else {
    held_until_ns_ = 0;
  }
  shown_ = true;  // from here on nobody knows, until it is done
  DiskRecord record;
  record.wants = wants;
  record.node_id = self_.node_id;
  record.cluster_id = self_.cluster_id;
  record.boot = self_.boot;
  record.counter = ++counter_;
  record.epoch = wants ? at_.epoch : highest_held_;
  record.lease_us = self_.lease_us;
  return {DiskIo::Kind::write, record};
}

std::optional<DiskAnswer> DiskVoter::done(bool ok, const DiskRecord& record, std::uint64_t now_ns) {
  const Step step = step_;
  if (!ok) {
    step_ = Step::rest;
    again_ns_ = now_ns + interval_ns();
    return DiskAnswer{at_.wish, Answer::unfit, 0, 0, 0};
  }
  switch (step) {
    case Step::own:  // what an earlier start may have held counts as held
      own_known_ = true;
      shown_ = record.wants;
      highest_held_ = record.epoch;
      step_ = Step::rest;
      return std::nullopt;
    case Step::look: return looked(record, now_ns);
    case Step::write:
      step_ = Step::check;
      if (bug_ == DiskBug::no_check) return checked(seen_, now_ns);
      return std::nullopt;
    case Step::check: return checked(record, now_ns);
    case Step::retreat:
      shown_ = false;
      step_ = Step::rest;
      return std::nullopt;
    case Step::rest: break;
  }
  return std::nullopt;
}

void DiskVoter::observe(const DiskRecord& other, std::uint64_t now_ns) {
  if (observed_ && other == seen_) return;
  observed_ = true;
  seen_ = other;
  seen_ns_ = now_ns;
}

// Judged when a read *began*: what came after that is not in it.
bool DiskVoter::dead(std::uint64_t now_ns) const {
  if (bug_ == DiskBug::no_patience) return true;
  const std::uint64_t lease_ns = std::uint64_t{std::max(seen_.lease_us, self_.lease_us)} * kNsPerUs;
  return now_ns >= seen_ns_ + lease_ns + lease_margin_ns(lease_ns);
}

// No, for now; `retreat`: our record must say so, too, but not before what we were given has run out.
DiskAnswer DiskVoter::rest(Answer answer, std::uint64_t epoch, std::uint64_t now_ns, bool retreat) {
  const bool holding = now_ns < held_until_ns_ && bug_ != DiskBug::early_retreat;
  step_ = retreat && shown_ && !holding ? Step::retreat : Step::rest;
  again_ns_ = now_ns + (at_.wish == DiskWish::ask ? std::min(kAskAgainNs, interval_ns()) : interval_ns());
  return {at_.wish, answer, epoch, 0, 0};
}

std::optional<DiskAnswer> DiskVoter::looked(const DiskRecord& other, std::uint64_t now_ns) {
  observe(other, now_ns);
  const bool too_old = at_.wish == DiskWish::ask ? other.epoch >= at_.epoch : other.epoch > at_.epoch;
  if (too_old && bug_ != DiskBug::ignore_epoch) return rest(Answer::epoch_old, other.epoch, now_ns, true);
  // An epoch that an earlier start has held may have had addresses that nobody took off.
  if (at_.wish == DiskWish::ask && highest_held_ >= at_.epoch && held_epoch_ != at_.epoch) {
    return rest(Answer::epoch_old, highest_held_, now_ns, true);
  }
  if (other.wants && !dead(io_began_ns_) && !holds(io_began_ns_)) {
    const bool it_gives_way = other.epoch < at_.epoch && bug_ != DiskBug::ignore_epoch;
    return rest(Answer::held, other.epoch, now_ns, !it_gives_way);
  }
  step_ = Step::write;
  return std::nullopt;
}

std::optional<DiskAnswer> DiskVoter::checked(const DiskRecord& other, std::uint64_t now_ns) {
  const bool changed = !(other == seen_);
  observe(other, now_ns);
  if (changed && other.epoch >= at_.epoch && bug_ != DiskBug::ignore_epoch) {
    return rest(other.wants ? Answer::held : Answer::epoch_old, other.epoch, now_ns, true);
  }
  // It wants a lower epoch, and has not seen us or will: it gives way. Whoever holds already holds on.
  if (changed && other.wants && !holds(written_ns_) && bug_ != DiskBug::ignore_epoch) return rest(Answer::held, other.epoch, now_ns, false);
  step_ = Step::rest;
  again_ns_ = now_ns + interval_ns();
  const std::uint64_t sent_ns = bug_ == DiskBug::count_from_end ? now_ns : written_ns_;
  highest_held_ = std::max(highest_held_, at_.epoch);
  held_epoch_ = at_.epoch;
  held_until_ns_ = sent_ns + std::uint64_t{self_.lease_us} * kNsPerUs;
  return DiskAnswer{at_.wish, Answer::yes, at_.epoch, sent_ns, self_.lease_us};
}

}  // namespace heartwire
