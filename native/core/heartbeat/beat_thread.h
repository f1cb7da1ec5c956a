// The beat thread: the engine's hands. It waits on its links, a timer with an absolute deadline and a wake-up,
// drains what has come, lets the engine decide, and sends. It takes no lock, allocates nothing after start, does
// bounded work per turn, retries nothing and never calls into JavaScript: what it has to say goes into
// preallocated rings, and an eventfd tells that something is there.
//
//   JavaScript ──commands──▶ ┐                         ┌──events──▶ JavaScript
//   message thread ─sessions▶ ├─ engine (pure) ─ links ─┤
//   address thread ──done───▶ ┘                         └──orders──▶ address thread, disk thread
//   disk thread ────answers──▶
//
// Where it is wanted, a second thread on other CPUs keeps the node audible while this one is late (second_thread.h).
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/heartbeat/engine.h"
#include "core/heartbeat/statistics_page.h"
#include "core/message/message_thread.h"
#include "core/net/link.h"

namespace heartwire {

class Guardian;     // core/guard/guardian.h
class KernelGuard;  // core/guard/kernel_guard.h

struct BeatLink {
  LinkOptions options;            // link_id = index in BeatOptions::links
  std::uint8_t network = 255;
  bool absent = false;            // this node has no such path
  std::uint8_t standby_for = 255; // network that this one is the standby adapter of; 255: none
  std::uint16_t peer = 0;         // serial: the node at the other end, which nobody has to find; 0: whoever is found
};

struct BeatOptions {
  EngineIdentity identity;
  std::vector<BeatLink> links;
  int priority = 50;              // SCHED_FIFO 1-99; 0: ordinary scheduling
  bool lock_memory = true;
  std::vector<int> affinity;      // CPU numbers; empty: any
  bool second = false;            // another thread on other CPUs says "I live" while this one is late
  bool spin = false;              // never sleep: for a CPU of its own
  std::int32_t cpu_latency_us = -1;  // PM-QoS request, held while it runs; -1: none
  KernelGuard* guard = nullptr;   // is told when leases end; null: there is none
  Guardian* guardian = nullptr;   // waits for this thread's death; null: nobody
  std::function<void(std::uint8_t)> adapter_sink;   // called on the beat thread, as EngineSink::adapters; empty: nobody listens
  std::function<void(const DiskOrder&)> disk_sink;  // called on the beat thread; empty: there is no shared disk
};

struct BeatReport {               // what the thread got, and why not more
  std::string policy = "other";   // fifo, round-robin, other
  int priority = 0;
  std::string policy_reason;      // empty: as asked
  std::string isolation_reason;   // what of the second thread, spin and latency was refused; empty: nothing
  bool second = false;            // a second thread runs
  bool memory_locked = false;
  std::string memory_reason;
  std::vector<LinkError> link_errors;  // by link id; empty `what`: open
};

class BeatThread {
 public:
  using Notify = std::function<void()>;                         // called on the beat thread: events wait
  using OrderSink = std::function<bool(const AddressOrder&)>;   // called on the beat thread; false: its ring is full

  // Opens what can be opened (the rest is tried again every second) and starts the thread. `page` must outlive
  // the thread and whoever reads it.
  static std::unique_ptr<BeatThread> start(const BeatOptions& options, std::shared_ptr<StatisticsPage> page, Notify notify,
                                           OrderSink order_sink, BeatReport& report);
  ~BeatThread();  // stops and joins; closes the links

  bool command(const EngineCommand& command);          // JavaScript thread; false: ring full
  bool handover(const SessionHandover& handover);      // message thread
  // A link of the running node comes (`absent`: goes). Opened and closed by the keeper, tried again every second like any other.
  void set_link(const BeatLink& link);                 // JavaScript thread
  bool address_done(const AddressDone& done);          // address thread
  bool disk_answer(const DiskAnswer& answer);          // disk thread
  // Address thread: what this seat's addresses send leaves so much later. Only the newest counts.
  void set_egress(std::uint8_t seat, std::uint64_t drain_ns);
  bool next_event(EngineEvent& event);                 // JavaScript thread
  bool has_second() const;                             // a second thread runs, and wants sessions of its own

 private:
  struct Parts;
  explicit BeatThread(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace heartwire
