// Changing communication parameters while the cluster runs (P1; 000): a change goes to all members; when each knows that all
// have it, each applies it, and says how that went; whoever finds a failure anywhere undoes its own. All or none, of one or
// several parameters. What everybody has agreed to is on disk before it is said, so no crash leaves half of it.
//
//   receive  checked, and written down; waits become the longer of old and new, leases too
//   apply    the beats change, each pair by its handshake (P3)
//   confirm  (the engine's) nobody may refuse any more; then the longer waits end
import type { PeerProtocol } from '../rounds/kind.ts';
import { nameOf } from '../rounds/state.ts';
import type { Turn } from '../membership/turn.ts';
import { adopt, baseOf } from './adoption.ts';
import { setProblem, wishProblem } from './checking.ts';
import { isParameterName } from './definitions.ts';
import { changed, type ParameterSet, type SettingWish } from './settings.ts';

export interface ParameterChange {
  /** Version that the change was made for: another change that came first makes it void. */
  readonly base: bigint;
  readonly wishes: readonly SettingWish[];
}

/** What a node is asked to do in a round. */
export interface ParameterWork {
  readonly set: ParameterSet;
  /** Participants but itself: with them it agrees. */
  readonly others: readonly number[];
}

const WISHES_MAX = 500;

function isNode(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function isWish(wish: unknown): wish is SettingWish {
  if (typeof wish !== 'object' || wish === null) return false;
  const { name, node, pair, value } = wish as Partial<SettingWish>;
  const scoped = (node === null || isNode(node)) && (pair === null || (Array.isArray(pair) && pair.length === 2 && pair.every(isNode)));
  return typeof name === 'string' && isParameterName(name) && scoped && (value === null || typeof value === 'number');
}

export function isChange(body: unknown): body is ParameterChange {
  if (typeof body !== 'object' || body === null) return false;
  const { base, wishes } = body as { base?: unknown; wishes?: unknown };
  const versioned = (typeof base === 'bigint' && base >= 0n) || (Number.isInteger(base) && (base as number) >= 0);
  if (!versioned || !Array.isArray(wishes) || wishes.length === 0 || wishes.length > WISHES_MAX) return false;
  return wishes.every((wish) => isWish(wish) && wishProblem(wish) === null);
}

const baseVersion = (body: unknown): bigint => BigInt((body as ParameterChange).base);

function setAfter(turn: Turn, body: unknown, version: bigint): ParameterSet {
  return changed(turn.state.parameters, (body as ParameterChange).wishes, version);
}

/** Null, or why this node cannot do it, from what all know alike. */
function problemOf(turn: Turn, body: unknown): string | null {
  const { version } = turn.state.parameters;
  if (baseVersion(body) !== version) return `the parameters have changed meanwhile (${nameOf(version)}); look at them and try again`;
  return setProblem(setAfter(turn, body, version), baseOf(turn.state.config));
}

export const parameters: PeerProtocol = {
  kind: 'parameters',
  rounds: ['receive', 'apply'],
  accepts: isChange,
  decider: () => 'all',
  isDurable: () => true,
  refuses: problemOf,
  conflictsWith: (_, other) => other.kind === 'parameters',
  work(turn, { opening }, round) {
    const { number, kind, body, proposal, participants } = opening;
    const reason = round === 0 ? problemOf(turn, body) : null;
    if (reason !== null) return { ok: false, reason };
    const others = participants.map(({ node }) => node).filter((node) => node !== turn.state.self.node);
    turn.do({ type: 'work', number, kind, round, body: { set: setAfter(turn, body, number), others } satisfies ParameterWork, proposal });
    return 'later';
  },
  commit(turn, { opening }) {
    if (opening.number <= turn.state.parameters.version) return;
    // Who missed the change before this one has the whole set from its manager instead.
    if (baseVersion(opening.body) === turn.state.parameters.version) adopt(turn, setAfter(turn, opening.body, opening.number));
    else if (turn.state.manager !== null) turn.send(turn.state.manager, { kind: 'askParameters' });
  },
  undo(turn, { opening, outcome, begun }) {
    if (!begun) return;
    turn.do({ type: 'undone', number: opening.number, kind: opening.kind, body: null, reason: outcome?.reason ?? '' });
  },
};
