// Everything that the engine remembers, and the parts that work on it. The engine's files each hold one
// idea and share this state: peers.cc (who lives), beats.cc (what is sent when), receive.cc (what comes
// in), seats.cc (who owns). Allocated once; nothing here grows.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/heartbeat/engine.h"
#include "core/heartbeat/lateness.h"
#include "core/heartbeat/path_monitor.h"
#include "core/heartbeat/statistics_page.h"
#include "core/lease/register.h"
#include "core/lease/tenure.h"
#include "core/wire/beat.h"
#include "core/wire/replay_window.h"

namespace heartwire {

struct PeerPath {
  bool proven = false;              // the handshake proved this address
  bool up = false;
  LinkAddress address;
  std::uint64_t send_sequence = 0;
  std::uint64_t next_beat_ns = 0;   // slow paths only
  std::uint64_t lateness_mark_ns = 0;
  ReplayWindow window;
  std::uint64_t life_sequence = 0;  // newest sign of life: an older one says nothing
  PathMonitor monitor;
};

// How often we beat to a peer, and how often it beats to us: what both ends have applied, and what one of them asks for (P3).
struct PeerRhythm {
  std::uint64_t agreed_ns = 0;      // we send by it; 0: nothing sent yet
  std::uint64_t asked_since_ns = 0; // our beats ask for another interval since then; 0: they do not
  std::uint64_t heard_ns = 0;       // the peer sends by it
  std::uint64_t wanted_ns = 0;      // the peer asks for it; 0: it does not
  std::uint32_t token = 0;          // of a confirmation that is owed to JavaScript; 0: none
};

// A peer that does not answer on any path of its own, and the nodes between.
struct Relaying {
  bool up = false;                  // it is heard through others
  std::uint16_t via = 0;            // the node that last brought something of it
  std::uint64_t last_arrival_ns = 0;
  std::uint64_t lateness_mark_ns = 0;
  std::uint64_t unanswered_ns = 0;  // sending time of our oldest beat since its own paths last answered; 0: none
  std::uint64_t next_ns = 0;        // a peer that is down is looked for once in a time-out
  std::size_t turn = 0;             // slot of the peer that is tried next
};

struct Peer {
  std::uint16_t node_id = 0;        // 0: free slot
  bool beat = false, watch = false, up = false, stalled = false;
  std::uint8_t serves = 0;          // networks that it can serve on, as its newest beat says, ...
  std::uint64_t serves_told_ns = 0; // ... and when that came
  bool condemned = false;           // reported as down and not heard since
  int voter = -1;                   // index in the voter set, or -1
  std::uint64_t interval_ns = 0, timeout_ns = 0, answer_ns = 0;  // 0: the cluster's
  PeerRhythm rhythm;
  bool unanswered = false;          // it answers none of our beats: failed, whatever it sends
  std::uint64_t answer_due_ns = 0;  // answers are awaited since then: it came up, or our beats began
  std::uint64_t answer_mark_ns = 0; // our own lateness when it last answered
  std::uint64_t next_beat_ns = 0;
  std::uint64_t newest_sent_ns = 0; // sending time of the newest beat heard on any path (rule 10)
  std::uint64_t newest_life_ns = 0; // the same of its second thread's signs of life
  std::uint64_t newest_echo_ns = 0; // newest of our beats that it has answered
  std::uint64_t last_life_ns = 0;
  std::uint64_t last_spoke_ns = 0;  // its last beat or ACK: a sign of life tells that it lives, not that it can act
  Relaying relaying;                // where no path of its own answers
  std::uint64_t closed_boot = 0;    // its guardian said that this start of it is dead: nothing of it counts any more
  Ack last_ack;                     // answer to that newest beat; its copies on other paths get the same
  PeerSession* session = nullptr;
  std::array<PeerPath, kLinksMax> paths;
  PagePeer* page = nullptr;
};

// What others need not hear at once waits for so long at most (and a quarter of an interval): who takes over, and the programs that
// answer there, have the CPUs meanwhile.
inline constexpr std::uint64_t kNewsDelayNsMax = 250'000;
// A successor has so long to put the addresses on behind its closed guard, while the owner still serves ...
inline constexpr std::uint64_t kPrepareNs = 1'000'000;
// ... and takes them off where no release has come by then.
inline constexpr std::uint64_t kPreparedNsMax = 10'000'000;
// An older answer of the address thread about its egress queues counts no more.
inline constexpr std::uint64_t kEgressToldNsMax = 2'000'000;
inline constexpr std::uint8_t kReleaseBeats = 20;  // beats that say `released`: loss must not hide it

enum class SeatPhase : std::uint8_t { idle = 0, asking = 1, opening = 2, open = 3, lapsed = 4, closing = 5 };

struct GivenVote { std::uint16_t node = 0; std::uint64_t epoch = 0, sent_ns = 0, lease_ns = 0; };

struct Seat {
  bool exists = false;
  bool stand = false;               // JavaScript's election: ask at once
  bool stood = false;               // the present ask came from an election, not from standing orders
  bool ever_owned = false;          // probing for a duplicate happens at the first acquisition only
  SeatPhase phase = SeatPhase::idle;
  std::uint8_t network = 255;
  std::uint8_t releases_left = 0;   // beats that still say `released`
  bool ordered_open = false;        // by the last order to the address thread
  std::uint16_t cell = 0;           // of the kernel guard; another one at each takeover
  std::uint16_t successor = 0;      // of a release
  std::uint16_t release_to = 0;     // a release that waits for an answer of the address thread ...
  std::uint64_t release_at_ns = 0;  // ... or for the successor, which prepares itself, until then; 0: none does
  std::uint64_t asked_egress_ns = 0;  // ... since then; 0: none does
  std::uint64_t prepared_epoch = 0; // as a successor: the addresses are on behind the closed guard for that one; 0: they are not
  std::uint64_t prepared_until_ns = 0;
  std::uint64_t untold_release_ns = 0;  // when it was released, where JavaScript (which may end this node now) is told once the voters are
  bool close_due = false;           // released behind the closed guard: the addresses are still to be taken off
  std::uint64_t lease_ns = 0, round_trip_ns = 0;
  std::uint64_t epoch = 0;          // asked for, or owned
  std::uint64_t released_epoch = 0;
  std::uint64_t egress_ns = 0;         // what it sends leaves so much later
  std::uint64_t drained_ns = 0;        // lapsed: what was sent before has left by then
  std::uint64_t lapsed_sent_ns = 0;    // the newest beat that said `lapsed`: grants for older ones are void
  std::uint64_t waived_sent_ns = 0;    // the beat that gave the witness' promise back: its grants for older ones are void
  std::uint64_t witness_asked_ns = 0;  // when it was last needed; 0: never
  bool witness_needed = false;         // the other voters do not suffice: the witness is asked
  std::uint64_t next_ask_ns = UINT64_MAX;
  std::uint64_t lateness_mark_ns = 0;  // when the holder was last heard
  std::uint64_t asked_since_ns = 0;    // when the present ask began
  std::uint64_t acquired_ns = 0;       // when the present tenure, or the last one, did
  std::uint64_t raise_epoch = 0;       // an open owner asks for this later epoch, in place; 0: it does not
  std::uint64_t invited_epoch = 0;     // a releasing owner named us as its successor for this epoch
  GivenVote given;                     // ... and this is its vote, which we have not asked for
  std::uint16_t known_holder = 0;      // newest valid claim heard ...
  std::uint64_t known_epoch = 0;       // ... and its epoch
  std::uint64_t claimed_until_ns = 0;  // ... until when a promise for that would last, be it given or not; 0: none heard
  std::uint64_t asked_epoch = 0;       // newest foreign ask that was reported ...
  Answer asked_answer = Answer::yes;   // ... with this answer of ours
  std::uint64_t refused_disk_epoch = 0;  // last one that the disk refused for good
  std::uint64_t refused_epoch = 0;  // last ask that was reported as refused ...
  std::uint64_t refused_voters = 0; // ... by these voters (bit per index)
  std::uint64_t refused_for_good = 0; // ... and by these not only for now
  VoterRegister reg;
  Tenure tenure;
  Tenure raise_tenure;                 // votes for raise_epoch

