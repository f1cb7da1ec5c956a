// Pauses of machines that nobody has announced (V1), as a hypervisor makes them: all threads stand still, and the node finds
// out by a gap in its own time (lib/runtime/notices/own-time.ts). For the others it has failed, or was quick enough; back
// again it must do no harm: what it knows is old.
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** Gaps that are shorter are none (OwnTime). */
const NOTICED_MS_MIN = 250;
/** A fourth of the threshold: looks are that far apart. */
const LOOKS = 4;

/** @param forMs of true time */
export function standStill(world: World, host: Host, forMs: number): void {
  const { options, schedule } = world;
  if (!host.running || host.paused) return;
  if (!options.guarded && (host.owning.size > 0 || host.role() !== 'client' || (options.groups ?? 0) > 0)) return;
  const { boot } = host;
  host.paused = true;
  world.gaps.set(host.id, Number.POSITIVE_INFINITY);
  schedule.at(schedule.nowNs + forMs * 1e6, () => {
    world.gaps.set(host.id, schedule.nowNs);
    if (host.boot !== boot || !host.running) return;
    if (host.paused) host.resume();
    const thresholdMs = Math.max(options.timeoutUs / 1000, NOTICED_MS_MIN);
    if (forMs < thresholdMs * (1 + 1 / LOOKS)) return;
    // The watcher's next look comes when it comes: before or after what has waited for this machine.
    schedule.at(schedule.nowNs + world.random.between(0, thresholdMs / LOOKS) * 1e6, () =>
      host.onMachine(() => host.feed({ type: 'gap' })),
    );
  });
}

/** So long after a node is back others may still be new to each other because it was away. */
const FOUND_OUT_MS = 3000;
/** Of 1000 frames; with more of them lost a lease may end by that alone. */
const LOST_MAX = 50;

/** An owner has lost a seat. It went on all the time, and so did a majority: then only a node that is back can be the reason. */
export function noteLapsed({ id, state, world }: Host, seat: number): void {
  const { options, hosts, schedule } = world;
  if (options.faults.length === 0 || options.faults.some((fault) => fault !== 'gap') || options.lossPerMille > LOST_MAX) return;
  const wasAway = (node: number): boolean => schedule.nowNs < (world.gaps.get(node) ?? Number.NEGATIVE_INFINITY) + FOUND_OUT_MS * 1e6;
  const voters = state?.config.voters ?? []; // changes of the configuration give votes and take them
  // Who has heard that a group is gone grants its holder nothing any more, and the holder may hear of it later.
  const grants = ({ state: known }: Host): boolean => seat === 0 || known?.groups.has(seat) === true;
  const steady = hosts.filter((host) => host.running && voters.includes(host.id) && !wasAway(host.id) && grants(host));
  if (wasAway(id) || steady.length <= voters.length / 2) return;
  world.harmed ??= `node ${id} has lost seat ${seat}, and nothing was wrong with it`;
}
