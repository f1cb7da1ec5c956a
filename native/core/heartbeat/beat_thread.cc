// See beat_thread.h. The loop below is all that the thread does; what it decides is in engine.cc.
#include "core/heartbeat/beat_thread.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/heartbeat/beat_parts.h"
#include "core/rt/clock.h"

namespace heartwire {

namespace {

constexpr int kBatchesPerTurn = 4;  // bounded work: a flood on one link must not keep the others waiting

void watch_descriptor(int epoll, int descriptor, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

// ---- sink: what the engine wants done ----------------------------------------------------------------

void BeatThread::Parts::send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) {
  Link* link = links[link_id].get();
  if (link == nullptr) return;
  if (!link->stage(to, frame)) page->links[link_id].send_dropped.add();
  staged |= 1u << link_id;
}

void BeatThread::Parts::address(const AddressOrder& order) {
  if (!order_sink(order)) page->orders_dropped.add();
}

void BeatThread::Parts::lease(std::uint8_t, std::uint16_t cell, std::uint64_t expiry_ns) {
  if (guard != nullptr) guard->cells().set_expiry(cell, expiry_ns);
}

void BeatThread::Parts::event(const EngineEvent& event) {
  if (!events.push(event)) page->events_dropped.add();
  notify_due = true;
}

// In the guardian's page; it sends this when this thread is dead.
void BeatThread::Parts::notice(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& address,
                               std::span<const std::uint8_t> frame) {
  if (guardian == nullptr || links[link_id] == nullptr) return;
  sockaddr_storage endpoint{};
  const socklen_t length = links[link_id]->endpoint(address, endpoint);
  guardian->page().set_notice(peer_id, link_id, endpoint, length, frame);
}

void BeatThread::Parts::publish_leases() {
  if (guardian == nullptr) return;
  for (std::size_t seat = 0; seat < kSeatsMax; ++seat) {
    guardian->page().seats[seat].expiry_ns.store(page->seats[seat].expiry_ns.get(), std::memory_order_release);
  }
}

// ---- the loop ------------------------------------------------------------------------------------------

void BeatThread::Parts::flush() {
  unsigned waiting = 0;  // a serial line takes what it cannot send now at a later turn
  while (staged != 0) {
    const int link_id = __builtin_ctz(staged);
    staged &= staged - 1;
    if (links[link_id] == nullptr) continue;
    const std::uint64_t dropped = links[link_id]->counters().dropped;
    links[link_id]->flush();
    page->links[link_id].send_dropped.add(links[link_id]->counters().dropped - dropped);
    if (links[link_id]->waiting()) waiting |= 1u << link_id;
  }
  staged = waiting;
}

void BeatThread::Parts::drain_links() {
  std::array<ReceivedFrame, 64> frames;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    for (int batch = 0; batch < kBatchesPerTurn && links[link_id] != nullptr; ++batch) {
      bool gone = false;
      const unsigned count = links[link_id]->receive(frames, gone);
      const std::uint64_t now_ns = boot_time_ns();
      const std::uint64_t wall_ns = wall_time_ns();
      for (unsigned index = 0; index < count; ++index) {
        const ReceivedFrame& frame = frames[index];
        const std::uint64_t arrived_ns = frame.wall_stamp_ns == 0
            ? now_ns : arrival_ns(now_ns, wall_ns, frame.wall_stamp_ns, last_drain_ns[link_id]);
        engine->receive(link_id, frame.bytes, frame.source, arrived_ns, now_ns);
      }
      last_drain_ns[link_id] = now_ns;
      if (gone) retire_link(link_id, now_ns);
      if (count < frames.size()) break;
    }
  }
  flush();
}

// The interface vanished: the keeper disposes of the link and opens it again when it is back.
void BeatThread::Parts::retire_link(std::uint8_t link_id, std::uint64_t now_ns) {
  put_down_link(link_id);
  page->links[link_id].gone.add();
  tell_link(link_id, false, false, now_ns);
  EngineEvent news;
  news.kind = EventKind::interface_gone;
  news.link = link_id;
  news.at_ns = now_ns;
  event(news);
}

void BeatThread::Parts::put_down_link(std::uint8_t link_id) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, links[link_id]->descriptor(), nullptr);
  retired_links.push(PassedLink{link_id, links[link_id].release(), {}});
  keeper_wake.signal();
}

