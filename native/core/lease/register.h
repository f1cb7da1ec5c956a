// One voter's memory about one seat: the only place that may promise anything (safety.md, 'Leases' 4). A
// Paxos acceptor with leases: it gives each epoch to one candidate at most, and while a grant runs it gives
// nothing to anybody else. Pure: the time is an argument, the disk is JavaScript's business (`reserved`).
//
//   claim (owner's beat) ──▶ grant for L from now     ask (candidate's beat) ──▶ vote, which is also a grant
#pragma once
#include <cstdint>

#include "core/heartbeat/engine_types.h"
#include "core/wire/beat.h"

namespace heartwire {

// Planted bugs (simulation builds only): each breaks one rule that the simulator must be able to see broken.
enum class PlantedBug : std::uint8_t {
  none = 0,
  vote_twice,            // forgets who got the vote of an epoch
  ignore_running_grant,  // votes although another's grant runs
  ignore_epoch,          // accepts claims of an older epoch
  skip_reserve,          // votes above the reserved epoch, so a restart forgets the vote
  skip_quiet,            // votes right after a restart
  count_from_arrival,    // the owner counts its lease from the ACK's arrival, not from the beat's sending
  count_asked_lease,     // the owner counts the lease it asked for, not the one that was promised
  lateness_extends_lease,// a late thread adds its lateness to its own lease
  lapsed_forever,        // a lapsed owner's beats keep renewing its grant
  release_before_close,  // frees the grants before the addresses are off
  open_before_votes,     // opens the addresses when it asks, not when it has the votes
  wrong_quorum,          // one vote less than a majority
  shrinking_voters,      // a majority of the voters that are heard, not of those that are configured
  two_registers,         // counts its own vote although its register has given it to another
  grants_before_lapsed,  // the owner counts a grant for a beat that is older than its newest `lapsed`
  stale_release,         // a release does not end the epoch for its owner: what was granted before still counts
  old_beats_vouch,       // whatever comes in renews, however old: a buffer full of beats vouches for the dead
  early_vote,            // a candidate binds its own vote before the others suffice
  witness_forgets,       // a witness votes right after a restart, for epochs that it may have given away
  witness_always_asked,  // the witness is asked although the other node answers
  waived_grant_counts,   // the owner goes on counting what the witness promised after it has given that back
  change_unasked,        // the interval of the beats changes before the peer has applied it
  change_unwaited,       // a peer is judged by its old time-out while its beats may come by a slower interval
  notice_before_close,   // a guardian says that the node is dead before its addresses are off (in the simulator)
  life_renews,           // a sign of life from the owner's second thread renews its lease
  egress_uncounted,      // the owner's lease ends with the promises, whatever stands in its egress queue
  lapsed_undrained,      // an owner says `lapsed` while what it sent before still stands there
  prepared_open,         // a successor that only prepares itself opens its guard
  release_unclosed,      // an owner whose guard alone makes it silent releases and does not close it
  parked_request,        // a voter keeps a request that it could not grant, and grants it when it can, again and again
  stale_boot_counts,     // beats that were meant for an earlier start of their receiver count (in the simulator)
  late_store_opens,      // the guard is closed by a store into the cell of the lease, which may be stored into later (in the simulator)
  put_back,              // the daemon that dies puts back what its guardian has taken off (in the simulator)
  count
};

class VoterRegister {
 public:
  void configure(const SetRegister& settings);
  void set_orders(const SetOrders& orders);
  void set_plant(PlantedBug bug) { bug_ = bug; }
  // A witness promises its own lease, whatever is asked: it may be far away, and those who ask are not.
  void set_witness(bool witness) { witness_ = witness; }

  // An owner (possibly ourselves) claims; what we promise in return.
  Grant on_claim(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns);
  // A candidate (possibly ourselves) asks; `set_number` is this voter's own voter-set number.
  Vote on_ask(std::uint16_t candidate, const Ask& ask, std::uint16_t set_number, std::uint64_t now_ns);
  // Would on_ask answer yes now? Changes nothing: a candidate binds its own vote only when the others suffice.
  Vote would_answer(std::uint16_t candidate, const Ask& ask, std::uint16_t set_number, std::uint64_t now_ns) const;

  // The guardian of `owner` says that it is dead and that its addresses are off.
  void on_death(std::uint16_t owner, std::uint64_t now_ns);

  // Position of `node` in the standing orders, or -1; and the epoch that it may ask for from there.
  int position(std::uint16_t node) const;
  std::uint64_t epoch_at(int position) const { return orders_.base_epoch + 1 + static_cast<std::uint64_t>(position); }
  int successors() const { return orders_.count; }
  std::uint16_t successor(int position) const { return orders_.chain[position]; }
  std::uint64_t orders_id() const { return orders_.orders_id; }
  std::uint64_t base_epoch() const { return orders_.base_epoch; }

  std::uint64_t promised_epoch() const { return promised_epoch_; }
  std::uint64_t reserved_epoch() const { return reserved_epoch_; }
  std::uint64_t granted_until_ns() const { return granted_until_ns_; }
  std::uint64_t quiet_until_ns() const { return quiet_until_ns_; }
  std::uint16_t holder() const { return holder_; }
  std::uint64_t holder_epoch() const { return holder_epoch_; }
  bool claimed() const { return claimed_; }  // the running grant was given to an owner, not to a candidate
  bool voting() const { return voting_; }
  std::uint32_t lease_us_max() const { return lease_us_max_; }
  // What it promises an owner that asks for so long a lease.
  std::uint32_t lease_for(std::uint32_t asked_us) const { return asked_us < lease_us_max_ && !witness_ ? asked_us : lease_us_max_; }

 private:
  Grant on_lapsed_or_released(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns);
  Grant grant(std::uint16_t owner, const Claim& claim, std::uint64_t now_ns);
  void grant_parked(std::uint64_t now_ns);

  PlantedBug bug_ = PlantedBug::none;
  std::uint16_t parked_candidate_ = 0;     // with PlantedBug::parked_request alone
  std::uint64_t parked_epoch_ = 0;
  SetOrders orders_{};
  bool voting_ = false;
  bool witness_ = false;
  std::uint64_t promised_epoch_ = 0;       // nothing older is ever answered yes
  std::uint16_t promised_candidate_ = 0;   // who has that epoch; 0: nobody may (restart, release)
  std::uint64_t reserved_epoch_ = 0;       // on disk
  std::uint64_t quiet_until_ns_ = 0;
  std::uint32_t lease_us_max_ = 0;
  std::uint16_t holder_ = 0;               // to whom the running grant was given
  std::uint64_t holder_epoch_ = 0;
  bool claimed_ = false;
  std::uint64_t granted_until_ns_ = 0;
  std::uint64_t highest_asked_ = 0;        // highest epoch asked for by a request that is still pending
  std::uint64_t asked_until_ns_ = 0;       // until when it is pending
  std::uint8_t regrants_ = 0;              // lapsed grants of one epoch in a row (at most three)
};

}  // namespace heartwire
