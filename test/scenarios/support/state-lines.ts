// What a node says of itself, as a transcript shows it: the snapshot that `heartwire status` is made of.
import type { Snapshot } from '../../../lib/protocol/snapshot.ts';

const INDENT = '        ';

export function stateLines(state: Snapshot): string[] {
  const quorum = `${state.votersPresent} of ${state.quorumNeeded} needed${state.quorate === null ? '' : state.quorate ? ', quorate' : ', not quorate'}`;
  return [
    `${INDENT}node ${state.node}: ${state.role}, member ${state.memberId ?? '-'}, manager ${state.manager ?? '-'}, standby ${state.standby ?? '-'}, epoch ${state.epoch}, voters ${quorum}`,
    ...state.members.map(
      (each) =>
        `${INDENT}  node ${each.node}: ${each.state}, ${each.role}, member ${each.memberId ?? '-'}${each.away === null ? '' : `, away (${each.away.reason})`}`,
    ),
    ...state.waiting.map((each) => `${INDENT}  waits for ${each.what}: ${each.nodes.join(' ')}`),
    ...state.troubles.map((trouble) => `${INDENT}  trouble: ${trouble}`),
  ];
}
