// Liveness: once faults are over, the nodes become one cluster with one manager that owns the seat, one standby,
// all others clients (those that were put offline stay so), and all in one epoch.
import type { Invariant } from './index.ts';

export const healsToOneCluster: Invariant = {
  name: 'heals to one cluster',
  settled: (world) => {
    const active = world.hosts.filter((host) => host.role() !== 'offline');
    const roles = active.map((host) => `${host.id}:${host.role()}`).join(' ');
    const managers = active.filter((host) => host.role() === 'manager');
    const manager = managers[0];
    if (managers.length !== 1 || manager === undefined) return `${managers.length} managers (${roles})`;
    if (manager.addresses.openEpoch === null) return `the manager ${manager.id} does not own the seat (${roles})`;
    const standbys = active.filter((host) => host.role() === 'standby');
    if (active.length > 1 && standbys.length !== 1) return `${standbys.length} standbys (${roles})`;
    const lost = active.filter((host) => !['manager', 'standby', 'client'].includes(host.role()));
    if (lost.length > 0) return `not all are managed (${roles})`;
    for (const host of active) {
      const seen = host.seen();
      if (seen?.manager !== manager.id) return `node ${host.id} takes ${seen?.manager} for the manager, not ${manager.id}`;
      const { epoch } = manager.seen() ?? seen;
      if (seen.epoch !== epoch) return `node ${host.id} is in epoch ${seen.epoch}, the manager in ${epoch}`;
    }
    return null;
  },
};
