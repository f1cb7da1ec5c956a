// A node that has started anew, with what its disk says of durable protocols: in doubt until a manager finds the outcome.
// It goes no further by itself: what it acknowledged counts, and nothing more.
import type { NodeId } from '../types.ts';
import { forgottenBefore, remember } from './remembering.ts';
import { initialRounds, type Ack, type Ended, type Instance, type ProtocolNumber, type RoundRecord, type RoundsState } from './state.ts';

/** Above no ballot at all, below that of any manager. */
const BALLOT_RESTORED = 1n;

/**
 * @param records in the order of their numbers
 * @param inForce number of the last edit or reconfiguration that took effect here
 * @param after number of the last operation that the program has kept; null: all that were decided before the first one in doubt
 */
export function restoredRounds(
  records: readonly RoundRecord[],
  after: ProtocolNumber | null,
  self: NodeId,
  nowMs: number,
  inForce: ProtocolNumber = 0n,
): RoundsState {
  const ended: Ended[] = [];
  const instances: Instance[] = [];
  const last = after ?? lastBeforeDoubt(records);
  for (const record of records) {
    const { opening, outcome } = record;
    const done = opening.kind === 'commit' ? last : inForce;
    // What was decided of the parameters is in force since the start (parameters/restoring.ts).
    const open = outcome?.committed === true && opening.kind !== 'parameters' && opening.number > done;
    const waits = outcome === null || open;
    if (waits) instances.push(inDoubt(record, self, nowMs));
    else ended.push({ opening, outcome });
  }
  const held = instances.some(({ outcome }) => outcome !== null);
  const rounds = { ...initialRounds(instances, last), held, forgottenUpTo: forgottenBefore(records.map(({ opening }) => opening.number)) };
  if (last === 0n) rounds.beganAt = beforeFirst(instances);
  for (const each of ended) remember(rounds, each);
  return rounds;
}

/** It wants nothing that was before what it is in doubt of. 0: it is in doubt of no operation. */
export function beforeFirst(inOrder: readonly Instance[]): ProtocolNumber {
  const first = inOrder.find(({ opening }) => opening.kind === 'commit')?.opening.number;
  return first === undefined ? 0n : first - 1n;
}

function lastBeforeDoubt(all: readonly RoundRecord[]): ProtocolNumber {
  const records = all.filter(({ opening }) => opening.kind === 'commit');
  const doubt = records.findIndex(({ outcome }) => outcome === null);
  const decided = doubt < 0 ? records : records.slice(0, doubt);
  return decided.findLast(({ outcome }) => outcome?.committed === true)?.opening.number ?? 0n;
}

function inDoubt({ opening, acknowledged, accepted, outcome }: RoundRecord, self: NodeId, nowMs: number): Instance {
  const acks: Ack[] = [];
  for (let round = 0; round < acknowledged; round++) acks.push({ round, ok: true, reason: '', payload: null, atMs: nowMs });
  return {
    opening,
    sinceMs: nowMs,
    deadlineMs: nowMs + opening.timeoutMs,
    round: Math.max(0, acknowledged - 1),
    roundSinceMs: nowMs,
    stage: outcome === null ? 'recovering' : 'decided',
    acks: new Map([[self, acks]]),
    ballot: accepted?.ballot ?? BALLOT_RESTORED,
    accepted,
    outcome,
    unsaid: null,
    begun: true,
  };
}
