// See register.h. Every way to say yes is in this file; read it beside safety.md, 'Leases' 1, 3, 5-7.
#include "core/lease/register.h"

#include <algorithm>

namespace heartwire {

namespace {
constexpr std::uint64_t kNsPerUs = 1000;
constexpr std::uint8_t kRegrantsMax = 3;

std::uint32_t wait_us(std::uint64_t until_ns, std::uint64_t now_ns) {
  if (until_ns <= now_ns) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((until_ns - now_ns) / kNsPerUs + 1, UINT32_MAX));
}
}  // namespace

void VoterRegister::configure(const SetRegister& settings) {
  voting_ = settings.voting;
  const bool forgets = bug_ == PlantedBug::witness_forgets && witness_;
  if (settings.promised_epoch > promised_epoch_ && !forgets) {  // a restart: whoever had it, nobody may use it again
    promised_epoch_ = settings.promised_epoch;
    promised_candidate_ = 0;
  }
  reserved_epoch_ = std::max(reserved_epoch_, settings.reserved_epoch);
  quiet_until_ns_ = bug_ == PlantedBug::skip_quiet || forgets ? 0 : std::max(quiet_until_ns_, settings.quiet_until_ns);
  lease_us_max_ = settings.lease_us_max;
}

void VoterRegister::set_orders(const SetOrders& orders) {
  if (orders.orders_id < orders_.orders_id) return;
  orders_ = orders;
  orders_.count = std::min<std::uint8_t>(orders_.count, 8);
}

int VoterRegister::position(std::uint16_t node) const {
  for (int index = 0; index < orders_.count; ++index) {
    if (orders_.chain[index] == node) return index;
  }
  return -1;
}

Grant VoterRegister::grant(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns) {
  const bool waived = claim.lease_us == 0;  // it counts none of our promises: what was promised to it is free
  const std::uint32_t lease_us = waived ? 0 : lease_for(claim.lease_us);
  if (waived) granted_until_ns_ = std::min(granted_until_ns_, now_ns);
  promised_epoch_ = claim.epoch;
  promised_candidate_ = owner;
  holder_ = owner;
  holder_epoch_ = claim.epoch;
  claimed_ = true;
  granted_until_ns_ = std::max(granted_until_ns_, now_ns + lease_us * kNsPerUs);
  return {claim.seat, Answer::yes, lease_us, claim.epoch};
}

Grant VoterRegister::on_claim(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns) {
  const auto refuse = [&](Answer answer) { return Grant{claim.seat, answer, 0, promised_epoch_}; };
  if (claim.state == ClaimState::released || claim.state == ClaimState::lapsed) {
    return on_lapsed_or_released(owner, claim, now_ns);
  }
  if (!voting_) return refuse(Answer::unfit);
  if (now_ns < quiet_until_ns_) return refuse(Answer::quiet);
  if (claim.epoch < promised_epoch_ && bug_ != PlantedBug::ignore_epoch) return refuse(Answer::epoch_old);
  if (claim.epoch == promised_epoch_ && promised_candidate_ != owner) {
    return refuse(Answer::epoch_old);
  }
  const bool held_by_other = granted_until_ns_ > now_ns && holder_ != owner;
  if (held_by_other && bug_ != PlantedBug::ignore_running_grant) return refuse(Answer::held);
  if (claim.epoch > reserved_epoch_ && bug_ != PlantedBug::skip_reserve) return refuse(Answer::reserve);
  highest_asked_ = 0;
  regrants_ = 0;
  return grant(owner, claim, now_ns);
}

// Both free the promise at once. A released epoch is over for good; a lapsed one may be granted again to
// the same owner, a few times, while nobody asks for a higher one.
Grant VoterRegister::on_lapsed_or_released(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns) {
  const bool released = claim.state == ClaimState::released;
  if (bug_ == PlantedBug::lapsed_forever && !released && promised_candidate_ == owner) return grant(owner, claim, now_ns);
  if (holder_ == owner && holder_epoch_ <= claim.epoch) granted_until_ns_ = std::min(granted_until_ns_, now_ns);
  if (released) {
    const bool ends = claim.epoch > promised_epoch_ || (claim.epoch == promised_epoch_ && promised_candidate_ == owner);
    if (ends) {
      promised_epoch_ = claim.epoch;
      promised_candidate_ = 0;
    }
    return {claim.seat, Answer::yes, 0, claim.epoch};
  }
  const Grant refusal{claim.seat, Answer::epoch_old, 0, promised_epoch_};
  if (!voting_) return {claim.seat, Answer::unfit, 0, promised_epoch_};
  if (now_ns < quiet_until_ns_) return {claim.seat, Answer::quiet, 0, promised_epoch_};
  const bool ours = claim.epoch == promised_epoch_ && promised_candidate_ == owner;
  if (!ours && bug_ != PlantedBug::ignore_epoch) return refusal;
  const bool pending = now_ns < asked_until_ns_ && highest_asked_ > claim.epoch;
  if (pending || regrants_ >= kRegrantsMax) return refusal;
  ++regrants_;
  return grant(owner, claim, now_ns);
}