// The configuration has it no more. The engine forgets it while there is still a socket: its death notices go with it.
void BeatThread::Parts::drop_link(std::uint8_t link_id, std::uint64_t now_ns) {
  EngineCommand command;
  command.kind = CommandKind::drop_link;
  command.offline = {link_id, false};
  engine->command(command, now_ns);
  if (links[link_id] != nullptr) put_down_link(link_id);
  const LinkPlace place = places[link_id];
  places[link_id] = LinkPlace{};
  const auto uses = [&](const LinkPlace& other) { return other.interface == place.interface; };
  if (watch != nullptr && std::none_of(std::begin(places), std::end(places), uses)) watch->forget(place.interface.data());
}

void BeatThread::Parts::adopt_links(std::uint64_t now_ns) {
  PassedLink fresh;
  while (opened_links.pop(fresh)) {
    if (fresh.link == nullptr) {
      drop_link(fresh.link_id, now_ns);
      continue;
    }
    links[fresh.link_id].reset(fresh.link);
    places[fresh.link_id] = fresh.place;
    watch_descriptor(epoll, fresh.link->descriptor(), fresh.link_id);
    tell_link(fresh.link_id, true, true, now_ns);
    EngineEvent news;  // until the watch knows better: who heard that it was gone must hear this too
    news.kind = EventKind::carrier;
    news.link = fresh.link_id;
    news.flag = 1;
    news.at_ns = now_ns;
    event(news);
    if (watch != nullptr && fresh.place.interface[0] != 0) watch->refresh(fresh.place.interface.data());
  }
}

void BeatThread::Parts::tell_link(std::uint8_t link_id, bool present, bool carrier, std::uint64_t now_ns) {
  EngineCommand command;
  command.kind = CommandKind::set_link;
  const LinkPlace& place = places[link_id];
  command.link = {link_id, present, carrier, place.network, place.slow_interval_us, place.standby_for};
  engine->command(command, now_ns);
  if (!present || place.peer == 0) return;
  command.kind = CommandKind::set_peer_path;  // behind what has closed an earlier link of that number
  command.path = {place.peer, link_id, LinkAddress{}};
  engine->command(command, now_ns);
}

void BeatThread::Parts::take_commands(std::uint64_t now_ns) {
  adopt_links(now_ns);
  SessionHandover handover{};
  while (handovers.pop(handover)) {
    if (handover.path) {
      EngineCommand command;
      command.kind = CommandKind::set_peer_path;
      command.path = {handover.peer_id, handover.link_id, handover.beat_address};
      engine->command(command, now_ns);
    }
    if (handover.session != nullptr) {
      PeerSession* old = engine->exchange_session(handover.session, now_ns);
      if (old != nullptr && retired_sessions.push(old)) keeper_wake.signal();
    }
  }
  AddressDone done{};
  while (dones.pop(done)) {
    EngineCommand command;
    command.kind = CommandKind::address_done;
    command.address = done;
    engine->command(command, now_ns);
  }
  DiskAnswer answer{};
  while (disk_answers.pop(answer)) {
    EngineCommand command;
    command.kind = CommandKind::disk_answer;
    command.disk = answer;
    engine->command(command, now_ns);
  }
  take_egress(now_ns);
  EngineCommand command;
  while (commands.pop(command)) engine->command(command, now_ns);
  flush();
}

void BeatThread::Parts::take_egress(std::uint64_t now_ns) {
  for (std::uint8_t seat = 0; seat < kSeatsMax; ++seat) {
    const std::uint64_t drain_ns = egress_ns[seat].load(std::memory_order_relaxed);
    if (drain_ns == egress_known_ns[seat]) continue;
    egress_known_ns[seat] = drain_ns;
    EngineCommand command;
    command.kind = CommandKind::set_egress;
    command.egress = {seat, drain_ns};
    engine->command(command, now_ns);
  }
}

void BeatThread::Parts::take_link_news(std::uint64_t now_ns) {
  if (watch == nullptr) return;
  LinkNews news{};
  while (watch->next(news)) {
    for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
      if (links[link_id] == nullptr || places[link_id].interface.data() != news.interface_name()) continue;
      if (news.gone) {
        retire_link(link_id, now_ns);
        continue;
      }
      tell_link(link_id, true, news.carrier, now_ns);
      note_return(link_id, news.carrier);
    }
  }
}

void BeatThread::Parts::note_return(std::uint8_t link_id, bool carrier) {
  if (carrier && !places[link_id].carrier) {
    returned_links.fetch_or(1u << link_id);
    keeper_wake.signal();
  }
  places[link_id].carrier = carrier;
}

