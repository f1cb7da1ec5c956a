// Agreement, validity, one decision ever, exactly once in one order (V5); and at the end nobody has missed any.
import { undecidedNumbers } from '../../../lib/protocol/rounds/progress.ts';
import type { Invariant } from './index.ts';

export const operationsAgree: Invariant = {
  name: 'operations: one outcome, in one order, once',
  check: (world) => world.ledger.broken,
  settled: (world) => {
    for (const host of world.hosts) {
      if (host.state === null || host.role() === 'offline' || world.options.quorum !== 'majority') continue;
      const missed = world.ledger.missedBy(host.id, host.boot);
      const open = undecidedNumbers(host.state);
      if (missed.length > 0 && open.length === 0) return `node ${host.id} has missed ${missed.slice(0, 5).join(' ')}`;
    }
    return null;
  },
};
