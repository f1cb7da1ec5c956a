// Who takes part in new protocols: members that have told the manager of now where they stand. So a new manager learns
// what is in doubt anywhere before it opens anything, and a member that was away gets what it has missed, in order,
// before it counts again (V6; safety of the order).
import { takeNewer } from '../parameters/adoption.ts';
import type { Turn } from '../membership/turn.ts';
import { isMemberOrTold } from '../membership/incorporation.ts';
import { isHandingOver } from '../membership/pending.ts';
import { tellsPosition } from '../inactivity/returning.ts';
import type { Epoch, NodeId } from '../types.ts';
import { quorumOf } from '../quorum.ts';
import { tellConfigured } from '../reconfiguration/catching-up.ts';
import { awaitedOf, hasEndedUnremembered, inOrder, instanceOf, isAny, listenTo, outcomeOf, undecided } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { tellMissed } from './missed.ts';
import { learn, nothing, recoverUnheard } from './recovery.ts';
import { beforeFirst } from './restoring.ts';
import { type Awaited, type Ended, epochOf, type Known, type Opening, type Participant, type ProtocolNumber } from './state.ts';

type Position = Extract<RoundsMessage, { kind: 'position' }>;

/** Smaller than any number: a member that has been here since before the first operation, and misses none. */
export const NOTHING_YET = 1n;

const ASK_MS = 3000;

/** A new start may find more on its disk, of long ago. */
const DECIDED_MAX = 512;

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
  sayPosition(turn, manager);
  tellConfigured(turn);
}

/** At a member: an outcome that does not come is asked for now and then. */
export function askAgain(turn: Turn): void {
  const { rounds, role, manager } = turn.state;
  const waits = rounds.listening.length > 0 || isAny(turn, ({ outcome }) => outcome === null);
  if (!waits || manager === null || (role !== 'client' && role !== 'standby')) return void (rounds.askAtMs = Number.POSITIVE_INFINITY);
  if (turn.nowMs < rounds.askAtMs && rounds.askAtMs !== Number.POSITIVE_INFINITY) return;
  if (rounds.askAtMs !== Number.POSITIVE_INFINITY) sayPosition(turn, manager);
  rounds.askAtMs = turn.nowMs + ASK_MS;
}

/** What is decided here follows, each by itself: what they are about may be long. */
function sayPosition(turn: Turn, manager: NodeId): void {
  turn.state.rounds.forOthers = null;
  turn.send(manager, position(turn));
  for (const ended of decidedOf(turn)) turn.send(manager, { kind: 'decision', ended });
}

/** The newest of those that wait for earlier ones. */
function decidedOf(turn: Turn): Ended[] {
  return inOrder(turn)
    .flatMap(({ opening, outcome }) => (outcome === null ? [] : [{ opening, outcome }]))
    .slice(-DECIDED_MAX);
}

/** A new start that is in doubt of something needs all that came after it. 0: it wants nothing that was before it came. */
export function appliedHere(turn: Turn): ProtocolNumber {
  const { applied } = turn.state.rounds;
  return applied === 0n ? beforeFirst(inOrder(turn)) : applied;
}

const knownOf = ({ number, participants, kind }: Opening): Known => ({ number, participants, kind });

export function position(turn: Turn): Position {
  const { listening, forgottenUpTo, takesOver } = turn.state.rounds;
  const waiting = undecided(turn);
  return {
    kind: 'position',
    applied: appliedHere(turn),
    forgottenUpTo,
    takesOver,
    inDoubt: waiting.map(({ opening }) => knownOf(opening)),
    decided: decidedOf(turn).map(({ opening }) => knownOf(opening)),
    listening: [...listening, ...waiting.filter(({ ballot }) => ballot !== 0n).map(({ opening }) => opening)].map(awaitedOf),
    parameters: turn.state.parameters,
  };
}

export function onPosition(turn: Turn, from: NodeId, message: Position): void {
  const { role } = turn.state;
  const member = turn.state.members.get(from);
  if (!isMemberOrTold(turn, from) || member === undefined) return;
  takeNewer(turn, message.parameters);
  if (message.parameters.version < turn.state.parameters.version) turn.send(from, { kind: 'parameters', set: turn.state.parameters });
  tellOutcomes(turn, from, message);
  if (role === 'manager')
    for (const each of message.decided) if (outcomeOf(turn, each.number) === undefined && !isBehindUs(turn, each)) seek(turn, each);
  tellMissed(turn, from, message.applied, message.takesOver);
  if (role !== 'manager') return;
  recoverUnheard(turn, from, goesOnWith(message));
  // It has seen operations that we have not: we were no part of them, or have just come, or their last ACKs never came.
  const own = position(turn);
  const hasMore = message.applied > (own.applied === 0n ? NOTHING_YET : own.applied);
  if (!hasMore && !(own.takesOver && message.forgottenUpTo < own.forgottenUpTo)) return;
  const { rounds } = turn.state;
  if (rounds.behind === null) rounds.behindSinceMs = turn.nowMs;
  rounds.behind = from;
  turn.send(from, own);
}

/** Of what is undecided there. What a manager has never heard of it finds. */
function tellOutcomes(turn: Turn, to: NodeId, { inDoubt, listening }: Position): void {
  const inDoubtThere = new Set(inDoubt.map(({ number }) => number));
  const others = listening.filter(({ number }) => !inDoubtThere.has(number));
  for (const each of [...inDoubt, ...others]) {
    const ended = outcomeOf(turn, each.number) ?? forgottenOf(turn, each);
    if (ended !== undefined) turn.send(to, { kind: 'decision', ended });
    else if (turn.state.role === 'manager') seek(turn, each);
  }
}

/**
 * Whatever came before the last operation that took effect here has ended, since this start came. Nobody remembers how: it
 * came to nothing, or is among those of which the member is told that they are missing.
 */
function forgottenOf(turn: Turn, known: Awaited | Known): Ended | undefined {
  if (!('kind' in known) || !hasEndedUnremembered(turn, known)) return undefined;
  return { opening: nothing(turn, known.number), outcome: { committed: false, code: 'view', reason: 'nobody remembers it', culprit: 0 } };
}

/** Nothing later takes effect here before its outcome is known, unless this node has gone past it, or began after it. */
function seek(turn: Turn, known: Awaited | Known): void {
  if (instanceOf(turn, known.number) !== undefined || forgottenOf(turn, known) !== undefined) return;
  if (!isBehindUs(turn, known)) listenTo(turn, [awaitedOf(known)]);
  learn(turn, known);
}

const isBehindUs = (turn: Turn, known: Awaited | Known): boolean =>
  'kind' in known && known.kind === 'commit' && known.number <= turn.state.rounds.applied;

/** In what it has heard of it goes on by itself, unless it has promised an earlier manager not to. */
function goesOnWith({ inDoubt, decided, listening, applied }: Position): (opening: Opening) => boolean {
  const heard = new Set([...inDoubt, ...decided].map(({ number }) => number));
  for (const { number } of listening) heard.delete(number);
  return ({ number, kind }) => heard.has(number) || (kind === 'commit' && number <= applied);
}