  bool owns() const { return phase >= SeatPhase::opening; }
  bool is_leaving() const { return release_at_ns != 0 || asked_egress_ns != 0; }
};

struct OwnLink {
  bool present = false, carrier = true;
  std::uint8_t network = 255;
  std::uint64_t interval_ns_min = 0;
  std::uint8_t standby_for = 255;
  bool offline = false;  // about to go: who is heard on it lives, and who is silent on it has not failed
  std::uint64_t heard_ns = 0;     // anybody, last
  std::uint64_t answered_ns = 0;  // anybody's ACK, which goes back as the beat came: what is sent here arrives, too
};

struct Engine::State {
  State(const EngineIdentity& self, EngineSink& sink, StatisticsPage& page);

  // peers.cc
  Peer* find_peer(std::uint16_t node_id);
  Peer* add_peer(std::uint16_t node_id);
  void remove_peer(std::uint16_t node_id);
  void set_peer(const SetPeer& settings, std::uint64_t now_ns);
  void set_peer_path(const SetPeerPath& settings);
  void set_voters(const SetVoters& settings);
  PeerSession* exchange_session(PeerSession* session, std::uint64_t now_ns);
  void set_up(Peer& peer, std::uint64_t now_ns);
  void note_life(Peer& peer, std::size_t link, std::uint64_t now_ns);
  void note_sign(Peer& peer, PeerPath& path);
  bool speaks(const Peer& peer, std::uint64_t within_ns, std::uint64_t now_ns) const;
  void judge_peers(std::uint64_t now_ns);
  std::uint64_t slowed_timeout_of(const Peer& peer) const;
  std::uint64_t timeout_of(const Peer& peer, std::size_t link) const;
  bool answers(Peer& peer, std::uint64_t slow_ns, std::uint64_t now_ns);
  // changes.cc
  std::uint64_t interval_of(const Peer& peer) const { return peer.interval_ns != 0 ? peer.interval_ns : interval_ns; }
  std::uint64_t sending_interval_of(const Peer& peer) const;
  std::uint64_t slowed(const Peer& peer, std::uint64_t wait_ns) const;
  void set_timing(const SetTiming& timing, std::uint64_t now_ns);
  void confirm_timing(const ConfirmTiming& confirm, std::uint64_t now_ns);
  void ask_for_interval(Peer& peer, std::uint64_t now_ns);
  void forget_rhythm(Peer& peer, std::uint64_t now_ns);
  std::span<const std::uint8_t> with_rhythm(const Peer& peer, std::span<const std::uint8_t> body);
  bool on_rhythm(Peer& peer, const Beat& beat);
  void on_change_done(Peer& peer, std::uint64_t sent_ns, std::uint64_t now_ns);
  void tell_agreed(Peer& peer, std::uint64_t now_ns);
  bool gets_beats(const Peer& peer) const;
  bool may_be_slower(std::uint64_t slower_ns) const;
  // beats.cc
  void send_due_beats(std::uint64_t now_ns);
  std::uint64_t next_on_grid(std::uint64_t now_ns, std::uint64_t interval);
  void send_beat_to(Peer& peer, std::uint64_t now_ns, bool every_path);
  void send_beats_to_voters(std::uint64_t now_ns);
  void send_news_soon(std::uint64_t now_ns);
  void send_news(std::uint64_t now_ns);
  void tell_release(std::uint8_t index);
  bool compose(std::uint64_t now_ns);
  bool is_draining(const Seat& seat, std::uint64_t now_ns) const;
  void fill_beat(Beat& beat, std::uint64_t now_ns);
  void transmit(Peer& peer, std::size_t link, FrameType type, std::span<const std::uint8_t> body);
  std::span<const std::uint8_t> seal(Peer& peer, std::size_t link, FrameType type, std::span<const std::uint8_t> body);
  // relays.cc
  void relay_beat(Peer& peer, std::span<const std::uint8_t> body, std::uint64_t now_ns);
  void transmit_via(Peer& peer, std::size_t link, const Peer& relay, FrameType type, std::span<const std::uint8_t> body);
  Peer* next_relay(Peer& peer);
  std::size_t open_link_to(const Peer& peer) const;
  bool forward(std::uint8_t link_id, std::span<const std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source, std::uint64_t now_ns);
  Peer* relay_at(const Peer& sender, std::uint8_t link_id, const LinkAddress& source);
  void note_relayed(Peer& peer, const Peer& relay, std::uint64_t arrival_ns, std::uint64_t now_ns);
  bool judge_relays(Peer& peer, bool any_up, std::uint64_t now_ns, std::uint64_t& patience_ns);
  // witness.cc
  bool is_witness(const Peer& peer) const { return peer.voter >= 0 && peer.voter == witness; }
  bool lives_by_witness(const Seat& seat, std::uint64_t now_ns) const;
  bool needs_witness(const Seat& seat, std::uint64_t now_ns) const;
  void weigh_witness(std::uint64_t now_ns);
  void spare_witness(Beat& beat) const;
  bool witness_is_due(const Peer& peer, std::uint64_t now_ns) const;
  void order_disk();
  void on_disk(const DiskAnswer& answer, std::uint64_t now_ns);
  bool another_lives(std::uint64_t within_ns, std::uint64_t now_ns) const;
  // notices.cc
  void seal_notice(Peer& peer, std::size_t link);
  void on_notice(Peer& peer, std::uint64_t now_ns);
  // receive.cc
  void receive(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source, std::uint64_t arrival_ns,
               std::uint64_t now_ns);
  // Where a frame came from: a path of its sender, or another node that passed it on (relay; else null).
  struct Origin { Peer* peer = nullptr; std::size_t link = 0; Peer* relay = nullptr; };
  Reject admit(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source, FrameHeader& header, Origin& origin);
  void on_beat(const Origin& origin, const FrameHeader& header, const Beat& beat, std::uint64_t arrival_ns, std::uint64_t now_ns);
  void on_life(Peer& peer, std::size_t link, std::uint64_t sent_ns, std::uint64_t arrival_ns, std::uint64_t now_ns);
  void on_ack(const Origin& origin, const Ack& ack, std::uint64_t arrival_ns, std::uint64_t now_ns);
  void note_origin(const Origin& origin, std::uint64_t arrival_ns, std::uint64_t now_ns);
  // seats.cc, candidacy.cc
  void on_claim(Peer& peer, const Claim& claim, Ack& ack, std::uint64_t now_ns);
  void on_ask(Peer& peer, const Ask& ask, Ack& ack, std::uint64_t now_ns);
  void on_grant(Peer& peer, const Grant& grant, std::uint64_t sent_ns, std::uint64_t now_ns);
  void on_vote(Peer& peer, const Vote& vote, std::uint64_t sent_ns, std::uint64_t now_ns);
  bool keep_given_vote(const Peer& peer, const Vote& vote, std::uint64_t sent_ns, std::uint64_t now_ns);
  void count_given_vote(std::uint8_t index, std::uint64_t now_ns);
  void grant_to_self(std::uint64_t sent_ns);
  void tick_seat(std::uint8_t index, std::uint64_t now_ns);
  void stand(std::uint8_t index, std::uint64_t now_ns);
  Ask ask_of(std::uint8_t index) const;
  void begin_asking(std::uint8_t index, int position, std::uint64_t now_ns);
  void try_to_win(std::uint8_t index, std::uint64_t now_ns);
  void give_up(std::uint8_t index);
  bool may_raise(const Seat& seat, int position) const;
  void begin_raising(std::uint8_t index, int position, std::uint64_t now_ns);
  void try_to_raise(std::uint8_t index, std::uint64_t now_ns);
  void take(std::uint8_t index, std::uint64_t now_ns);
  void yield(std::uint8_t index, std::uint64_t now_ns);
  bool owner_lives(const Seat& seat, std::uint64_t now_ns) const;
  void ask_voters(std::uint8_t index, std::uint64_t now_ns);
  bool may_begin(const Seat& seat) const;
  bool fit_to_ask(const Seat& seat) const;
  bool may_ask(const Seat& seat) const;
  std::size_t quorum() const;
  std::size_t heard_voters() const;
  void lapse(std::uint8_t index, std::uint64_t now_ns);
  void lose(std::uint8_t index, std::uint64_t now_ns);
  void report_refusal(Seat& seat, std::uint8_t index, const Peer& peer, Answer answer, std::uint64_t epoch, std::uint64_t now_ns);
  void begin_release(const SeatAct& act, std::uint64_t now_ns);
  void ask_egress(std::uint8_t index, std::uint64_t now_ns);
  void prepare(std::uint8_t index, const Claim& claim, std::uint64_t now_ns);
  void drop_prepared(std::uint8_t index, std::uint64_t now_ns);
  void release_at_once(std::uint8_t index, std::uint64_t now_ns);
  void on_egress_told(const AddressDone& done, std::uint64_t now_ns);
  void release(const SeatAct& act, std::uint64_t now_ns);
  void finish_release(std::uint8_t index, std::uint64_t now_ns);
  void give_vote(Peer& peer, Vote vote);
  void on_address_done(const AddressDone& done, std::uint64_t now_ns);
  std::uint64_t ask_at_ns(const Seat& seat, int position) const;
  std::uint64_t expiry_ns(const Seat& seat) const;
  std::uint64_t expiry_ns(const Seat& seat, const Tenure& tenure, int without = -1) const;
  void set_egress(const SetEgress& egress);
  void tell_lease(std::uint8_t index);
  std::uint16_t fresh_cell();
  void order_addresses(std::uint8_t index, bool open, std::uint64_t now_ns);
  void publish_seats(std::uint64_t now_ns);
  // adapters.cc
  struct Adapter {
    bool exists = false, carrier = false, stays = false;
    std::uint8_t link = 0;
    std::uint64_t heard_ns = 0, answered_ns = 0;
  };
  Adapter adapter_of(std::uint8_t network, bool standby) const;
  void weigh_adapters(std::uint64_t now_ns, bool drained);
  // fitness.cc
  void weigh_networks(std::uint64_t now_ns, bool drained);
  bool is_silent(std::uint8_t network, std::uint64_t heard_ns) const;
  void note_answer(OwnLink& link, std::uint64_t arrival_ns);
  bool is_mute(std::uint8_t network, std::uint64_t answered_ns, std::uint64_t now_ns) const;
  struct Company { unsigned nodes = 0; std::uint64_t patience_ns = 0; };
  Company company_on(std::uint8_t network, std::uint64_t unanswered_ns) const;
  std::uint64_t latest_elsewhere_ns(std::uint8_t network, std::uint64_t OwnLink::*what) const;
  std::uint8_t told_serves() const;
  void note_serves(Peer& peer, std::uint8_t networks, std::uint64_t now_ns);
  bool is_congested(std::uint8_t network);
  Unfitness unfitness_on(std::uint8_t network) const;
  void give_up_unserved(std::uint64_t now_ns);
  std::uint16_t fit_successor(const Seat& seat, std::uint64_t now_ns, bool must_turn, std::uint64_t told_after_ns);
  void give_up_seat(std::uint8_t index, std::uint16_t successor, Unfitness why, std::uint64_t now_ns);
  // stalled.cc
  void watch_liveness(std::uint64_t now_ns);
  void note_stalled(Peer& peer, bool says_stalled, std::uint64_t now_ns);
  // engine.cc
  void event(EventKind kind, std::uint64_t at_ns, std::uint16_t node = 0, std::uint8_t link = 0, std::uint8_t seat = 0,
             std::uint64_t epoch = 0, std::uint64_t value = 0, bool flag = false);
  void set_link(const SetLink& settings, std::uint64_t now_ns);
  void drop_link(std::uint8_t link_id);

