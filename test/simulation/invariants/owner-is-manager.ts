// When all is healed, the node that owns the manager's seat is the node that says it is the manager.
import type { Invariant } from './index.ts';

export const ownerIsManager: Invariant = {
  name: 'the owner of the seat is the manager',
  settled: (world) => {
    for (const host of world.hosts) {
      if (host.addresses.openEpoch !== null && host.role() !== 'manager') {
        return `node ${host.id} owns the seat but is ${host.role()}`;
      }
    }
    return null;
  },
};
