// Who lives: the peer table and its verdicts. A path is up while it is heard; a node is down when its paths
// are (C7; policy `last`: all of them, `first`: any). Only what proves that the node lived *later* than
// anything heard before counts as life (safety.md, 'Leases' 10).
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

Peer* Engine::State::find_peer(std::uint16_t node_id) {
  const std::uint16_t slot = slot_of[node_id];
  return slot == 0 ? nullptr : &peers[slot - 1u];
}

Peer* Engine::State::add_peer(std::uint16_t node_id) {
  if (Peer* known = find_peer(node_id)) return known;
  if (node_id == 0 || node_id == self.node_id) return nullptr;
  const auto free = std::find_if(peers.begin(), peers.end(), [](const Peer& peer) { return peer.node_id == 0; });
  if (free == peers.end()) return nullptr;
  const std::size_t index = static_cast<std::size_t>(free - peers.begin());
  free->node_id = node_id;
  free->page = &page.peers[index];
  free->page->node_id.set(node_id);
  for (int voter = 0; voter < voters.count; ++voter) {
    if (voters.ids[voter] == node_id) free->voter = voter;
  }
  slot_of[node_id] = static_cast<std::uint16_t>(index + 1);
  peers_used = std::max(peers_used, index + 1);
  page.peer_count.set(peers_used);
  return &*free;
}

void Engine::State::remove_peer(std::uint16_t node_id) {
  Peer* peer = find_peer(node_id);
  if (peer == nullptr) return;
  peer->beat = peer->watch = false;  // the session stays: it still gets answers, and may come back
  peer->up = false;
  peer->page->up.set(0);
}

void Engine::State::set_peer(const SetPeer& settings, std::uint64_t now_ns) {
  Peer* peer = add_peer(settings.node_id);
  if (peer == nullptr) return;
  if (settings.watch && !peer->watch) {  // a verdict needs a full time-out from now
    peer->last_life_ns = std::max(peer->last_life_ns, now_ns);
    peer->condemned = false;
  }
  if (settings.beat && !peer->beat) {
    peer->next_beat_ns = peer->answer_due_ns = now_ns;
    peer->unanswered = false;
  }
  peer->beat = settings.beat;
  peer->watch = settings.watch;
  peer->interval_ns = std::uint64_t{settings.interval_us} * 1000;
  peer->timeout_ns = std::uint64_t{settings.timeout_us} * 1000;
  peer->answer_ns = std::uint64_t{settings.answer_us} * 1000;
  ask_for_interval(*peer, now_ns);
  if (settings.beat) next_beat_ns = std::min(next_beat_ns, now_ns);
}

void Engine::State::set_peer_path(const SetPeerPath& settings) {
  Peer* peer = add_peer(settings.node_id);
  if (peer == nullptr || settings.link_id >= kLinksMax) return;
  PeerPath& path = peer->paths[settings.link_id];
  path.proven = true;
  path.address = settings.address;
  seal_notice(*peer, settings.link_id);
}

void Engine::State::set_voters(const SetVoters& settings) {
  const SetVoters before = voters;
  voters = settings;
  voters.count = std::min<std::uint8_t>(voters.count, kVotersMax);
  std::array<int, kVotersMax> moved;
  moved.fill(-1);
  for (int old = 0; old < before.count; ++old) {
    for (int index = 0; index < voters.count; ++index) {
      if (voters.ids[index] == before.ids[old]) moved[static_cast<std::size_t>(old)] = index;
    }
  }
  own_voter = -1;
  witness = -1;
  for (std::size_t index = 0; index < peers_used; ++index) peers[index].voter = -1;
  for (int index = 0; index < voters.count; ++index) {
    if (voters.ids[index] == self.node_id) own_voter = index;
    if (settings.witness != 0 && voters.ids[index] == settings.witness) witness = index;
    if (Peer* peer = find_peer(voters.ids[index])) peer->voter = index;
  }
  if (settings.disk && voters.count > 0) witness = voters.count - 1;
  for (Seat& seat : seats) {  // promises were counted by index of the old set
    if (seat.owns()) seat.tenure.renumber(moved);
    else seat.tenure.begin();
    seat.raise_tenure.begin();
    seat.given = {};
    seat.reg.set_witness(witness >= 0 && witness == own_voter);
  }
}

PeerSession* Engine::State::exchange_session(PeerSession* session, std::uint64_t now_ns) {
  Peer* peer = session == nullptr ? nullptr : add_peer(session->peer_id);
  if (peer == nullptr) return session;
  PeerSession* old = peer->session;
  if (old == nullptr || old->peer_boot != session->peer_boot) {  // another start of that node: nothing old counts
    if (peer->up) event(EventKind::node_down, now_ns, peer->node_id, 0, 0, 0, peer->last_life_ns, true);
    peer->up = false;
    peer->newest_sent_ns = peer->newest_life_ns = peer->newest_echo_ns = 0;
    forget_rhythm(*peer, now_ns);
    peer->relaying = Relaying{};
    peer->serves = 0;
    peer->serves_told_ns = 0;
    peer->last_ack = Ack{};
    peer->page->up.set(0);
    peer->page->boot.set(session->peer_boot);
    if (peer->voter >= 0) {
      for (Seat& seat : seats) seat.tenure.forget(static_cast<std::size_t>(peer->voter));
      for (Seat& seat : seats) seat.given = {};
    }
    for (PeerPath& path : peer->paths) {
      path.up = false;
      path.window = ReplayWindow{};
      path.monitor.reset();
      path.send_sequence = path.life_sequence = 0;
    }
  }
  peer->session = session;
  for (std::size_t link = 0; link < kLinksMax; ++link) seal_notice(*peer, link);
  return old;
}