void BeatThread::Parts::arm() {
  const std::uint64_t deadline_ns = engine->next_deadline_ns();
  waited_for_ns = deadline_ns;
  due_ns.store(deadline_ns, std::memory_order_release);
  if (deadline_ns == armed_ns) return;
  armed_ns = deadline_ns;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000);
  if (deadline_ns == 0) when.it_value.tv_nsec = 1;
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

void BeatThread::Parts::turn() {
  const std::uint64_t woken_ns = boot_time_ns();
  take_commands(woken_ns);
  take_link_news(woken_ns);
  drain_links();
  const std::uint64_t due_ns = engine->next_deadline_ns();
  const std::uint64_t now_ns = boot_time_ns();
  if (now_ns >= due_ns) {
    // Late is who wakes after what it waited for, not who has just been given something that is overdue.
    const std::uint64_t deadline_ns = std::max(due_ns, std::min(waited_for_ns, woken_ns));
    if (now_ns - deadline_ns > page->interval_ns.get() / 2) {  // late: first hear what has come meanwhile, then judge
      sched_yield();
      drain_links();
    }
    engine->tick(deadline_ns, boot_time_ns());
    publish_leases();
    flush();
  }
  if (notify_due) {
    notify_due = false;
    notify();
  }
  arm();
}

void BeatThread::Parts::run() {
  const GuardianLife life(guardian == nullptr ? nullptr : &guardian->page(), LifeOf::beat_thread);
  if (guardian != nullptr) set_guardian_state(guardian->page(), GuardianState::armed);
  std::array<epoll_event, 16> ready;
  while (!stopping.load(std::memory_order_acquire)) {
    const int count = epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), spin ? 0 : -1);
    for (int index = 0; index < count; ++index) {
      if (ready[static_cast<std::size_t>(index)].data.u64 == kTimerTag) {
        std::uint64_t expirations = 0;
        if (read(timer, &expirations, sizeof expirations) > 0) armed_ns = 0;
      } else if (ready[static_cast<std::size_t>(index)].data.u64 == kWakeTag) {
        wake.clear();
      }
    }
    turn();
  }
  if (guardian != nullptr) set_guardian_state(guardian->page(), GuardianState::stopping);  // before the life ends
}

// ---- start and stop --------------------------------------------------------------------------------------

bool BeatThread::command(const EngineCommand& command) { return parts_->give(parts_->commands, command); }
bool BeatThread::handover(const SessionHandover& handover) {
  const bool to_second = parts_->second != nullptr && (handover.second || handover.path);
  if (to_second && !parts_->second->handover(handover)) return false;
  return (handover.second && to_second) || parts_->give(parts_->handovers, handover);
}
void BeatThread::set_link(const BeatLink& link) {
  parts_->changes.add(link);
  parts_->keeper_wake.signal();
}
bool BeatThread::address_done(const AddressDone& done) { return parts_->give(parts_->dones, done); }
void BeatThread::set_egress(std::uint8_t seat, std::uint64_t drain_ns) {
  if (seat >= kSeatsMax) return;
  parts_->egress_ns[seat].store(drain_ns, std::memory_order_relaxed);
  parts_->wake.signal();
}
bool BeatThread::disk_answer(const DiskAnswer& answer) { return parts_->give(parts_->disk_answers, answer); }
bool BeatThread::has_second() const { return parts_->second != nullptr; }
bool BeatThread::next_event(EngineEvent& event) { return parts_->events.pop(event); }

BeatThread::BeatThread(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

std::unique_ptr<BeatThread> BeatThread::start(const BeatOptions& options, std::shared_ptr<StatisticsPage> page, Notify notify,
                                              OrderSink order_sink, BeatReport& report) {
  auto parts = std::make_unique<Parts>(options, std::move(page), std::move(notify), std::move(order_sink));
  if (!parts->open(report)) return nullptr;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) {
    if (parts->links[link_id] != nullptr) watch_descriptor(parts->epoll, parts->links[link_id]->descriptor(), link_id);
  }
  watch_descriptor(parts->epoll, parts->timer, kTimerTag);
  watch_descriptor(parts->epoll, parts->wake.descriptor(), kWakeTag);
  if (parts->watch != nullptr) watch_descriptor(parts->epoll, parts->watch->descriptor(), kWatchTag);
  parts->start_threads(options, report);
  return std::unique_ptr<BeatThread>(new BeatThread(std::move(parts)));
}

BeatThread::~BeatThread() = default;  // Parts stops and joins both threads

}  // namespace heartwire
