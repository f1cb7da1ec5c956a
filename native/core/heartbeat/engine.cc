// The engine's door: commands in, the tick, the next deadline. See engine.h; the state and its parts are in
// engine_state.h.
#include "core/heartbeat/engine.h"

#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

Engine::State::State(const EngineIdentity& identity, EngineSink& effects, StatisticsPage& shared)
    : self(identity), sink(effects), page(shared), peers(kPeersMax), slot_of(65536, 0) {
#ifdef HEARTWIRE_SIMULATION
  bug = static_cast<PlantedBug>(identity.planted_bug);
#endif
  for (Seat& seat : seats) seat.reg.set_plant(bug);
  page.magic.set(kPageMagic);
  page.version.set(kPageVersion);
  page.size_bytes.set(sizeof(StatisticsPage));
  page.node_id.set(self.node_id);
}

Engine::Engine(const EngineIdentity& self, EngineSink& sink, StatisticsPage& page)
    : state_(std::make_unique<State>(self, sink, page)) {}

Engine::~Engine() {
  for (Peer& peer : state_->peers) delete peer.session;
}

void Engine::State::event(EventKind kind, std::uint64_t at_ns, std::uint16_t node, std::uint8_t link, std::uint8_t seat,
                          std::uint64_t epoch, std::uint64_t value, bool flag) {
  EngineEvent record;
  record.kind = kind;
  record.at_ns = at_ns;
  record.node = node;
  record.link = link;
  record.seat = seat;
  record.epoch = epoch;
  record.value = value;
  record.flag = flag ? 1 : 0;
  sink.event(record);
}

void Engine::State::set_link(const SetLink& settings, std::uint64_t now_ns) {
  if (settings.link_id >= kLinksMax) return;
  OwnLink& link = links[settings.link_id];
  const bool changed = link.present && settings.present && link.carrier != settings.carrier;
  const bool lost = link.present && link.carrier && !(settings.present && settings.carrier);
  link = {settings.present, settings.carrier, settings.network, std::uint64_t{settings.interval_us_min} * 1000, settings.standby_for, link.offline, link.heard_ns};
  page.links[settings.link_id].present.set(settings.present);
  page.links[settings.link_id].carrier.set(settings.carrier);
  for (std::size_t index = 0; settings.present && index < peers_used; ++index) seal_notice(peers[index], settings.link_id);
  if (changed) event(EventKind::carrier, now_ns, 0, settings.link_id, 0, 0, 0, settings.carrier);
  if (lost) weigh_adapters(now_ns, false);
  weigh_networks(now_ns, false);
}

// The paths' counters and windows stay: the keys of this link may be used again, and no nonce may come twice. What takes its
// number may have been said to count for nothing before this comes through, so that stays as it is, too.
void Engine::State::drop_link(std::uint8_t link_id) {
  if (link_id >= kLinksMax) return;
  const std::uint8_t served = links[link_id].standby_for;
  const bool offline = links[link_id].offline;
  links[link_id] = OwnLink{};
  links[link_id].offline = offline;
  page.links[link_id].present.set(0);
  page.links[link_id].carrier.set(0);
  if (served < kLinksMax && (on_standby >> served & 1) != 0 && !adapter_of(served, true).exists) {
    on_standby = static_cast<std::uint8_t>(on_standby & ~(1u << served));
    sink.adapters(on_standby);
  }
  for (std::size_t index = 0; index < peers_used; ++index) {
    if (peers[index].node_id == 0) continue;
    PeerPath& path = peers[index].paths[link_id];
    if (path.proven) sink.notice(peers[index].node_id, link_id, path.address, {});
    path.proven = path.up = false;
    path.monitor.reset();
    PagePath& told = peers[index].page->paths[link_id];
    told.up.set(0);
    told.last_arrival_ns.set(0);
    told.round_trip_ns.set(0);
  }
}

