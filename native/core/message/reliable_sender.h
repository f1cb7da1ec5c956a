// The sending half of reliable datagrams to one start of one peer: messages leave in order, cut into fragments, at
// most a window of them unacknowledged; what is not acknowledged is sent again, over another network each time.
//
// A message is undeliverable when it has waited for its time without the peer acknowledging anything. The stream is
// then begun anew under the next number and the messages that are still good are sent in it again; since the receiver
// drops messages that it has had (their ids only grow), a message arrives once or not at all, never half, never out of
// order. Pure: time is an argument, frames and news leave through a sink. Nothing here is sealed: whoever carries
// a fragment seals it for the path it takes.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "core/message/fragment.h"
#include "core/message/message_parameters.h"
#include "core/message/path_choice.h"
#include "core/message/path_trust.h"
#include "core/message/round_trip.h"
#include "core/message/stream_frame.h"

namespace heartwire {

class SenderSink {
 public:
  virtual ~SenderSink() = default;
  // The same over each of these links. `pressing`: its acknowledgement should not wait.
  virtual void transmit(LinkMask links, const Fragment& fragment, bool again, bool pressing) = 0;
  virtual void delivered(std::uint64_t id) = 0;
  virtual void undeliverable(std::uint64_t id) = 0;
};

class ReliableSender {
 public:
  // `first_number`: place of a stream's first fragment; both sides begin at 0 (tests: shortly before it wraps).
  ReliableSender(const MessageParameters& parameters, SenderSink& sink, std::uint32_t first_number = 0)
      : parameters_(parameters), sink_(sink), first_number_(first_number), base_(first_number) {}

  // How many may wait the mailbox has said: what it has accepted is refused no more. Ids must grow.
  void submit(std::uint64_t id, std::vector<std::uint8_t> payload, std::uint64_t now_ns, bool quiet = false);
  // `link_id`: over which path it came; kLinksMax: over none of the peer's own. Returns false when the acknowledgement is stale or claims what was never sent; it then changed nothing.
  bool on_ack(const FragmentAck& ack, std::uint8_t link_id, std::uint64_t now_ns);
  // Sends what is due and gives up what is overdue.
  void tick(std::uint64_t now_ns);
  // When tick() has something to do next; UINT64_MAX: never.
  std::uint64_t next_deadline_ns() const;

  void set_parameters(const MessageParameters& parameters) { parameters_ = parameters; }  // from the next tick on
  void set_usable(LinkMask links, std::uint64_t now_ns);
  void prefer(std::uint8_t link_id) { paths_.prefer(link_id); }
  // Everything queued is undeliverable (the peer restarted, or is forgotten); the next message begins a stream.
  void fail_all();

  std::size_t queued() const { return messages_.size(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  std::uint32_t stream() const { return stream_; }
  std::uint64_t resent() const { return resent_; }
  const PathChoice& paths() const { return paths_; }
  bool silent(std::uint8_t link_id, std::uint64_t now_ns) const { return paths_.silent(link_id, now_ns, retry_ns(1)); }
  bool silent(std::uint64_t now_ns) const { return paths_.all_silent(now_ns, retry_ns(1)); }
  const RoundTrip& round_trip() const { return round_trip_; }

 private:
  struct Message {
    std::uint64_t id;
    std::vector<std::uint8_t> payload;
    std::uint64_t queued_ns;
    bool quiet;
    std::uint32_t part_bytes = 0;  // fixed when its first fragment gets its number
    std::uint16_t count = 0;       // parts; 0: not begun in this stream
    std::uint32_t begun = 0;       // parts that have a number
  };
  struct InFlight {
    std::uint64_t ordinal;         // of its message: ordinal - front_ordinal_ indexes messages_
    std::uint32_t index;
    unsigned tries = 0;
    LinkMask tried = 0;
    bool acknowledged = false;
    bool probed = false;
    std::uint64_t sent_ns = 0;
    std::uint64_t resend_ns = 0;
  };

  void fill(std::uint64_t now_ns);
  bool rests(std::uint64_t now_ns) const;
  void send(std::size_t position, std::uint64_t now_ns);
  LinkMask choose(const InFlight& flying, std::uint16_t parts, std::uint64_t now_ns);
  void transmit(std::size_t position, LinkMask links, std::uint64_t now_ns, bool again);
  void probe(std::uint64_t now_ns);
  void expect_answer(std::uint64_t now_ns);
  std::uint64_t probe_after_ns() const;
  bool presses(const Message& message, const InFlight& flying) const;
  void acknowledge(std::uint32_t advanced, const FragmentAck& ack, std::uint64_t now_ns);
  void drop_front(std::uint32_t count);
  void resend_holes(std::uint64_t now_ns);
  void give_up(std::uint64_t now_ns);
  void begin_stream();
  std::uint32_t window() const;
  std::uint64_t overdue_ns() const;  // of the oldest message
  std::uint64_t retry_ns(unsigned tries) const { return round_trip_.retry_ns(std::uint64_t{parameters_.retry_timer_us} * 1000, tries); }

  MessageParameters parameters_;
  SenderSink& sink_;
  PathChoice paths_;
  PathTrust trust_;
  RoundTrip round_trip_;
  std::deque<Message> messages_;   // front: the oldest that is not acknowledged as a whole
  std::uint64_t front_ordinal_ = 0;
  std::uint64_t loud_id_ = 0;      // the newest message that is not quiet
  std::size_t begun_ = 0;          // of messages_: those all of whose parts have a number
  std::deque<InFlight> in_flight_; // front has number base_
  std::uint32_t stream_ = 1;
  std::uint32_t first_number_;
  std::uint32_t base_;
  std::uint32_t peer_window_ = kReceiveWindow;  // fragments that the receiver takes from base_ on
  bool probing_ = false;           // the stream was begun anew: one fragment until the peer answers
  std::uint64_t probe_ns_ = UINT64_MAX;  // when the silence is to be probed
  std::uint64_t answer_hold_ns_ = 0;  // how long the peer may keep the acknowledgement of what was sent last
  unsigned probes_ = 0;            // since the peer acknowledged something new
  std::uint64_t progress_ns_ = 0;  // when the peer last acknowledged something new
  std::uint64_t resent_ = 0;
};

}  // namespace heartwire
