// The queue of a member that was away, or is new (V5, V6): operations that it has missed come from whoever has them, in order,
// a page at a time, so that neither side is held up by thousands of them; with the last page it hears what is under way, and
// takes part from then on. Who starts anew takes over what others will ask for, too: the last one that remembers may be next.
import { caughtUp } from '../inactivity/returning.ts';
import { isMemberOrTold } from '../membership/incorporation.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { applyDecided, onDecision } from './deciding.ts';
import { awaitedOf, endedOf, inOrder, instanceOf, listenTo, remembers, undecided } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { appliedHere, NOTHING_YET } from './positions.ts';
import { isOperation, rememberForOthers } from './remembering.ts';
import { type Awaited, type Ended, nameOf, type ProtocolNumber, type RoundsState } from './state.ts';
import { encodedBytesMax } from './weight.ts';

type Missed = Extract<RoundsMessage, { kind: 'missed' }>;

const PAGE_BYTES = 512 * 1024;
const PAGE_LENGTH_MAX = 500;
/** Of an opening and its outcome, besides what it is about. */
const RECORD_BYTES = 300;

/**
 * @param after the last one that it has; 0: it wants nothing that was before it came
 * @param takesOver it is told of earlier ones, too, for those that will ask it
 */
export function tellMissed(turn: Turn, to: NodeId, after: ProtocolNumber, takesOver: boolean): void {
  const { rounds, epoch } = turn.state;
  const first = takesOver ? 0n : after;
  const { page, more } = pageAfter(rounds.ended, first);
  const since = first > rounds.forgottenUpTo ? first : rounds.forgottenUpTo;
  const hears = { kind: 'missed', after, since, ended: page, more, applied: rounds.applied, epoch } as const;
  if (more) return turn.send(to, { ...hears, undecided: [] });
  const waiting = inOrder(turn).flatMap(({ opening, outcome }) =>
    outcome === null || remembers(turn, opening, to) ? [] : [{ opening, outcome }],
  );
  // A new start of a participant has heard of it as little as who takes no part.
  const unheard = undecided(turn).filter(({ opening }) => !remembers(turn, opening, to));
  const undecidedHere = [...rounds.listening, ...[...unheard, ...waiting].map(({ opening }) => opening)];
  turn.send(to, { ...hears, undecided: undecidedHere.map(awaitedOf) });
  for (const ended of waiting) turn.send(to, { kind: 'decision', ended });
  takesPartNow(turn, to);
}

function pageAfter(ended: readonly Ended[], after: ProtocolNumber): { readonly page: Ended[]; readonly more: boolean } {
  const page: Ended[] = [];
  let bytes = 0;
  for (const each of ended) {
    if (each.opening.number <= after || !isOperation(each)) continue;
    bytes += RECORD_BYTES + encodedBytesMax(each.opening.body);
    if (page.length > 0 && (bytes > PAGE_BYTES || page.length >= PAGE_LENGTH_MAX)) return { page, more: true };
    page.push(each);
  }
  return { page, more: false };
}

/** At the manager. */
function takesPartNow({ state }: Turn, node: NodeId): void {
  const { rounds, role, epoch } = state;
  const member = state.members.get(node);
  if (role !== 'manager' || member === undefined) return;
  if (rounds.readyEpoch !== epoch) rounds.ready = new Map();
  rounds.readyEpoch = epoch;
  rounds.ready.set(node, member.boot);
}

/** It has taken a page. What it asked for in an earlier epoch it asks for anew, with its position. */
export function onMissedNext(turn: Turn, from: NodeId, { after, epoch }: Extract<RoundsMessage, { kind: 'missedNext' }>): void {
  const { role, epoch: now } = turn.state;
  if ((role === 'manager' && epoch !== now) || !isMemberOrTold(turn, from)) return;
  tellMissed(turn, from, after, false);
}

export function onMissed(turn: Turn, from: NodeId, message: Missed): void {
  const { rounds, members, manager } = turn.state;
  if (members.get(from)?.phase !== 'active') return;
  const { held } = rounds;
  // What was before a new program came is in nobody's way; what its disk has is to be applied.
  if (appliedHere(turn) === 0n) comeAnew(rounds, message.applied);
  else if (message.since > message.after && message.after !== 0n) missedForGood(turn, message);
  if (message.since < rounds.forgottenUpTo) rounds.forOthers ??= { since: message.since, ended: [] };
  waitFor(turn, message.undecided);
  const last = take(turn, message.ended);
  rounds.held = message.more ? held || from === manager : held && from !== manager;
  if (message.more) turn.send(from, { kind: 'missedNext', after: last, epoch: message.epoch });
  else caughtUpWith(turn, from);
}

function comeAnew(rounds: RoundsState, applied: ProtocolNumber): void {
  rounds.applied = applied === 0n ? NOTHING_YET : applied;
  rounds.beganAt = rounds.applied;
  rounds.forgottenUpTo = rounds.applied;
}

function missedForGood(turn: Turn, { after, since }: Missed): void {
  const { rounds, self } = turn.state;
  if (since <= rounds.forgottenUpTo) return; // it has been said
  turn.publish('operations-missed', self.node, { after: nameOf(after), upTo: nameOf(since) });
  rounds.beganAt = since;
  rounds.forgottenUpTo = since;
}

/** In their order, each at once; what is known here already may be later than the next one. */
function take(turn: Turn, ended: readonly Ended[]): ProtocolNumber {
  const { rounds } = turn.state;
  rounds.held = true;
  for (const each of ended) {
    const { number } = each.opening;
    if (number > rounds.knownUpTo) rounds.knownUpTo = number;
    if (number > rounds.applied) onDecision(turn, each);
    else if (number <= rounds.forgottenUpTo) rounds.forOthers?.ended.push(each);
  }
  return ended.at(-1)?.opening.number ?? 0n;
}

function caughtUpWith(turn: Turn, from: NodeId): void {
  const { rounds } = turn.state;
  if (rounds.behind === from) rounds.behind = null;
  applyDecided(turn);
  rounds.takesOver = false;
  if (rounds.forOthers !== null) rememberForOthers(rounds, rounds.forOthers);
  caughtUp(turn, from);
}

/** What a member takes no part in, and what another may have done: nothing later takes effect before its outcome is known. */
export function waitFor(turn: Turn, awaited: readonly Awaited[]): void {
  const { applied } = turn.state.rounds;
  const isNew = ({ number }: Awaited): boolean =>
    number > applied && instanceOf(turn, number) === undefined && endedOf(turn, number) === undefined;
  listenTo(turn, awaited.filter(isNew));
}
