// Announced pauses of machines (V2-V6): a node says so, its machine stands still once it may, and comes back in time.
import { snapshot } from '../../lib/protocol/node.ts';
import type { Effect } from '../../lib/protocol/types.ts';
import type { Host } from './host.ts';
import { runDirected } from './planted.ts';
import type { Outcome, World } from './world.ts';

/** What could be wrong with the time-out of an absentee. */
export type AbsenceBug = 'time-out not raised' | 'time-out not restored';

/** The machine stands still for `standsMs` of the `forMs` that it has announced. */
export function pauseMachine(world: World, host: Host, forMs: number, standsMs: number, policy: 'move' | 'keep' = 'move'): void {
  if (!host.running || host.paused) return;
  // One that is away itself when another says so may wake as the manager before it has heard of it: then it ejects it.
  if (world.isQuiet && world.hosts.some(({ state }) => state !== null && state.absence !== null)) return;
  const { boot } = host;
  const id = host.command({ name: 'pause', forMs, reason: 'migration-out', responseMs: 0, policy });
  host.program.whenAnswered.set(id, (code) => {
    if (code !== null || world.healing || host.paused || host.boot !== boot || (!world.options.guarded && host.owning.size > 0)) return;
    host.paused = true;
    world.away.add(host.id);
    world.interruptions.left(host.id);
    world.note(`stands still ${host.id}`);
    world.schedule.at(world.schedule.nowNs + standsMs * 1e6, () => {
      world.away.delete(host.id);
      if (host.boot !== boot || !host.running) return;
      if (host.paused) host.resume();
      host.command({ name: 'resume' });
    });
  });
}

/** As lib/runtime/effects.ts does, unless a bug is planted. */
export function silenceUsOf(host: Host, { node, silenceMs }: Extract<Effect, { type: 'setPeer' }>, timeoutUs: number): number {
  const { absenceBug } = host.world.options;
  const raised = silenceMs === null ? null : Math.round(silenceMs * 1000);
  if (absenceBug === 'time-out not raised') return timeoutUs;
  if (absenceBug === 'time-out not restored' && raised !== null) host.everRaisedUs.set(node, raised);
  return raised ?? (absenceBug === 'time-out not restored' ? (host.everRaisedUs.get(node) ?? timeoutUs) : timeoutUs);
}

/** Node 3 is away for 4 s of 10 s, is back, and dies: the first must not be taken for a failure, the second must be. */
export function runAbsence(absenceBug: AbsenceBug | null): Outcome {
  return runDirected(absenceBug === null ? {} : { absenceBug }, (world) => {
    const at = (ms: number, run: () => void): void => world.schedule.at(ms * 1e6, run);
    at(5000, () => pauseMachine(world, world.host(3), 10_000, 4000));
    at(10_500, () => world.host(3).crash());
    at(13_000, () => {
      const { state } = world.host(1);
      const seen = state === null ? undefined : snapshot(state).members.find(({ node }) => node === 3);
      if (seen?.state !== 'failed') world.violate(`the death of the returned node is not noticed: ${seen?.state}`);
    });
  });
}
