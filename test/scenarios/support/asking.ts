// What a member answers when it is asked how far it has got (Q1 to Q3), read back from what it would publish, and what `why`
// makes of it (X5): as people see it, by the commands' own words.
import { whyOf } from '../../../lib/api/why.ts';
import { progressScreen } from '../../../lib/cli/commands/progress.ts';
import { whyScreen } from '../../../lib/cli/commands/why.ts';
import { plain } from '../../../lib/cli/output.ts';
import { decodeAnswer, publishable } from '../../../lib/protocol/codec/question.ts';
import type { NodeState } from '../../../lib/protocol/node.ts';
import { type Progress, progressOf } from '../../../lib/protocol/rounds/progress.ts';
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
  const report = { node: state.self.node, ageMs: 0, isLate: false, progress: answerOf(state, nowMs) };
  return indented(progressScreen(report, plain));
}

export function whyLines(state: NodeState, nowMs: number): string[] {
  const members = [...state.members.values()];
  const links = NETWORKS.map((name, link) => ({
    name,
    peers: members.map(({ node, linksDown }) => ({ node, up: !linksDown.some((down) => down.link === link), roundTripUs: null })),
  }));
  const nodes = members.map(({ node, description, stalled }) => ({ node, name: description.name, stalled }));
  const facts = { nodes, links, waiting: waitingOf(state), nowMs } as unknown as Parameters<typeof whyOf>[0];
  const head = `node ${state.self.node}:`;
  return indented([head, whyScreen(whyOf(facts, answerOf(state, nowMs)), plain)].join('\n'));
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `${INDENT}${line}`);
}
