// Who takes part in new protocols: members that have told the manager of now where they stand. So a new manager learns
// what is in doubt anywhere before it opens anything, and a member that was away gets what it has missed, in order,
// before it counts again (V6; safety of the order).
import { takeNewer } from '../parameters/adoption.ts';
import type { Turn } from '../membership/turn.ts';
import { isMemberOrTold } from '../membership/incorporation.ts';
import { isHandingOver } from '../membership/pending.ts';
import { caughtUp, tellsPosition } from '../inactivity/returning.ts';
import type { Epoch, NodeId } from '../types.ts';
import { quorumOf } from '../quorum.ts';
import { tellConfigured } from '../reconfiguration/catching-up.ts';
import { applyDecided, onDecision } from './deciding.ts';
import { awaitedOf, endedOf, inOrder, instanceOf, isAny, listenTo, outcomeOf, takesPart, undecided } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { learn, recoverUnheard } from './recovery.ts';
import { type Awaited, type Ended, epochOf, nameOf, type Opening, type Participant, type ProtocolNumber } from './state.ts';

type Position = Extract<RoundsMessage, { kind: 'position' }>;

/** Smaller than any number: a member that has been here since before the first operation, and misses none. */
export const NOTHING_YET = 1n;

const ASK_MS = 3000;

/** A member that is active but says nothing of its position holds new protocols up for so long. */
const POSITION_MS = 1000;

/** At the manager: members that are active, not away, and have told this manager their position. */
export function readyNodes(turn: Turn): Participant[] {
  const { ready, readyEpoch } = turn.state.rounds;
  if (readyEpoch !== turn.state.epoch) return [];
  return turn
    .active()
    .filter((member) => ready.get(member.node) === member.boot)
    .map(({ node, boot }) => ({ node, boot }));
}

/** A witness that renews the lease counts where it is a voter: it is asked by the engines only. */
export function hasQuorum(turn: Turn, nodes: readonly NodeId[]): boolean {
  const { config, seat } = turn.state;
  const voters = new Set(nodes.filter((node) => turn.isVoter(node)));
  const witness = config.witness !== null && seat === 'owned' && !voters.has(config.witness) ? 1 : 0;
  return voters.size + witness >= quorumOf(config);
}

/** The seat is ours and stays ours, a majority has told its position, and nobody is just about to. */
export function mayOpen(turn: Turn): boolean {
  const { role, seat, self, pending } = turn.state;
  if (role !== 'manager' || seat !== 'owned' || isHandingOver(pending)) return false;
  if (turn.nowMs < positionsDueMs(turn)) return false;
  const ready = readyNodes(turn).map(({ node }) => node);
  return hasQuorum(turn, [self.node, ...ready]);
}

/** Until when new protocols wait for members that are new; 0: for nobody. */
export function positionsDueMs(turn: Turn): number {
  const { members, rounds, epoch, seatSinceMs } = turn.state;
  const { ready, readyEpoch } = rounds;
  let untilMs = 0;
  for (const { node, boot, phase, away, sinceMs } of members.values()) {
    const awaited = phase === 'active' && away === null && (readyEpoch !== epoch || ready.get(node) !== boot);
    if (awaited) untilMs = Math.max(untilMs, Math.max(sinceMs, seatSinceMs) + POSITION_MS);
  }
  return untilMs;
}

/** From now on this manager's operations are in their order here. One that only raises its epoch in place has opened the earlier ones, too. */
export function pledge(turn: Turn, node: NodeId, epoch: Epoch): void {
  const { rounds } = turn.state;
  const isNext = rounds.pledged === null || (rounds.pledged.node !== node && rounds.pledged.epoch < epoch);
  if (isNext) rounds.pledged = { node, epoch };
}

/** A manager that did not know yet that it was none any more has opened it. */
export function isOfThePast(turn: Turn, number: ProtocolNumber): boolean {
  const { pledged } = turn.state.rounds;
  return pledged !== null && epochOf(number) < pledged.epoch;
}

/** At a member: once in each epoch of its manager, and after each incorporation. */
export function tellPosition(turn: Turn): void {
  const { role, manager, epoch, rounds, members } = turn.state;
  const managed = (role === 'client' || role === 'standby') && manager !== null && members.get(manager)?.phase === 'active';
  if (!managed || rounds.positionEpoch === epoch || !tellsPosition(turn)) return;
  rounds.positionEpoch = epoch;
  pledge(turn, manager, epoch);
  turn.send(manager, position(turn));
  tellConfigured(turn);
}

/** At a member: an outcome that does not come is asked for now and then. */
export function askAgain(turn: Turn): void {
  const { rounds, role, manager } = turn.state;
  const waits = rounds.listening.length > 0 || isAny(turn, ({ outcome }) => outcome === null);
  if (!waits || manager === null || (role !== 'client' && role !== 'standby')) return void (rounds.askAtMs = Number.POSITIVE_INFINITY);
  if (turn.nowMs < rounds.askAtMs && rounds.askAtMs !== Number.POSITIVE_INFINITY) return;
  if (rounds.askAtMs !== Number.POSITIVE_INFINITY) turn.send(manager, position(turn));
  rounds.askAtMs = turn.nowMs + ASK_MS;
}

