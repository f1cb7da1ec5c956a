// Signs of life: what a peer's second beat thread says while the first one is late (second_beats.h). They keep a peer and its
// paths up, and nothing else: they renew no lease, free none, ask for nothing and answer nothing, so an owner whose first thread
// is stalled loses what it would lose; and who was not up is not brought up by them (safety.md, 'Leases' 2 and 10).
#include <algorithm>

#include "core/heartbeat/engine_state.h"

namespace heartwire {

void Engine::State::on_life(Peer& peer, std::size_t link, std::uint64_t sent_ns, std::uint64_t arrival_ns, std::uint64_t now_ns) {
  PeerPath& path = peer.paths[link];
  peer.page->signs.add();
  const bool newest = sent_ns >= std::max(peer.newest_sent_ns, peer.newest_life_ns);
  if (!peer.up || !path.up || !newest) return;
  peer.newest_life_ns = sent_ns;
  path.monitor.on_sign(arrival_ns, peer.page->paths[link]);
  links[link].heard_ns = std::max(links[link].heard_ns, arrival_ns);
  note_sign(peer, path);
  if (bug != PlantedBug::life_renews) return;
  for (std::uint8_t index = 0; index < kSeatsMax; ++index) {
    Seat& seat = seats[index];
    if (seat.reg.holder() != peer.node_id) continue;
    seat.reg.on_claim(peer.node_id, {index, ClaimState::valid, 0, static_cast<std::uint32_t>(seat.lease_ns / 1000), seat.reg.holder_epoch()}, now_ns);
  }
}

}  // namespace heartwire
