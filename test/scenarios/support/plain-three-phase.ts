// How three-phase commit ends without its coordinator as it was published (Skeen, Nonblocking Commit Protocols, 1981):
// those that hear each other decide by what they know, without a majority. Here to be shown failing, beside ours.
import type { NodeState } from '../../../lib/protocol/node.ts';
import type { Ended } from '../../../lib/protocol/rounds/state.ts';

/** What a member that hears nobody else decides for itself: prepared (it has all votes), it commits; else it aborts. */
export function endedAlone({ rounds }: NodeState): Ended[] {
  const undecided = [...rounds.instances.values()].filter(({ outcome }) => outcome === null);
  return undecided.map(({ opening, round }) => {
    const prepared = round >= 1;
    const reason = prepared ? '' : 'it was not prepared, and heard nobody';
    return { opening, outcome: { committed: prepared, code: prepared ? 'agreed' : 'time', reason, culprit: 0 } };
  });
}
