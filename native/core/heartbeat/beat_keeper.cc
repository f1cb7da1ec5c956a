// The keeper: everything around the beat thread that may block or allocate. Opens the links at start and once a
// second those that are missing; disposes of what the beat thread has put down.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/heartbeat/beat_parts.h"
#include "core/net/interface_info.h"
#include "core/net/neighbour_queue.h"
#include "core/rt/clock.h"
#include "core/rt/memory.h"

namespace heartwire {

namespace {

// Every refusal is told, once; a later one does not hide an earlier one.
void add_reason(std::string& reasons, const std::string& reason) {
  if (reasons.find(reason) != std::string::npos) return;
  if (!reasons.empty()) reasons += "; ";
  reasons += reason;
}

}  // namespace

std::uint32_t slow_interval_us(const LinkOptions& options) {
  if (options.kind != LinkKind::serial) return 0;
  constexpr std::uint64_t kBitsPerExchange = 10ull * 2 * 160;  // a beat and its ACK, start and stop bits included
  return static_cast<std::uint32_t>(2 * kBitsPerExchange * 1'000'000 / std::max(options.baud, 1u));
}

BeatThread::Parts::Parts(const BeatOptions& options, std::shared_ptr<StatisticsPage> shared, Notify notify_people, OrderSink orders)
    : page(std::move(shared)), notify(std::move(notify_people)), order_sink(std::move(orders)), adapter_sink(options.adapter_sink), disk_sink(options.disk_sink),
      guard(options.guard), guardian(options.guardian), settings(options.links) {
  settings.resize(kLinksMax, BeatLink{{}, 255, true, 255, 0});
  engine = std::make_unique<Engine>(options.identity, *this, *page);
}

BeatThread::Parts::~Parts() {
  if (second != nullptr) second->stop();  // before the first: that one is not late, it ends
  stopping.store(true, std::memory_order_release);
  wake.signal();
  keeper_wake.signal();
  if (beat.joinable()) beat.join();
  if (keeper.joinable()) keeper.join();
  PassedLink link;
  while (opened_links.pop(link)) delete link.link;
  while (retired_links.pop(link)) delete link.link;
  PeerSession* session = nullptr;
  while (retired_sessions.pop(session)) delete session;
  SessionHandover handover{};
  while (handovers.pop(handover)) delete handover.session;
  if (timer >= 0) close(timer);
  if (epoll >= 0) close(epoll);
}

bool BeatThread::Parts::open(BeatReport& report) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll < 0 || timer < 0) return false;
  std::vector<std::string> interfaces;
  for (const BeatLink& link : settings) {
    if (!link.absent && !link.options.interface.empty()) interfaces.push_back(link.options.interface);
  }
  request_busy_poll(report);
  watch = LinkWatch::open(interfaces);
  const std::uint64_t now_ns = boot_time_ns();
  report.link_errors.assign(kLinksMax, LinkError{});
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    if (settings[link_id].absent) continue;
    bound_neighbour_queue(kernel, settings[link_id].options.interface);
    links[link_id] = open_link(settings[link_id].options, report.link_errors[link_id]);
    if (links[link_id] == nullptr) continue;
    open_links.fetch_or(1u << link_id);
    check_busy_poll(link_id, report);
    if (guardian != nullptr) guardian->lend_link(link_id, links[link_id]->descriptor());
    const auto info = interface_info(settings[link_id].options.interface);
    places[link_id] = place_of(settings[link_id]);
    tell_link(link_id, true, !info || info->carrier, now_ns);
  }
  return true;
}

// SO_BUSY_POLL alone counts for calls that block; who waits in epoll polls only when the epoll instance is told too
// (Linux 6.9). The C library has no name for that request yet.
void BeatThread::Parts::request_busy_poll(BeatReport& report) const {
  struct EpollParameters {
    std::uint32_t busy_poll_us;
    std::uint16_t budget;
    std::uint8_t prefer, padding;
  } parameters{0, 8, 0, 0};
  for (const BeatLink& link : settings) {
    if (!link.absent) parameters.busy_poll_us = std::max(parameters.busy_poll_us, link.options.busy_poll_us);
  }
  if (parameters.busy_poll_us == 0 || ioctl(epoll, _IOW(0x8A, 0x01, EpollParameters), &parameters) == 0) return;
  add_reason(report.isolation_reason, std::string("busy polling of epoll: ") + std::strerror(errno));
}

// Refused without a word where the process may not ask for it.
void BeatThread::Parts::check_busy_poll(std::uint8_t link_id, BeatReport& report) const {
  const LinkOptions& options = settings[link_id].options;
  int got_us = 0;
  socklen_t size = sizeof got_us;
  if (options.busy_poll_us == 0 || options.kind == LinkKind::serial) return;
  if (getsockopt(links[link_id]->descriptor(), SOL_SOCKET, SO_BUSY_POLL, &got_us, &size) == 0 && got_us == static_cast<int>(options.busy_poll_us)) return;
  add_reason(report.isolation_reason, "SO_BUSY_POLL: not permitted");
}

// The kernel's PM-QoS: no CPU goes to a sleep from which it wakes later than this.
void BeatThread::Parts::request_cpu_latency(const BeatOptions& options, BeatReport& report) {
  if (options.cpu_latency_us < 0) return;
  std::string reason;
  cpu_latency = CpuLatency::open(reason);
  if (cpu_latency == nullptr) return add_reason(report.isolation_reason, reason);
  if (!cpu_latency->request(options.cpu_latency_us, &reason)) add_reason(report.isolation_reason, reason);
}

