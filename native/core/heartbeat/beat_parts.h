// The insides of the beat thread: what it owns, and the keeper, an ordinary thread that does for it what may
// block or allocate (opening links that are missing, disposing of old sessions and links).
#pragma once
#include <array>
#include <atomic>
#include <thread>

#include "core/guard/guardian.h"
#include "core/guard/kernel_guard.h"
#include "core/heartbeat/beat_thread.h"
#include "core/heartbeat/pending_links.h"
#include "core/heartbeat/second_thread.h"
#include "core/net/kernel_settings.h"
#include "core/net/link_watch.h"
#include "core/net/neighbour_renewal.h"
#include "core/rt/cpu_latency.h"
#include "core/rt/ring.h"
#include "core/rt/thread.h"
#include "core/rt/wake.h"

namespace heartwire {

inline constexpr std::uint64_t kTimerTag = 100, kWakeTag = 101, kWatchTag = 102;

// How seldom a slow path may carry a beat: two times the time a beat with an answer takes on the line.
std::uint32_t slow_interval_us(const LinkOptions& options);

struct BeatThread::Parts final : EngineSink {
  // What the beat thread knows of a link's settings, without a pointer to what the keeper may change.
  struct LinkPlace { std::array<char, 16> interface{}; std::uint8_t network = 255, standby_for = 255; std::uint16_t peer = 0; std::uint32_t slow_interval_us = 0; bool carrier = true; };
  struct PassedLink { std::uint8_t link_id = 0; Link* link = nullptr; /* to the beat thread, null: it has no such link any more */ LinkPlace place{}; };

  Parts(const BeatOptions& options, std::shared_ptr<StatisticsPage> page, Notify notify, OrderSink order_sink);
  ~Parts() override;
  bool open(BeatReport& report);
  void request_busy_poll(BeatReport& report) const;
  void check_busy_poll(std::uint8_t link_id, BeatReport& report) const;
  void request_cpu_latency(const BeatOptions& options, BeatReport& report);
  std::vector<int> start_second(const BeatOptions& options, BeatReport& report);
  void start_threads(const BeatOptions& options, BeatReport& report);

  // The engine's sink.
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override;
  void address(const AddressOrder& order) override;
  void lease(std::uint8_t seat, std::uint16_t cell, std::uint64_t expiry_ns) override;
  void event(const EngineEvent& event) override;
  bool guarded() const override { return guard != nullptr; }
  void adapters(std::uint8_t networks) override { if (adapter_sink) adapter_sink(networks); }
  bool is_queued(std::uint8_t link_id) override { return links[link_id] != nullptr && links[link_id]->queued_bytes() > 0; }
  void disk(const DiskOrder& order) override { if (disk_sink) disk_sink(order); }
  void notice(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& address, std::span<const std::uint8_t> frame) override;

  // The beat thread (beat_thread.cc).
  void run();
  void turn();
  void drain_links();
  void flush();
  void take_commands(std::uint64_t now_ns);
  void take_egress(std::uint64_t now_ns);
  void take_link_news(std::uint64_t now_ns);
  void adopt_links(std::uint64_t now_ns);
  void retire_link(std::uint8_t link_id, std::uint64_t now_ns);
  void drop_link(std::uint8_t link_id, std::uint64_t now_ns);
  void put_down_link(std::uint8_t link_id);
  void note_return(std::uint8_t link_id, bool carrier);
  void tell_link(std::uint8_t link_id, bool present, bool carrier, std::uint64_t now_ns);
  void arm();
  void publish_leases();

  // The keeper (beat_keeper.cc).
  void keep();
  void take_changes();
  static LinkPlace place_of(const BeatLink& link);
  void open_missing_links();
  void renew_neighbours(std::uint64_t now_ns);
  void put_away(const PassedLink& link);
  void close_link(std::uint8_t link_id);
  void take_from_second();

  template <typename T>
  bool give(Ring<T>& ring, const T& item) {
    const bool taken = ring.push(item);
    wake.signal();
    return taken;
  }

  const std::shared_ptr<StatisticsPage> page;
  const Notify notify;
  const OrderSink order_sink;
  const std::function<void(std::uint8_t)> adapter_sink;
  const std::function<void(const DiskOrder&)> disk_sink;
  KernelGuard* const guard;                              // null: none
  Guardian* const guardian;                              // null: none
  std::vector<BeatLink> settings;                        // by link id; kLinksMax of them; the keeper's, once it runs
  LinkPlace places[kLinksMax];                           // the beat thread's, once it runs
  KernelSettings kernel;                                 // the keeper's, once it runs
  NeighbourRenewal renewal;                              // the keeper's
  PendingLinks changes;                                  // JavaScript's, that the keeper has not made yet
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Link> links[kLinksMax];                // the beat thread's, once it runs
  std::unique_ptr<LinkWatch> watch;
  std::uint64_t last_drain_ns[kLinksMax] = {};
  std::uint64_t armed_ns = 0;                            // 0: the timer has gone off
  std::uint64_t waited_for_ns = UINT64_MAX;              // what the last turn ended to wait for
  unsigned staged = 0;                                   // links with frames to flush, a bit each
  bool notify_due = false;
  int epoll = -1, timer = -1;
  std::unique_ptr<CpuLatency> cpu_latency;               // the request counts while this is open
  bool spin = false;
  Wake wake, keeper_wake;
  Ring<EngineCommand> commands{4096};
  Ring<SessionHandover> handovers{4096};
  Ring<AddressDone> dones{256};
  Ring<DiskAnswer> disk_answers{256};
  Ring<EngineEvent> events{8192};
  Ring<PassedLink> opened_links{64}, retired_links{64};  // keeper -> beat thread -> keeper
  Ring<PeerSession*> retired_sessions{4096};
  std::unique_ptr<SecondThread> second;                  // null: none
  std::unique_ptr<Link> leaving[kLinksMax];              // the keeper's: retired, and their twins not given back yet
  std::array<std::atomic<std::uint64_t>, kSeatsMax> egress_ns{};  // the address thread's ...
  std::array<std::uint64_t, kSeatsMax> egress_known_ns{};         // ... and what the engine knows of it
  std::atomic<std::uint64_t> due_ns{0};                  // what the beat thread waits for; 0: it has not begun
  std::atomic<unsigned> returned_links{0};               // whose carrier came back, a bit each; the keeper takes them
  std::atomic<unsigned> open_links{0};                   // which links the beat thread has, a bit each
  std::atomic<bool> stopping{false};
  std::thread beat, keeper;
};

}  // namespace heartwire