void Engine::command(const EngineCommand& command, std::uint64_t now_ns) {
  State& state = *state_;
  switch (command.kind) {
    case CommandKind::set_timing: state.set_timing(command.timing, now_ns); break;
    case CommandKind::confirm_timing: state.confirm_timing(command.confirm, now_ns); break;
    case CommandKind::set_link: state.set_link(command.link, now_ns); break;
    case CommandKind::set_link_offline:
      if (command.offline.link_id < kLinksMax) state.links[command.offline.link_id].offline = command.offline.offline;
      break;
    case CommandKind::drop_link: state.drop_link(command.offline.link_id); break;
    case CommandKind::set_peer: state.set_peer(command.peer, now_ns); break;
    case CommandKind::remove_peer: state.remove_peer(command.peer.node_id); break;
    case CommandKind::set_peer_path: state.set_peer_path(command.path); break;
    case CommandKind::set_voters: state.set_voters(command.voters); break;
    case CommandKind::set_register:
      if (command.reg.seat < kSeatsMax) state.seats[command.reg.seat].reg.configure(command.reg);
      break;
    case CommandKind::set_seat: {
      if (command.seat.seat >= kSeatsMax) break;
      Seat& seat = state.seats[command.seat.seat];
      seat.exists = command.seat.exists;
      seat.lease_ns = std::uint64_t{command.seat.lease_us} * 1000;
      seat.network = command.seat.network;
      seat.round_trip_ns = std::uint64_t{command.seat.round_trip_us} * 1000;
      break;
    }
    case CommandKind::set_orders:
      if (command.orders.seat < kSeatsMax) state.seats[command.orders.seat].reg.set_orders(command.orders);
      break;
    case CommandKind::stand:
      state.stand(command.seat_act.seat, now_ns);
      break;
    case CommandKind::release: state.begin_release(command.seat_act, now_ns); break;
    case CommandKind::address_done: state.on_address_done(command.address, now_ns); break;
    case CommandKind::disk_answer: state.on_disk(command.disk, now_ns); break;
    case CommandKind::set_egress: state.set_egress(command.egress); break;
    case CommandKind::renew_liveness: 
      state.live_until_ns = command.live.until_ns;
      state.watch_liveness(now_ns);
      break;
  }
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) state.tick_seat(index, now_ns);
}

PeerSession* Engine::exchange_session(PeerSession* session, std::uint64_t now_ns) {
  return state_->exchange_session(session, now_ns);
}

void Engine::receive(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source,
                     std::uint64_t arrival_ns, std::uint64_t now_ns) {
  state_->receive(link_id, frame, source, arrival_ns, now_ns);
}

void Engine::tick(std::uint64_t deadline_ns, std::uint64_t now_ns) {
  State& state = *state_;
  state.page.ticks.add();
  state.page.now_ns.set(now_ns);
  const std::uint64_t late_ns = now_ns > deadline_ns ? now_ns - deadline_ns : 0;
  state.page.wake_lateness.add(late_ns);
  state.page.lateness.add(late_ns);
  const std::uint64_t late_before = state.lateness.late_wakes();
  if (state.lateness.on_wake(deadline_ns, now_ns, state.interval_ns, state.timeout_ns)) {
    state.event(EventKind::unfit, now_ns, 0, 0, 0, 0, now_ns - deadline_ns);
  }
  if (state.lateness.late_wakes() != late_before) state.page.late_ticks.add();
  state.watch_liveness(now_ns);
  state.weigh_adapters(now_ns, true);
  state.weigh_networks(now_ns, true);
  state.give_up_unserved(now_ns);
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) state.tick_seat(index, now_ns);
  state.send_news(now_ns);
  state.send_due_beats(now_ns);
  state.judge_peers(now_ns);
  state.publish_seats(now_ns);
}

std::uint64_t Engine::next_deadline_ns() const {
  const State& state = *state_;
  std::uint64_t next = std::min(state.next_beat_ns, state.news_due_ns);
  for (const Seat& seat : state.seats) {
    if (!seat.exists) continue;
    if (seat.phase == SeatPhase::opening || seat.phase == SeatPhase::open) next = std::min(next, state.expiry_ns(seat));
    const int position = seat.reg.position(state.self.node_id);
    if (state.may_begin(seat) && position >= 0) next = std::min(next, state.ask_at_ns(seat, position));
    if (seat.phase == SeatPhase::asking) next = std::min(next, seat.next_ask_ns);
    if (seat.prepared_epoch != 0 && !seat.owns()) next = std::min(next, seat.prepared_until_ns);
    if (seat.release_at_ns != 0) next = std::min(next, seat.release_at_ns);
  }
  return next;
}

}  // namespace heartwire