std::uint64_t Engine::State::slowed_timeout_of(const Peer& peer) const {
  return slowed(peer, peer.timeout_ns != 0 ? peer.timeout_ns : timeout_ns);
}

std::uint64_t Engine::State::timeout_of(const Peer& peer, std::size_t link) const {
  return std::max(slowed_timeout_of(peer), 3 * links[link].interval_ns_min);
}

void Engine::State::set_up(Peer& peer, std::uint64_t now_ns) {
  peer.up = true;
  peer.condemned = false;
  peer.answer_due_ns = now_ns;
  peer.answer_mark_ns = lateness.mark_ns();
  peer.page->up.set(1);
  event(EventKind::node_up, now_ns, peer.node_id);
}

void Engine::State::note_sign(Peer& peer, PeerPath& path) {
  path.lateness_mark_ns = lateness.mark_ns();
  const std::uint64_t arrival_ns = path.monitor.last_arrival_ns();
  if (peer.up && arrival_ns > peer.last_life_ns) page.silence.add(arrival_ns - peer.last_life_ns);
  peer.last_life_ns = std::max(peer.last_life_ns, arrival_ns);
}

bool Engine::State::speaks(const Peer& peer, std::uint64_t within_ns, std::uint64_t now_ns) const {
  return peer.up && peer.last_spoke_ns + within_ns > now_ns;
}

void Engine::State::note_life(Peer& peer, std::size_t link, std::uint64_t now_ns) {
  PeerPath& path = peer.paths[link];
  note_sign(peer, path);
  peer.last_spoke_ns = peer.last_life_ns;
  if (!path.up) {
    path.up = true;
    peer.page->paths[link].up.set(1);
    event(EventKind::link_up, now_ns, peer.node_id, static_cast<std::uint8_t>(link));
  }
  if (!peer.up && !peer.unanswered && nic_policy == NicPolicy::last) {
    set_up(peer, now_ns);
  }
}

// The sender's view (C7, P2): so many of our beats in a row were not answered in their time. Only of peers that we beat to;
// an answer, on any path, ends it.
bool Engine::State::answers(Peer& peer, std::uint64_t slow_ns, std::uint64_t now_ns) {
  const std::uint64_t limit_ns = peer.answer_ns != 0 ? peer.answer_ns : answer_ns;
  if (limit_ns == 0 || !peer.beat || !peer.up || lateness.unfit(now_ns)) return !peer.unanswered;
  const std::uint64_t wait_ns = std::max(slowed(peer, limit_ns), slow_ns);
  const std::uint64_t since_ns = std::max(peer.newest_echo_ns, peer.answer_due_ns);
  peer.unanswered = now_ns > since_ns + wait_ns + lateness.excuse_ns(peer.answer_mark_ns, wait_ns);
  return !peer.unanswered;
}

void Engine::State::judge_peers(std::uint64_t now_ns) {
  for (std::size_t index = 0; index < peers_used; ++index) {
    Peer& peer = peers[index];
    if (peer.node_id == 0) continue;
    bool any_up = false, any_down = false;
    std::uint64_t patience_ns = 0, slow_ns = 0;
    const std::uint64_t usual_timeout = slowed_timeout_of(peer);  // once for all links: with 1,000 peers this loop is what a tick costs
    for (std::size_t link = 0; link < kLinksMax; ++link) {
      PeerPath& path = peer.paths[link];
      if (!path.up && !path.monitor.ever_heard()) continue;
      const std::uint64_t timeout = std::max(usual_timeout, 3 * links[link].interval_ns_min);
      const std::uint64_t excuse = lateness.excuse_ns(path.lateness_mark_ns, timeout);
      if (path.up && path.monitor.silent(now_ns, timeout, excuse) && !lateness.unfit(now_ns)) {
        path.up = false;
        peer.page->paths[link].up.set(0);
        event(EventKind::link_down, now_ns, peer.node_id, static_cast<std::uint8_t>(link), 0, 0, path.monitor.last_arrival_ns());
      }
      if (path.up) {
        any_up = true;
        patience_ns = std::max(patience_ns, timeout + excuse);
        slow_ns = std::max(slow_ns, 3 * links[link].interval_ns_min);
      } else if (path.monitor.ever_heard() && !links[link].offline) any_down = true;
    }
    any_up = judge_relays(peer, any_up, now_ns, patience_ns);
    // Old beats out of a full buffer keep a path up; they say nothing of the node.
    const bool heard_lately = now_ns <= peer.last_life_ns + patience_ns || lateness.unfit(now_ns) || bug == PlantedBug::old_beats_vouch;
    const bool lives = heard_lately && answers(peer, slow_ns, now_ns) && (nic_policy == NicPolicy::last ? any_up : any_up && !any_down);
    if (lives && !peer.up) {
      set_up(peer, now_ns);
    } else if (!lives && (peer.up || (peer.watch && !peer.condemned))) {
      // Watched but never heard since: the time-out runs from the moment the watch began.
      if (!peer.up && (lateness.unfit(now_ns) || now_ns <= peer.last_life_ns + timeout_of(peer, 0))) continue;
      peer.up = false;
      peer.condemned = true;
      peer.page->up.set(0);
      if (peer.watch) event(EventKind::node_down, now_ns, peer.node_id, 0, 0, 0, peer.last_life_ns);
    }
  }
}

}  // namespace heartwire