function decidedOf(turn: Turn): Ended[] {
  return inOrder(turn).flatMap(({ opening, outcome }) => (outcome === null ? [] : [{ opening, outcome }]));
}

function position(turn: Turn): Position {
  const { applied, listening } = turn.state.rounds;
  const waiting = undecided(turn);
  const inDoubt = waiting.map(({ opening }) => opening);
  // A new start that is in doubt of something needs all that came after it.
  const first = inOrder(turn).find(({ opening }) => opening.kind === 'commit')?.opening.number;
  return {
    kind: 'position',
    applied: applied === 0n && first !== undefined ? first - 1n : applied,
    inDoubt,
    decided: decidedOf(turn),
    listening: [...listening, ...waiting.filter(({ ballot }) => ballot !== 0n).map(({ opening }) => awaitedOf(opening))],
    parameters: turn.state.parameters,
  };
}

export function onPosition(turn: Turn, from: NodeId, message: Position): void {
  const { rounds, role, epoch } = turn.state;
  const member = turn.state.members.get(from);
  if (!isMemberOrTold(turn, from) || member === undefined) return;
  takeNewer(turn, message.parameters);
  if (message.parameters.version < turn.state.parameters.version) turn.send(from, { kind: 'parameters', set: turn.state.parameters });
  takeDecisions(turn, message.decided);
  for (const opening of message.inDoubt) {
    const ended = outcomeOf(turn, opening.number);
    if (ended !== undefined) turn.send(from, { kind: 'decision', ended });
    else if (role === 'manager' && instanceOf(turn, opening.number) === undefined) learn(turn, awaitedOf(opening), opening);
  }
  const isInDoubt = ({ number }: Awaited): boolean => message.inDoubt.some((opening) => opening.number === number);
  for (const awaited of message.listening) {
    if (isInDoubt(awaited)) continue;
    const ended = outcomeOf(turn, awaited.number);
    if (ended !== undefined) turn.send(from, { kind: 'decision', ended });
    else if (role === 'manager' && instanceOf(turn, awaited.number) === undefined) learn(turn, awaited, null);
  }
  tellMissed(turn, from, message.applied);
  if (role !== 'manager') return;
  if (rounds.readyEpoch !== epoch) rounds.ready = new Map();
  rounds.readyEpoch = epoch;
  rounds.ready.set(from, member.boot);
  recoverUnheard(turn, from, goesOnWith(message));
  // It has seen operations that we have not: we were no part of them, or their last ACKs never came.
  const own = position(turn);
  if (own.applied === 0n || message.applied <= own.applied) return;
  rounds.behind = from;
  turn.send(from, own);
}

/** In what it has heard of it goes on by itself, unless it has promised an earlier manager not to. */
function goesOnWith({ inDoubt, decided, listening, applied }: Position): (opening: Opening) => boolean {
  const heard = new Set([...inDoubt, ...decided.map(({ opening }) => opening)].map(({ number }) => number));
  for (const { number } of listening) heard.delete(number);
  return ({ number, kind }) => heard.has(number) || (kind === 'commit' && number <= applied);
}

/** All of them before any takes effect: they come in the order in which they ended. */
function takeDecisions(turn: Turn, decisions: readonly Ended[]): void {
  const { rounds } = turn.state;
  const { held } = rounds;
  rounds.held = true;
  for (const ended of decisions) onDecision(turn, ended);
  rounds.held = held;
}

function tellMissed(turn: Turn, to: NodeId, applied: bigint): void {
  const { rounds } = turn.state;
  const operations = rounds.ended.filter(({ opening }) => opening.kind === 'commit');
  const missed = applied === 0n ? [] : operations.filter(({ opening }) => opening.number > applied);
  const floor = operations[0]?.opening.number ?? 0n;
  const decided = inOrder(turn).flatMap(({ opening, outcome }) =>
    outcome === null || takesPart(opening, to) ? [] : [{ opening, outcome }],
  );
  const unheard = undecided(turn).filter(({ opening }) => !takesPart(opening, to));
  turn.send(to, {
    kind: 'missed',
    ended: [...missed, ...decided],
    undecided: [...rounds.listening, ...unheard.map(({ opening }) => awaitedOf(opening))],
    applied: rounds.applied,
    complete: applied === 0n || rounds.applied <= applied || floor <= applied || operations.length < 1000,
  });
}

export function onMissed(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'missed' }>): void {
  const { rounds, members, self } = turn.state;
  if (members.get(from)?.phase !== 'active') return;
  if (!message.complete) turn.publish('operations-missed', self.node, { after: nameOf(rounds.applied), upTo: nameOf(message.applied) });
  const isNew = ({ number }: Awaited): boolean =>
    number > rounds.applied && instanceOf(turn, number) === undefined && endedOf(turn, number) === undefined;
  listenTo(turn, message.undecided.filter(isNew));
  const { held } = rounds;
  const isNewHere = position(turn).applied === 0n;
  takeDecisions(turn, message.ended);
  rounds.held = held && from !== turn.state.manager;
  if (rounds.behind === from) rounds.behind = null;
  // What was before a new program came is in nobody's way; what its disk has is to be applied.
  if (isNewHere) rounds.applied = message.applied === 0n ? NOTHING_YET : message.applied;
  applyDecided(turn);
  caughtUp(turn, from);
}
