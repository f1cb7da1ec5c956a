// The engine decides: who lives, who may own a seat, when to take over, when to let go. It is pure: it
// has no socket, thread or clock. The beat thread (beat_thread.h) feeds it frames and the time and carries
// out what it asks for through the sink; the simulator does the same with simulated ones, so that what is
// simulated is what ships. Allocates only in its constructor.
//
//   beats of an owner ──claims──▶ voters' registers ──grants in ACKs──▶ owner's tenure (lease/tenure.h)
//   beats of a candidate ──asks──▶ voters' registers ──votes in ACKs──▶ takeover (lease/candidacy.h)
//
// Sources: C6, C7, C8; safety.md 'Leases' 1-10, 'Fit to serve'.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "core/heartbeat/engine_types.h"
#include "core/wire/frame.h"
#include "core/wire/seal.h"

namespace heartwire {

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) = 0;
};

// What the engine wants done, at once and in this order.
class EngineSink : public FrameSink {
 public:
  virtual void address(const AddressOrder& order) = 0;   // to the address thread
  // When the lease of an owned seat ends, for the kernel guard; 0: it has none.
  virtual void lease(std::uint8_t, std::uint16_t /* cell */, std::uint64_t /* expiry_ns */) {}
  // Is there a kernel guard, and an address thread that can be asked beforehand whether that is enough (AddressOrder::asks)?
  virtual bool guarded() const { return false; }
  // The networks whose addresses belong on their standby adapter, a bit each; only the newest counts. To the address thread.
  virtual void adapters(std::uint8_t) {}
  virtual void event(const EngineEvent& event) = 0;      // to JavaScript
  // Does something that we have sent on this link still stand in a queue of this machine? Then silence may be our own doing.
  virtual bool is_queued(std::uint8_t /* link_id */) { return false; }
  // The shared disk's order has changed; only the newest counts.
  virtual void disk(const DiskOrder&) {}
  // What the guardian says to this peer on this link should this node die; an empty frame: nothing.
  virtual void notice(std::uint16_t, std::uint8_t, const LinkAddress&, std::span<const std::uint8_t>) {}
};

class Engine {
 public:
  Engine(const EngineIdentity& self, EngineSink& sink, StatisticsPage& page);
  ~Engine();
  // Carries out one command of JavaScript, the message thread or the address thread.
  void command(const EngineCommand& command, std::uint64_t now_ns);
  // Hands over the sealers of a peer's (boot); the old ones come back for disposal off this thread.
  PeerSession* exchange_session(PeerSession* session, std::uint64_t now_ns);
  // One received frame; arrival_ns <= now_ns is the kernel's stamp brought to CLOCK_BOOTTIME.
  void receive(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source, std::uint64_t arrival_ns,
               std::uint64_t now_ns);
  // Call when next_deadline_ns() has come, after draining the links; deadline_ns is the one that was waited for
  // (now - deadline is this thread's own lateness).
  void tick(std::uint64_t deadline_ns, std::uint64_t now_ns);
  std::uint64_t next_deadline_ns() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heartwire
