// The door to the peer protocols: messages in, and what is due by now.
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { applyDecided, onDecision, onOutcome } from './deciding.ts';
import { undecided } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { askAgain, mayOpen, onMissed, onPosition, positionsDueMs, tellPosition } from './positions.ts';
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

/** Everything that is due by now. */
export function roundsDue(turn: Turn): void {
  const { ended } = turn.state.rounds;
  tellPosition(turn);
  askAgain(turn);
  sendWishes(turn);
  wishesOverdue(turn);
  openQueued(turn);
  recoverDue(turn);
  applyDecided(turn);
  workQueued(turn);
  // What has just come to nothing for a lost participant is tried again at once.
  if (turn.state.rounds.ended !== ended) {
    sendWishes(turn);
    openQueued(turn);
  }
  turn.state.rounds.dueMs = dueMs(turn);
}

function dueMs(turn: Turn): number {
  const { rounds, role } = turn.state;
  const deadlines = [...rounds.proposals.values()].map(wishDeadlineMs);
  if (role !== 'manager') return Math.min(rounds.askAtMs, ...deadlines);
  const running = undecided(turn);
  for (const { sinceMs, timeoutMs } of rounds.queued) deadlines.push(sinceMs + timeoutMs);
  if (mayOpen(turn)) {
    for (const { opening, deadlineMs } of running) if (!rounds.recoveries.has(opening.number)) deadlines.push(deadlineMs);
    for (const { away } of turn.active()) if (away !== null && away.responseUntilMs > turn.nowMs) deadlines.push(away.responseUntilMs);
    for (const { sinceMs } of rounds.recoveries.values()) deadlines.push(Math.max(sinceMs, turn.nowMs) + RECOVERY_LOOK_MS);
  } else if (running.length + rounds.queued.length > 0) {
    const dueMs = positionsDueMs(turn);
    if (dueMs > turn.nowMs) deadlines.push(dueMs);
  }
  return Math.min(Number.POSITIVE_INFINITY, ...deadlines);
}
