// What a simulated node answers about its progress; broken on purpose where a run is to show that somebody notices.
import type { NodeState } from '../../lib/protocol/node.ts';
import { type Progress, progressOf, type ProtocolProgress } from '../../lib/protocol/rounds/progress.ts';
import type { Mistake } from './mistakes.ts';

/** A sentence each: what is wrong in the answer. The node itself does all as it should. */
export const answerMistakes = {
  'an ACK is not in the answer': 'a member is awaited that has acknowledged',
  'a round is not advanced in the answer': 'it names the round before, and nobody whom that waits for',
  'a decision is not in the answer': 'what waits for its turn only is shown as undecided',
  'an operation is left out of the answer': 'a node takes part in what it says nothing of',
  'what was told to be waited for is left out of the answer': 'nobody sees what holds up a member that is back',
  'a wish is left out of the answer': 'a node that is cut off says that nothing runs',
} as const;

export function answerOf(mistake: Mistake | undefined, state: NodeState, nowMs: number): Progress {
  const progress = progressOf(state, nowMs);
  const { protocols } = progress;
  switch (mistake) {
    case 'an ACK is not in the answer':
      return { ...progress, protocols: protocols.map(withoutAck) };
    case 'a round is not advanced in the answer':
      return { ...progress, protocols: protocols.map(withoutRound) };
    case 'a decision is not in the answer':
      return { ...progress, protocols: protocols.map((each) => ({ ...each, waitsFor: undecided(each.waitsFor) })) };
    case 'an operation is left out of the answer':
      return { ...progress, protocols: protocols.slice(1) };
    case 'what was told to be waited for is left out of the answer':
      return { ...progress, waiting: progress.waiting.filter(({ what }) => !what.startsWith('the outcome of')) };
    case 'a wish is left out of the answer':
      return { ...progress, notOpened: [] };
    default:
      return progress;
  }
}

/** Of the first member that has acknowledged anything. */
function withoutAck(protocol: ProtocolProgress): ProtocolProgress {
  const first = protocol.members.find(({ acknowledged }) => acknowledged > 0);
  const members = protocol.members.map((member) =>
    member === first ? { ...member, acknowledged: member.acknowledged - 1, awaited: true } : member,
  );
  return { ...protocol, members };
}

function withoutRound(protocol: ProtocolProgress): ProtocolProgress {
  const round = Math.max(0, protocol.round - 1);
  return { ...protocol, round, roundName: protocol.rounds[round] ?? '' };
}

const undecided = (waitsFor: string): string => (waitsFor === 'its turn in the order' ? 'the ACKs of the others' : waitsFor);
