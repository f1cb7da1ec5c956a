// A node that has started anew, with what its disk says of durable protocols: in doubt until a manager finds the outcome.
// It goes no further by itself: what it acknowledged counts, and nothing more.
import type { NodeId } from '../types.ts';
import { initialRounds, type Ack, type Ended, type Instance, type RoundRecord, type RoundsState } from './state.ts';

/** Above no ballot at all, below that of any manager. */
const BALLOT_RESTORED = 1n;

/** @param records in the order of their numbers */
export function restoredRounds(records: readonly RoundRecord[], self: NodeId, nowMs: number): RoundsState {
  const ended: Ended[] = [];
  const instances: Instance[] = [];
  let applied = 0n;
  for (const record of records) {
    const { opening, outcome } = record;
    if (outcome === null) {
      instances.push(inDoubt(record, self, nowMs));
      continue;
    }
    ended.push({ opening, outcome });
    if (opening.kind === 'commit' && outcome.committed) applied = opening.number;
  }
  return { ...initialRounds(instances, applied), ended: ended.slice(-1024) };
}

function inDoubt({ opening, acknowledged, accepted }: RoundRecord, self: NodeId, nowMs: number): Instance {
  const acks: Ack[] = [];
  for (let round = 0; round < acknowledged; round++) acks.push({ round, ok: true, reason: '', payload: null, atMs: nowMs });
  return {
    opening,
    sinceMs: nowMs,
    deadlineMs: nowMs + opening.timeoutMs,
    round: Math.max(0, acknowledged - 1),
    roundSinceMs: nowMs,
    stage: 'recovering',
    acks: new Map([[self, acks]]),
    ballot: accepted?.ballot ?? BALLOT_RESTORED,
    accepted,
    outcome: null,
    unsaid: null,
    begun: true,
  };
}
