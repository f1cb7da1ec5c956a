// All that the message thread decides, without its sockets: discovery, handshakes, sessions, reliable datagrams.
// Pure: frames, commands and time come in, frames, notices and sessions leave through the sink; random bits come from
// it, too. tick() sends what is due; a caller flushes its links afterwards.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/message/announce_hold.h"
#include "core/message/hello_schedule.h"
#include "core/message/key_alarm.h"
#include "core/message/message_counters.h"
#include "core/message/message_peer.h"
#include "core/message/message_thread.h"
#include "core/message/multicast_stage.h"
#include "core/wire/announce.h"

namespace heartwire {

class MessageEngineSink {
 public:
  virtual ~MessageEngineSink() = default;
  virtual void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) = 0;
  virtual void broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame) = 0;  // to everybody's discovery
  virtual void multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame) = 0;  // to the cluster's group on this link
  virtual bool handover(const SessionHandover& handover) = 0;  // true: the session is the beat thread's now
  virtual void notice(MessageNotice&& notice) = 0;
  virtual void session_changed(std::uint16_t node_id, bool live) = 0;  // before the notice, so that a send then succeeds
  virtual Published::Copy published() const = 0;               // what questions are answered with
  virtual bool room() const = 0;                               // JavaScript can take another message
  virtual void random(std::span<std::uint8_t> bytes) = 0;
};

class MessageEngine {
 public:
  MessageEngine(const MessageOptions& options, std::shared_ptr<KeyRing> keys, MessageEngineSink& sink, MessageCounters& counters);

  void receive(std::uint8_t link_id, bool discovery, std::span<std::uint8_t> frame, const LinkAddress& source, std::uint64_t now_ns);
  void announce(std::span<const std::uint8_t> payload);
  void contact(const LinkAddress& address, std::uint8_t link_id, std::uint64_t now_ns);
  // There is something to say to a node without a session: it is greeted where it was known to live.
  void look_for(std::uint16_t node_id, std::uint64_t now_ns);
  void send(std::uint16_t node_id, std::uint64_t id, std::vector<std::uint8_t> payload, std::uint64_t now_ns, bool quiet = false);
  // One question; its answer comes as a notice, or is lost.
  void ask(std::uint16_t node_id, std::uint64_t question);
  void forget(std::uint16_t node_id);
  void prefer(std::uint8_t link_id);
  // This node has another link: peers with a session get keys for it. Or one less: nothing goes over it any more.
  void add_link(std::uint8_t link_id, bool multicast = false);
  void carry_beats(std::uint8_t link_id);
  void remove_link(std::uint8_t link_id, std::uint64_t now_ns);
  void set_parameters(const MessageParameters& parameters, std::uint64_t now_ns);
  void set_keys(std::shared_ptr<KeyRing> keys);
  // A link is open, again or for the first time: whoever has no proven path over it is looked for.
  void link_opened(std::uint8_t link_id, std::uint64_t now_ns);
  void tick(std::uint64_t now_ns);
  std::uint64_t next_deadline_ns() const;

 private:
  friend class MessagePeer;
  using Peers = std::unordered_map<std::uint16_t, std::unique_ptr<MessagePeer>>;

  // Where a frame came from: a path of its sender, or another node that passed it on (relay; else null).
  struct Origin { MessagePeer* peer = nullptr; MessagePeer* relay = nullptr; };

  // message_relays.cc: through a third member, where a peer answers on no path of its own
  void relay(MessagePeer& peer, FrameType type, std::span<const std::uint8_t> body);
  void send_via(MessagePeer& peer, MessagePeer& relay, FrameType type, std::span<const std::uint8_t> body);
  bool forward(std::uint8_t link_id, std::span<const std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
               std::uint64_t now_ns);
  MessagePeer* relay_at(const MessagePeer& sender, std::uint8_t link_id, const LinkAddress& source);
  MessagePeer* next_relay(MessagePeer& peer);