Vote VoterRegister::would_answer(std::uint16_t candidate, const Ask& ask, std::uint16_t set_number,
                                 std::uint64_t now_ns) const {
  const auto refuse = [&](Answer answer, std::uint64_t until_ns = 0) {
    return Vote{ask.seat, answer, wait_us(until_ns, now_ns), 0, promised_epoch_};
  };
  if (!voting_) return refuse(Answer::unfit);
  if (now_ns < quiet_until_ns_) return refuse(Answer::quiet, quiet_until_ns_);
  if (ask.voter_set != set_number) return refuse(Answer::voters);
  if (ask.orders_id < orders_.orders_id) return refuse(Answer::orders);
  if (ask.orders_id == orders_.orders_id) {
    const int at = position(candidate);
    if (at < 0 || epoch_at(at) != ask.epoch) return refuse(Answer::orders);
  }
  if (ask.epoch < promised_epoch_) return refuse(Answer::epoch_old);
  const bool same_ballot = ask.epoch == promised_epoch_;
  if (same_ballot && promised_candidate_ != candidate && bug_ != PlantedBug::vote_twice) return refuse(Answer::epoch_old);
  const bool held_by_other = granted_until_ns_ > now_ns && holder_ != candidate;
  if (held_by_other && bug_ != PlantedBug::ignore_running_grant && bug_ != PlantedBug::vote_twice) {
    return refuse(Answer::held, granted_until_ns_);
  }
  if (ask.epoch > reserved_epoch_ && bug_ != PlantedBug::skip_reserve) return refuse(Answer::reserve);
  return {ask.seat, Answer::yes, 0, lease_for(ask.lease_us), ask.epoch};
}

Vote VoterRegister::on_ask(std::uint16_t candidate, const Ask& ask, std::uint16_t set_number, std::uint64_t now_ns) {
  if (bug_ == PlantedBug::parked_request) grant_parked(now_ns);
  const Vote vote = would_answer(candidate, ask, set_number, now_ns);
  if (vote.answer == Answer::held && bug_ == PlantedBug::parked_request) {
    parked_candidate_ = candidate;
    parked_epoch_ = ask.epoch;
  }
  // A request is pending (and ends the regrants of a lapsed owner) while only the running grant is in its
  // way, and no longer than the lease that it asks for: a parked request must not block for ever.
  if (vote.answer == Answer::yes || vote.answer == Answer::held) {
    highest_asked_ = now_ns < asked_until_ns_ ? std::max(highest_asked_, ask.epoch) : ask.epoch;
    asked_until_ns_ = now_ns + std::uint64_t{ask.lease_us} * kNsPerUs;
  }
  if (vote.answer != Answer::yes) return vote;
  promised_epoch_ = ask.epoch;
  promised_candidate_ = candidate;
  holder_ = candidate;
  holder_epoch_ = ask.epoch;
  claimed_ = false;
  regrants_ = 0;
  granted_until_ns_ = now_ns + std::uint64_t{vote.lease_us} * kNsPerUs;
  return vote;
}

// Nobody may do this: whoever asked may be gone, or may not want it any more (safety.md, 'Leases' 6).
void VoterRegister::grant_parked(std::uint64_t now_ns) {
  if (parked_candidate_ == 0 || parked_epoch_ < promised_epoch_ || granted_until_ns_ > now_ns) return;
  promised_epoch_ = parked_epoch_;
  promised_candidate_ = holder_ = parked_candidate_;
  holder_epoch_ = parked_epoch_;
  granted_until_ns_ = now_ns + std::uint64_t{lease_us_max_} * kNsPerUs;
}

// The promise is free; the epoch stays promised, so a late claim of the dead would still be of an old one.
void VoterRegister::on_death(std::uint16_t owner, std::uint64_t now_ns) {
  if (holder_ == owner) granted_until_ns_ = std::min(granted_until_ns_, now_ns);
}

}  // namespace heartwire
