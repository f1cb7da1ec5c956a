// The message thread carries what protocols say to each other: discovery announcements, handshakes, and
// reliable datagrams (ordered, retried, fragmented, encrypted) over all networks. Its own sockets, its own
// thread at normal priority: what serves messages never delays a beat. While it sleeps, JavaScript's own thread does its
// work on what it gives and on what has come (one lock, held by who works): to wake it would take longer. Where JavaScript
// takes what comes, the thread stands by; it looks every 2 ms, as long as anything comes, so that a blocked one holds nothing up. It also makes the sessions that the
// beat thread uses, and hands them over by a ring, so that a peer's restart needs no JavaScript.
//
//   JavaScript ──commands──▶ message thread ──notices──▶ JavaScript (ring + eventfd)
//                                  └──sessions, proven paths──▶ beat thread (ring)
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/message/message_parameters.h"
#include "core/net/link.h"
#include "core/wire/handshake.h"
#include "core/wire/key_ring.h"

namespace heartwire {

class CpuLatency;  // core/rt/cpu_latency.h

inline constexpr std::size_t kAnnounceBytesMax = 1200;
inline constexpr std::uint32_t kMessageBytesMax = (1 << 20) + (1 << 17);  // what a program says may have 1 MiB; the rest is what is said about it

struct MessageOptions {
  std::uint64_t cluster_id = 0;
  std::uint16_t node_id = 0;
  Introduction self;
  bool plain = false;                          // authentication: none-insecure
  bool relays = false;                         // X4: passes frames on, and has its own passed on where a peer is silent
  std::vector<LinkOptions> message_links;      // one per network: udp on the message port, or ethernet 0x88B6
  std::vector<LinkOptions> discovery_links;    // udp on the broadcast port (broadcast = true); ethernet shares the message link
  std::uint8_t beat_links = 0;                 // links that carry beats only (serial lines), a bit each: their sessions need keys too
  bool second_beats = false;                   // a second beat thread wants sessions too
  MessageParameters parameters;
  std::uint32_t message_bytes_max = kMessageBytesMax;  // larger ones are refused
  const CpuLatency* cpu_latency = nullptr;     // while messages are dense CPUs are kept awake by this; null: they sleep as they like
  std::int32_t awake_us = 0;                   // what they must wake within then; 0: they do not sleep
};

struct MessageNotice {                         // to JavaScript
  enum class Kind : std::uint8_t {
    announce = 1,   // payload; from a node with a live session (fresh, since challenged)
    message,        // payload; ordered per sender and boot
    session_up,     // node, boot: a handshake succeeded (new boot)
    session_path,   // node, link: the path has been proven
    undeliverable,  // node, id: gave up after retry_time_max_ms, or the peer restarted
    delivered,      // node, id: acknowledged by the peer; not told, see under_way()
    duplicate,      // node: two incarnations at once
    boot_went_back, // node, boot
    interface_gone, // link
    interface_back, // link
    answer,         // node, id: of the question; payload: age in ns (8 bytes, little-endian), then what it had published
    bad_key,        // node (as it claims), link, id: so many frames with a wrong tag since the last such notice (at most one in 10 s)
    multicast_path, // node, link, id: 1, it has said that our multicast arrives there; 0: no more, it is sent to alone
  } kind{};
  std::uint16_t node = 0;
  std::uint8_t link = 0;
  std::uint64_t boot = 0;
  std::uint64_t id = 0;
  bool quiet = false;  // a message that its sender does not want to wake anybody for
  std::vector<std::uint8_t> payload;
};

// What the beat thread gets from the message thread (a single-producer ring that the owner of both drains).
struct SessionHandover { PeerSession* session = nullptr; /* for beats, or null */ std::uint16_t peer_id = 0; std::uint8_t link_id = 0; LinkAddress beat_address; bool path = false;
                         bool second = false; /* the session is the second beat thread's */ };

struct SendOptions {
  bool waits = false;      // others follow, and a wake-up costs more than a message: it goes with the next of anything, or with flush()
  bool essential = false;  // the threshold is for the others; only memory bounds it (mailbox.h)
  bool quiet = false;      // the receiver's program is not woken for it: it hears it with the next thing, or 5 ms later
};

class MessageThread {
 public:
  using Wake = std::function<void()>;                         // called by who works: "notices wait"
  using Handover = std::function<bool(const SessionHandover&)>;  // called by who works; false: ring full, try later
  // Opens the links; a link that cannot be opened is reported in `problems` and tried again every second.
  static std::unique_ptr<MessageThread> start(const MessageOptions& options, std::shared_ptr<KeyRing> keys, Wake wake,
                                              Handover handover, std::vector<LinkError>& problems);
  virtual ~MessageThread() = default;                         // stops and joins
  // All from the JavaScript thread:
  virtual void announce(std::span<const std::uint8_t> payload) = 0;           // once, on every network; 1 to kAnnounceBytesMax bytes
  virtual void contact(const LinkAddress& address, std::uint8_t link_id) = 0; // hello to a bridged node's message port
  // 0: refused (queue over its threshold, no session, too long: see `why`); else the message's id.
  enum class Refusal : std::uint8_t { none, no_session, overflow, too_long };
  virtual std::uint64_t send(std::uint16_t node_id, std::span<const std::uint8_t> payload, Refusal& why, const SendOptions& options = {}) = 0;
  virtual void flush() = 0;
  virtual void forget(std::uint16_t node_id) = 0;              // drops queues and session (pruned, failed)
  virtual void prefer(std::uint8_t link_id) = 0;               // active network: first sends go here; retransmissions take another
  // A link of the running node comes (`discovery`: its broadcasts; null on Ethernet), or goes. Opened on the message thread and
  // tried again every second.
  virtual void open_link(const LinkOptions& message, const LinkOptions* discovery) = 0;
  virtual void carry_beats(std::uint8_t link_id) = 0;         // a link comes that carries beats only, as MessageOptions::beat_links
  virtual void close_link(std::uint8_t link_id) = 0;
  virtual void set_parameters(const MessageParameters& parameters) = 0;
  virtual void set_keys(std::shared_ptr<KeyRing> keys) = 0;    // rotation: new sealers for all sessions
  virtual void publish(std::span<const std::uint8_t> bytes) = 0;  // answers questions from now on; up to kPublishedBytesMax
  virtual bool ask(std::uint16_t node_id, std::uint64_t question) = 0;  // what it has published; false: no session
  // An epoll: readable while something waits to be received. Who polls it calls receive() then, hears the notices, and ends with flush().
  virtual int arrivals() const = 0;
  virtual bool receive() = 0;                                  // true: there are notices that are worth hearing now
  virtual bool looks() const = 0;                              // every 2 ms now, and sends what has been given: a flush() may wait
  virtual std::size_t under_way() = 0;                         // messages that are neither delivered nor undeliverable yet
  virtual bool next_notice(MessageNotice& notice) = 0;         // drains the ring
  virtual std::vector<std::uint64_t> counters() const = 0;     // message_counters.h tells the order
};

}  // namespace heartwire
