// Adapter before node (R9, X3): a network may have a standby adapter, which beats as a network of its own. The
// addresses go to it when the adapter in use loses its carrier, or hears nobody for a time-out while the other one
// hears, or gets no answers for two while the other one does; no lease and no role is touched. They stay there until that one fails: going back would cost another gap. One that a
// reconfiguration takes away is left before it is closed (R5), and one that it brings is no place to go until that is decided.
#include "core/heartbeat/engine_state.h"

#include <algorithm>

namespace heartwire {

// All paths of a network on this node, or of the one that stands by for it.
Engine::State::Adapter Engine::State::adapter_of(std::uint8_t network, bool standby) const {
  Adapter adapter;
  for (std::uint8_t id = 0; id < kLinksMax; ++id) {
    const OwnLink& link = links[id];
    if ((standby ? link.standby_for : link.network) != network) continue;
    if (!adapter.exists) adapter.link = id;
    adapter.exists = true;
    adapter.stays = adapter.stays || !link.offline;
    adapter.carrier = adapter.carrier || (link.present && link.carrier);
    adapter.heard_ns = std::max(adapter.heard_ns, link.heard_ns);
    adapter.answered_ns = std::max(adapter.answered_ns, link.answered_ns);
  }
  return adapter;
}

// `drained`: all that has arrived was read, so that silence is not our own lateness. It is measured between the two
// adapters and not against the clock: a peer that ends falls silent on both.
void Engine::State::weigh_adapters(std::uint64_t now_ns, bool drained) {
  for (std::uint8_t network = 0; network < kLinksMax; ++network) {
    const Adapter standby = adapter_of(network, true);
    if (!standby.exists) continue;
    const bool moved = (on_standby >> network & 1) != 0;
    const Adapter service = adapter_of(network, false);
    const Adapter& used = moved ? standby : service;
    const Adapter& other = moved ? service : standby;
    const bool silent = drained && used.heard_ns != 0 && other.heard_ns >= used.heard_ns + timeout_ns;
    const bool mute = drained && used.answered_ns != 0 && other.answered_ns >= std::max(used.answered_ns, answered_since_ns) + 2 * timeout_ns;
    const bool leaves = !used.stays && other.heard_ns + timeout_ns >= used.heard_ns;
    if (!other.stays || !other.carrier || (used.carrier && !silent && !mute && !leaves)) continue;
    on_standby = static_cast<std::uint8_t>(on_standby ^ 1u << network);
    sink.adapters(on_standby);
    event(EventKind::adapter_switched, now_ns, self.node_id, other.link, 0, 0, 0, !moved);
  }
}

}  // namespace heartwire
