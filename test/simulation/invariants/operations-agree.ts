// Agreement, validity, one decision ever, exactly once in one order (V5); and at the end nobody has missed any.
import { undecidedNumbers } from '../../../lib/protocol/rounds/progress.ts';
import type { Invariant } from './index.ts';

/** Longer than the longest time of an operation, and its recovery. */
const STUCK_MS = 16_000;

export const operationsAgree: Invariant = {
  name: 'operations: one outcome, in one order, once',
  check: (world) => world.ledger.broken,
  settled: (world) => {
    if (world.options.quorum !== 'majority') return null;
    const members = world.hosts.filter((host) => host.state !== null && host.role() !== 'offline');
    const someStartedAnew = world.hosts.some((host) => host.boot > 1n);
    for (const host of members) {
      const stuck = [...(host.state?.rounds.instances.values() ?? [])].find(({ sinceMs }) => host.localNs() / 1e6 - sinceMs > STUCK_MS);
      if (stuck !== undefined) return `node ${host.id} still waits for the outcome of ${stuck.opening.number}`;
    }
    for (const host of members) {
      if (host.state === null || undecidedNumbers(host.state).length > 0) continue;
      for (const other of members) {
        const missed = world.ledger.missedBy(`${host.id}/${host.boot}`, `${other.id}/${other.boot}`, someStartedAnew);
        if (missed.length > 0) return `node ${host.id} has missed ${missed.slice(0, 5).join(' ')}, which node ${other.id} has applied`;
      }
    }
    return null;
  },
};
