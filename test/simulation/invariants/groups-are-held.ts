// R8: once faults are over, every resource group has one holder, everybody knows which, and one that fails back is at its owner.
import type { Group } from '../../../lib/protocol/resources/group.ts';
import type { World } from '../world.ts';
import type { Host } from '../host.ts';
import type { Invariant } from './index.ts';

export const groupsAreHeld: Invariant = {
  name: 'every group has one holder',
  settled: (world) => {
    const manager = world.hosts.find((host) => host.role() === 'manager');
    for (const group of manager?.state?.groups.values() ?? []) {
      const broken = brokenOf(
        world,
        manager,
        group,
        world.hosts.filter((host) => host.role() !== 'offline'),
      );
      if (broken !== null) return `${group.config.name}: ${broken}`;
    }
    return null;
  },
};

/** On a lossy wire it may have changed hands just now: so long after it could have gone back it must have. */
const FAIL_BACK_TAKES_MS = 5000;

function brokenOf(world: World, manager: Host | undefined, group: Group, here: readonly Host[]): string | null {
  const { config, holder, ownerHealthySinceMs, moveAtMs } = group;
  const open = world.hosts.filter((host) => host.addressesOf(config.seat).openEpoch !== null).map(({ id }) => id);
  const may = config.holders.filter((node) => here.some(({ id }) => id === node));
  if (may.length === 0) return null;
  if (open.length !== 1) return `held by ${open.join(' and ') || 'nobody'}; ${may.join(', ')} could`;
  if (open[0] !== undefined && !config.holders.includes(open[0]))
    return `held by ${open[0]}, which is none of ${config.holders.join(', ')}`;
  const wrong = here
    .filter((host) => host.id !== world.options.nodes || world.options.quorum !== 'witness')
    .find((host) => host.state?.groups.get(config.seat)?.holder !== open[0]);
  if (wrong !== undefined) return `node ${wrong.id} takes ${wrong.state?.groups.get(config.seat)?.holder} for the holder, not ${open[0]}`;
  if (holder !== open[0]) return `the manager takes ${holder} for the holder, not ${open[0]}`;
  if (config.failBackAfterMs === null || may[0] !== config.holders[0] || ownerHealthySinceMs === null) return null;
  const nowMs = (manager?.localNs() ?? 0) / 1e6;
  const overdueMs = nowMs - Math.max(ownerHealthySinceMs + config.failBackAfterMs, moveAtMs);
  if (overdueMs > FAIL_BACK_TAKES_MS && open[0] !== may[0]) return `held by ${open[0]}, and its owner is ${may[0]}`;
  return null;
}
