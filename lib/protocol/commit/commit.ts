// Atomic operations (V5): every active member votes through its program, all commit or none, and all apply what was
// committed in one order, once each. Two-phase: the coordinator decides when it has all votes. Three-phase (the default):
// everybody confirms first that everybody agreed, so that a majority can go on without anyone else.
import type { PeerProtocol } from '../rounds/kind.ts';

export interface Operation {
  readonly form: 'two-phase' | 'three-phase';
  /** Votes and outcomes are on disk before they are said. */
  readonly durable: boolean;
  /** Which of the program's operations: its handlers are found by this. */
  readonly name: string;
  readonly data: unknown;
}

const NAME_LENGTH_MAX = 200;

function isOperation(body: unknown): body is Operation {
  if (typeof body !== 'object' || body === null) return false;
  const { form, durable, name } = body as Partial<Operation>;
  const known = form === 'two-phase' || form === 'three-phase';
  return known && typeof durable === 'boolean' && typeof name === 'string' && name.length > 0 && name.length <= NAME_LENGTH_MAX;
}

export const commit: PeerProtocol = {
  kind: 'commit',
  rounds: ['vote'],
  accepts: isOperation,
  decider: (body) => ((body as Operation).form === 'two-phase' ? 'coordinator' : 'all'),
  isDurable: (body) => (body as Operation).durable,
  refuses: () => null,
  conflictsWith: () => false,
  work(turn, { opening }, round) {
    turn.do({ type: 'work', number: opening.number, kind: opening.kind, round, body: opening.body, proposal: opening.proposal });
    return 'later';
  },
  commit(turn, { opening }) {
    turn.do({ type: 'apply', number: opening.number, operation: opening.body as Operation, proposal: opening.proposal });
  },
  undo(turn, { opening, outcome, begun }) {
    if (!begun) return;
    turn.do({ type: 'undone', number: opening.number, kind: opening.kind, body: opening.body, reason: outcome?.reason ?? '' });
  },
};
