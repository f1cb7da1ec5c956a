// What a member answers when it is asked how far it has got (Q1 to Q3), read back from what it would publish, and what `why`
// makes of it (X5).
import { whyOf } from '../../../lib/api/why.ts';
import { decodeAnswer, publishable } from '../../../lib/protocol/codec/question.ts';
import type { NodeState } from '../../../lib/protocol/node.ts';
import { type MemberProgress, type Progress, progressOf } from '../../../lib/protocol/rounds/progress.ts';
import { waitingOf } from '../../../lib/protocol/waiting.ts';
import { NETWORKS } from './cluster.ts';

const INDENT = '        ';
const BYTES_MAX = 64 * 1024;
const AGE_BYTES = 8;

function answerOf(state: NodeState, nowMs: number): Progress {
  const published = publishable(progressOf(state, nowMs), BYTES_MAX);
  const answer = new Uint8Array(AGE_BYTES + published.length);
  answer.set(published, AGE_BYTES);
  const progress = decodeAnswer(answer)?.progress ?? null;
  if (progress === null) throw new Error('what it has published is not understood');
  return progress;
}

export function progressLines(state: NodeState, nowMs: number): string[] {
  const { node, role, protocols, lastAcks, notOpened } = answerOf(state, nowMs);
  const ago = (sinceMs: number): string => `${nowMs - sinceMs} ms`;
  const memberLine = ({ node: member, acknowledged, lastAckMs, refused, awaited, silentLinks }: MemberProgress): string => {
    const last = lastAckMs === null ? 'nothing yet' : `${acknowledged} acknowledged, the last ${ago(lastAckMs)} ago`;
    const silent = silentLinks.map(({ link, sinceMs }) => `, not heard over ${NETWORKS[link] ?? link} for ${ago(sinceMs)}`).join('');
    return `${INDENT}    node ${member}: ${last}${refused === null ? '' : `, no: ${refused}`}${awaited ? ', awaited' : ''}${silent}`;
  };
  return [
    `${INDENT}node ${node}, ${role}:${protocols.length + notOpened.length === 0 ? ' nothing runs' : ''}`,
    ...notOpened.map(({ kind, sinceMs }) => `${INDENT}  a ${kind} is not opened, for ${ago(sinceMs)}`),
    ...protocols.flatMap(({ protocol, kind, proposedBy, rounds, round, roundName, roundSinceMs, waitsFor, members, leftOut }) => [
      `${INDENT}  ${kind} ${protocol} of node ${proposedBy}, round ${roundName} (${round + 1} of ${rounds.length}) for ${ago(roundSinceMs)}: ${waitsFor}`,
      ...members.map(memberLine),
      ...(leftOut.length === 0 ? [] : [`${INDENT}    left out: ${leftOut.join(' ')}`]),
    ]),
    ...lastAcks.map(
      (ack) => `${INDENT}  last of node ${ack.node}: ${ack.kind} ${ack.protocol}, round ${ack.round + 1}, ${ago(ack.atMs)} ago`,
    ),
  ];
}

export function whyLines(state: NodeState, nowMs: number): string[] {
  const members = [...state.members.values()];
  const links = NETWORKS.map((name, link) => ({
    name,
    peers: members.map(({ node, linksDown }) => ({ node, up: !linksDown.some((down) => down.link === link), roundTripUs: null })),
  }));
  const nodes = members.map(({ node, description, stalled }) => ({ node, name: description.name, stalled }));
  const facts = { nodes, links, waiting: waitingOf(state), nowMs } as unknown as Parameters<typeof whyOf>[0];
  const reasons = whyOf(facts, answerOf(state, nowMs)).map(({ what, since, awaited }) => {
    const whom = awaited.map(({ name, links: paths }) => {
      const said = paths.map((path) => `${path.name} ${path.up ? 'up' : 'silent'}`).join(', ');
      return `${name} (${said})`;
    });
    return `${INDENT}  ${what}, for ${since} ms${whom.length === 0 ? '' : `: ${whom.join(', ')}`}`;
  });
  return [`${INDENT}node ${state.self.node} waits for${reasons.length === 0 ? ' nothing' : ''}`, ...reasons];
}