  const EngineIdentity self;
  EngineSink& sink;
  StatisticsPage& page;
  PlantedBug bug = PlantedBug::none;
  std::uint64_t interval_ns = 100'000'000, timeout_ns = 1'000'000'000, answer_ns = 0;
  std::uint64_t liveness_timeout_ns = 0, live_until_ns = 0;
  bool release_stalled = false, is_stalled = false;
  std::uint8_t serves = 0, silent_on = 0, mute_on = 0;  // networks, a bit each
  std::uint64_t last_answer_ns = 0, answered_since_ns = 0;  // ACKs, on whatever network: the last one, and since when without a pause
  std::array<std::uint64_t, kLinksMax> unserved_since_ns{};  // by network; 0: it serves there, or has no path
  NicPolicy nic_policy = NicPolicy::last;
  std::uint64_t next_beat_ns = 0;
  std::uint64_t news_due_ns = UINT64_MAX;  // when all voters hear what only one had to hear at once
  std::uint64_t beat_phase_ns = 0;       // a time of the grid that all beats are sent on
  std::uint64_t relay_span_ns = 0;       // when the present interval of passing on began ...
  unsigned relayed_in_span = 0;          // ... and how many frames it has had
  std::uint64_t newest_sent_ns = 0;      // sending time of our newest beat: each has its own
  Lateness lateness;
  SetVoters voters{};
  int own_voter = -1;
  int witness = -1;                      // its index in the voter set, or -1
  std::array<OwnLink, kLinksMax> links;
  std::uint8_t on_standby = 0;           // networks whose addresses are on the standby adapter, a bit each
  std::array<Seat, kSeatsMax> seats;  // the first one: of management
  std::uint16_t next_cell = 0;
  std::vector<Peer> peers;               // fixed size
  std::vector<std::uint16_t> slot_of;    // node id -> index + 1
  std::size_t peers_used = 0;            // slots in use lie below this
  std::array<std::uint8_t, kFrameBytesMax> frame_buffer;
  std::array<std::uint8_t, kFrameBytesMax * 2> text_buffer;
  std::array<std::uint8_t, kBodyBytesMax> body_buffer;
  std::size_t body_size = 0;
  std::array<std::uint8_t, kBodyBytesMax> witness_buffer;  // the same beat, as the witness gets it
  std::size_t witness_size = 0;
  std::array<std::uint8_t, kBodyBytesMax> rhythm_buffer;   // the same beat, as a peer with an interval of its own gets it
  DiskOrder disk_order;                  // the newest that the sink got
  std::uint64_t witness_told_ns = 0;     // sending time of the newest beat that the witness got
};

}  // namespace heartwire