// Returns the CPUs that are left for the first thread.
std::vector<int> BeatThread::Parts::start_second(const BeatOptions& options, BeatReport& report) {
  if (!options.second) return options.affinity;
  const Processors processors = split_processors(allowed_processors(), options.affinity);
  if (processors.second.empty()) {
    add_reason(report.isolation_reason, "second beat thread: there is no CPU that the first one does not use");
    return options.affinity;
  }
  second = std::make_unique<SecondThread>(options.identity, page, due_ns, keeper_wake);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    if (links[link_id] == nullptr) continue;
    if (std::unique_ptr<Link> twin = links[link_id]->twin()) second->pass_link({link_id, twin.release()});
  }
  ThreadReport thread;
  second->start({"hw-beat-2", options.priority, processors.second, options.lock_memory}, thread);
  if (!thread.reason.empty()) add_reason(report.isolation_reason, "second beat thread: " + thread.reason);
  report.second = second->running();
  if (report.second) return processors.first;
  second.reset();
  return options.affinity;
}

void BeatThread::Parts::start_threads(const BeatOptions& options, BeatReport& report) {
  request_cpu_latency(options, report);
  spin = options.spin;
  if (options.lock_memory) {
    std::vector<MemoryRange> ranges = own_code();
    ranges.push_back({page.get(), sizeof(StatisticsPage)});
    report.memory_reason = lock_memory(ranges);
    report.memory_locked = report.memory_reason.empty();
  } else {
    report.memory_reason = "switched off in the configuration";
  }
  ThreadReport thread;
  const std::vector<int> processors = start_second(options, report);
  beat = start_thread({"hw-beat", options.priority, processors, options.lock_memory}, [this] { run(); }, thread);
  report.policy = thread.policy;
  report.priority = thread.priority;
  report.policy_reason = thread.reason;
  ThreadReport ignored;
  keeper = start_thread({"hw-keeper", 0, {}, false}, [this] { keep(); }, ignored);
}

void BeatThread::Parts::open_missing_links() {
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    if (settings[link_id].absent || (open_links.load() & (1u << link_id)) != 0) continue;
    LinkError error;
    std::unique_ptr<Link> link = open_link(settings[link_id].options, error);
    if (link == nullptr) continue;
    bound_neighbour_queue(kernel, settings[link_id].options.interface);
    open_links.fetch_or(1u << link_id);
    if (guardian != nullptr) guardian->lend_link(link_id, link->descriptor());
    std::unique_ptr<Link> twin = second == nullptr ? nullptr : link->twin();
    if (!opened_links.push({link_id, link.get(), place_of(settings[link_id])})) {  // the beat thread is held up: again in a second
      if (guardian != nullptr) guardian->lend_link(link_id, -1);
      open_links.fetch_and(~(1u << link_id));
      return;
    }
    link.release();
    if (twin != nullptr && second->pass_link({link_id, twin.get()})) twin.release();
    wake.signal();
  }
}

void BeatThread::Parts::renew_neighbours(std::uint64_t now_ns) {
  const unsigned returned = returned_links.exchange(0);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    const LinkOptions& options = settings[link_id].options;
    if ((returned & (1u << link_id)) != 0 && options.kind == LinkKind::udp) renewal.begin(options.interface, now_ns);
  }
  renewal.act(now_ns);
}

BeatThread::Parts::LinkPlace BeatThread::Parts::place_of(const BeatLink& link) {
  LinkPlace place{{}, link.network, link.standby_for, link.peer, slow_interval_us(link.options)};
  link.options.interface.copy(place.interface.data(), place.interface.size() - 1);
  return place;
}

// What goes leaves through the beat thread; what takes its number is opened when that socket is closed. Whoever does not fit
// into its ring now is tried again with the next wake-up, after a second at most.
void BeatThread::Parts::take_changes() {
  changes.hand_over([this](const BeatLink& link) {
    const std::uint8_t link_id = link.options.link_id;
    if (link.absent && !opened_links.push({link_id, nullptr, {}})) return false;
    settings[link_id] = link;
    if (link.absent) wake.signal();
    return true;
  });
}

// A port stays taken until the last who has the socket has closed it.
void BeatThread::Parts::put_away(const PassedLink& link) {
  if (guardian != nullptr) guardian->lend_link(link.link_id, -1);
  leaving[link.link_id].reset(link.link);
  if (second == nullptr || !second->pass_link({link.link_id, nullptr})) close_link(link.link_id);
}

void BeatThread::Parts::close_link(std::uint8_t link_id) {
  if (leaving[link_id] == nullptr) return;
  leaving[link_id].reset();
  open_links.fetch_and(~(1u << link_id));
}

void BeatThread::Parts::take_from_second() {
  PeerSession* session = nullptr;
  while (second->next_session(session)) delete session;
  PassedTwin twin;
  while (second->next_link(twin)) {
    delete twin.link;
    close_link(twin.link_id);
  }
}

void BeatThread::Parts::keep() {
  while (!stopping.load(std::memory_order_acquire)) {
    pollfd waiting{keeper_wake.descriptor(), POLLIN, 0};
    poll(&waiting, 1, renewal.wait_ms(boot_time_ns(), 1000));
    keeper_wake.clear();
    PeerSession* session = nullptr;
    while (retired_sessions.pop(session)) delete session;
    PassedLink link;
    while (retired_links.pop(link)) put_away(link);
    if (second != nullptr) take_from_second();
    take_changes();
    open_missing_links();
    renew_neighbours(boot_time_ns());
  }
}

}  // namespace heartwire
