// What node 1 of three knows of its protocols: one runs, and node 3 is the one that all wait for.
import type { Progress, ProtocolProgress } from '../../../lib/protocol/rounds/progress.ts';

export function protocol(): ProtocolProgress {
  const heard = { alive: true, stalled: false, silentLinks: [] };
  return {
    protocol: '7.41',
    kind: 'commit',
    proposedBy: 2,
    rounds: ['vote', 'confirm'],
    round: 0,
    roundName: 'vote',
    sinceMs: 999_000,
    roundSinceMs: 999_000,
    waitsFor: 'the ACKs of the others',
    members: [
      { node: 2, acknowledged: 1, refused: null, lastAckMs: 999_001.5, awaited: false, ...heard },
      {
        node: 3,
        acknowledged: 0,
        refused: null,
        lastAckMs: null,
        awaited: true,
        alive: true,
        stalled: true,
        silentLinks: [{ link: 1, sinceMs: 997_000 }],
      },
    ],
    leftOut: [4],
  };
}

export function progress(protocols: readonly ProtocolProgress[]): Progress {
  return { node: 1, atMs: 1_000_000, role: 'manager', protocols, lastAcks: [], notOpened: [], waiting: [] };
}