  // message_receive.cc: what comes in
  Reject admit(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
               std::uint64_t now_ns, Origin& origin);
  void on_question_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
                         std::uint64_t now_ns);
  void on_stream_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
                       std::uint64_t now_ns);
  // What the fragments of one frame were: whether any of them is to be acknowledged, and whether at once.
  struct Arrivals { bool due = false, news = false; void add(Arrival arrival); };
  void acknowledge(const Origin& origin, std::uint8_t link_id, const Arrivals& arrivals);
  Arrival on_fragment(MessagePeer& peer, std::uint8_t link_id, const Fragment& fragment);
  void on_handshake(std::uint8_t link_id, std::span<std::uint8_t> frame, std::uint16_t claimed_id, const LinkAddress& source,
                    std::uint64_t now_ns);
  void reject(Reject reason, std::uint16_t claimed_id, std::uint8_t link_id, std::uint64_t now_ns);

  // message_multicast.cc: once to several, where they hear it
  LinkMask multicast_links(MessagePeer& peer, LinkMask links);
  void send_staged();
  void send_items(std::span<const MulticastItem> items);
  void send_together(std::span<const MulticastItem> items, std::span<const std::size_t> receivers);
  void send_multicast(LinkMask links, bool pressing, std::span<MessagePeer* const> receivers, std::span<const std::uint32_t> streams, const PackedMulticast& packed);
  void set_hears(MessagePeer& peer, LinkMask links);
  void hears_no_more(MessagePeer& peer, LinkMask links);
  void ask_who_hears(std::uint64_t in_ns);
  void sound(std::uint64_t now_ns);
  void on_multicast(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source, std::uint64_t now_ns);
  Reject admit_multicast(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source);
  void on_multicast_heard(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source, std::uint64_t now_ns);
  bool build_multicast();

  // message_questions.cc: what is answered without JavaScript
  Reject on_question(MessagePeer& peer, std::uint8_t link_id, std::span<const std::uint8_t> body, std::uint64_t now_ns);
  Reject on_answer(MessagePeer& peer, std::uint8_t link_id, std::span<const std::uint8_t> body);

  // message_discovery.cc: who is there
  void on_announce(std::uint8_t link_id, std::span<std::uint8_t> frame, std::uint16_t claimed_id, const LinkAddress& source,
                   std::uint64_t now_ns);
  bool note_announce(const Announcement& heard, std::uint8_t link_id, std::uint64_t number);
  void tell_announce(MessagePeer& peer, std::uint8_t link_id, std::uint64_t number, std::span<const std::uint8_t> payload);
  void broadcast(std::uint8_t link_id, std::uint64_t number, std::span<const std::uint8_t> payload);
  void pursue(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& source, bool trusted, std::uint64_t now_ns);
  void greet(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to, std::uint64_t now_ns);
  void show_presence(std::uint64_t now_ns);

  // message_sessions.cc: who is believed
  void on_proven(const HandshakeOutcome& outcome, std::uint8_t link_id, const LinkAddress& source, std::uint64_t now_ns);
  void begin_session(MessagePeer& peer, const Introduction& who);
  bool build_sessions(MessagePeer& peer);
  void rebuild_sessions();
  void end_session(MessagePeer& peer);
  void hand_over();
  bool hand_over(MessagePeer& peer);

  // message_engine.cc: what goes out
  void send_frame(MessagePeer& peer, std::uint8_t link_id, FrameType type, std::span<const std::uint8_t> body);
  using Frame = std::array<std::uint8_t, kFrameBytesMax>;
  std::size_t seal(MessagePeer& peer, std::uint8_t link_id, FrameType type, std::span<const std::uint8_t> body, Frame& frame);
  void send_packed(MessagePeer& peer, bool last);
  void send_acks(MessagePeer& peer);
  void send_due(MessagePeer& peer);
  std::size_t encode_ack(const MessagePeer& peer, std::span<std::uint8_t> out) const;
  void touch(MessagePeer& peer);
  MessagePeer* live_peer(std::uint16_t node_id);
  void notify(MessageNotice::Kind kind, const MessagePeer& peer, std::uint8_t link_id = 0, std::uint64_t id = 0);

  const MessageOptions options_;
  MessageParameters parameters_;
  std::shared_ptr<KeyRing> keys_;             // null: plain
  MessageEngineSink& sink_;
  MessageCounters& counters_;
  LinkMask links_ = 0;                        // that this node has
  LinkMask beat_links_ = 0;                   // that carry beats only
  LinkMask multicast_links_ = 0;              // on which several may be spoken to at once
  std::uint8_t preferred_ = 0;
  std::unique_ptr<Handshake> handshake_;
  Announcer announcer_;
  std::uint64_t announce_number_ = 0;
  HelloSchedule hellos_;
  AnnounceHold held_;
  KeyAlarm key_alarm_;
  Peers peers_;
  std::vector<MessagePeer*> touched_;         // have something to send, or a new deadline
  std::uint64_t streams_deadline_ns_ = UINT64_MAX;  // not later than the first deadline of a sender
  std::uint64_t acks_deadline_ns_ = UINT64_MAX;     // not later than the first acknowledgement that goes alone
  bool handovers_wait_ = false;
  std::uint64_t handover_retry_ns_ = UINT64_MAX;
  std::uint64_t presence_ns_ = UINT64_MAX;    // next show of presence, on links where a peer is missing
  std::uint64_t presence_pause_ns_ = 0;
  std::uint64_t now_ns_ = 0;                  // of the call that is being carried out
  std::unique_ptr<PeerSession> multicast_;    // what we say to several is sealed with this; null: nothing
  std::array<std::uint64_t, kLinksMax> multicast_sequence_{};
  MulticastStage stage_;
  std::uint64_t sound_ns_ = UINT64_MAX;       // next question who hears us so
  std::uint64_t sound_pause_ns_ = 0;
  std::uint64_t relay_span_ns_ = 0;           // when the present span of passing on began ...
  unsigned relayed_in_span_ = 0;              // ... and how many frames it has had
};

}  // namespace heartwire
