// The door to the peer protocols: messages in, and what is due by now.
import type { Turn } from '../membership/turn.ts';
import type { Effect, Event, NodeId } from '../types.ts';
import { applyDecided, onDecision, onOutcome } from './deciding.ts';
import { dueBy, isAny } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { onMissed, onMissedNext, waitFor } from './missed.ts';
import { askAgain, mayOpen, onPosition, positionsDueMs, tellPosition } from './positions.ts';
import { cancel, onSettled, onStanding, recoverDue } from './recovery.ts';
import { onAck, onOpen, workQueued } from './running.ts';
import { onRecover, onSettle } from './standing.ts';
import { onOpenedWish, onRefusedWish, onWish, openQueued, sendWishes, wishDeadlineMs, wishesOverdue } from './wishes.ts';

/** While a recovery runs the manager looks at it so often. */
const RECOVERY_LOOK_MS = 100;

export function onRoundsMessage(turn: Turn, from: NodeId, message: RoundsMessage): void {
  switch (message.kind) {
    case 'wish':
      return onWish(turn, from, message);
    case 'wishRefused':
      return onRefusedWish(turn, message.counter, message.reason);
    case 'wishOpened':
      return onOpenedWish(turn, message.counter, message.number);
    case 'open':
      return onOpen(turn, from, message.opening);
    case 'ack':
      return onAck(turn, from, message);
    case 'outcome':
      return onOutcome(turn, message.number, message.outcome);
    case 'decision':
      return onDecision(turn, message.ended);
    case 'position':
      return onPosition(turn, from, message);
    case 'missed':
      return onMissed(turn, from, message);
    case 'missedNext':
      return onMissedNext(turn, from, message);
    case 'awaits':
      return waitFor(turn, message.undecided);
    case 'recover':
      return onRecover(turn, from, message);
    case 'standing':
      return onStanding(turn, from, message);
    case 'settle':
      return onSettle(turn, from, message);
    case 'settled':
      return onSettled(turn, from, message);
    case 'cancel':
      return cancel(turn, message.number, message.by);
  }
}

/** One of those that make an operation of programs, thousands a second: a wish, an opening, votes, an outcome. */
export function isOfOperations(event: Event): boolean {
  if (event.type === 'worked') return true;
  if (event.type === 'recorded') return event.ok; // a disk that fails makes a protocol overdue
  if (event.type === 'command') return event.command.name === 'propose';
  if (event.type !== 'received') return false;
  const { kind } = event.message as { readonly kind: string };
  return kind === 'ack' || kind === 'open' || kind === 'outcome' || kind === 'wish';
}

/** Such effects change nothing but operations; a reconfiguration, say, has others, too. */
export function isOnlyOfOperations(effects: readonly Effect[]): boolean {
  return effects.every(({ type }) => type === 'send' || type === 'work' || type === 'apply' || type === 'reply' || type === 'record');
}

/** What an event of operations may have made possible, where nothing else is due. It names a deadline that may be too early. */
export function operationsDue(turn: Turn): void {
  const { rounds } = turn.state;
  const isPlain = rounds.recoveries.size === 0 && rounds.listening.length === 0 && rounds.behind === null && !rounds.held;
  if (!isPlain) return roundsDue(turn);
  const last = rounds.ended.at(-1);
  askAgain(turn);
  sendWishes(turn);
  openQueued(turn);
  applyDecided(turn);
  workQueued(turn);
  if (rounds.ended.at(-1) !== last) {
    sendWishes(turn);
    openQueued(turn);
  }
  if (rounds.queued.length > 0) roundsDue(turn);
  else if (turn.state.role !== 'manager') dueBy(turn, rounds.askAtMs);
}

/** Everything that is due by now. */
export function roundsDue(turn: Turn): void {
  const last = turn.state.rounds.ended.at(-1);
  tellPosition(turn);
  askAgain(turn);
  sendWishes(turn);
  wishesOverdue(turn);
  openQueued(turn);
  recoverDue(turn);
  applyDecided(turn);
  workQueued(turn);
  // What has just come to nothing for a lost participant is tried again at once.
  if (turn.state.rounds.ended.at(-1) !== last) {
    sendWishes(turn);
    openQueued(turn);
  }
  turn.state.rounds.dueMs = dueMs(turn);
}

/** Asked after every event, with many running at a time: it makes no lists. */
function dueMs(turn: Turn): number {
  const { rounds, role } = turn.state;
  let dueMs = role === 'manager' ? Number.POSITIVE_INFINITY : rounds.askAtMs;
  for (const proposal of rounds.proposals.values()) dueMs = Math.min(dueMs, wishDeadlineMs(proposal));
  if (role !== 'manager') return dueMs;
  for (const { sinceMs, timeoutMs } of rounds.queued) dueMs = Math.min(dueMs, sinceMs + timeoutMs);
  if (mayOpen(turn)) return Math.min(dueMs, managersDueMs(turn));
  if (rounds.queued.length === 0 && !isAny(turn, ({ outcome }) => outcome === null)) return dueMs;
  const opensMs = positionsDueMs(turn);
  return opensMs > turn.nowMs ? Math.min(dueMs, opensMs) : dueMs;
}

function managersDueMs(turn: Turn): number {
  const { rounds, members } = turn.state;
  let dueMs = Number.POSITIVE_INFINITY;
  for (const { opening, deadlineMs, outcome } of rounds.instances.values())
    if (outcome === null && !rounds.recoveries.has(opening.number)) dueMs = Math.min(dueMs, deadlineMs);
  for (const { phase, away } of members.values())
    if (phase === 'active' && away !== null && away.responseUntilMs > turn.nowMs) dueMs = Math.min(dueMs, away.responseUntilMs);
  for (const { sinceMs } of rounds.recoveries.values()) dueMs = Math.min(dueMs, Math.max(sinceMs, turn.nowMs) + RECOVERY_LOOK_MS);
  return dueMs;
}
