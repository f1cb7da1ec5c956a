// C8, C3 (5), (6): going in good order. A manager hands its seat to the standby before it goes offline or its process
// ends (`leave`), or hands it over and stays (`move`); a member tells its manager. Nobody takes it for a failure.
import { ordersCount, refreshOrders } from '../election/orders.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { NodeId } from '../types.ts';
import { announceAnew } from './discovery.ts';
import { clientLost, considerOrphaned, seekManager } from './failures.ts';
import { dropStandby } from './standby.ts';
import type { Turn } from './turn.ts';

/** How long a hand-over may take before it is called off, in beat time-outs (and at least this long). */
const HAND_OVER_TIMEOUTS = 3;
const HAND_OVER_MIN_MS = 2000;

function deadline(turn: Turn): number {
  return turn.nowMs + Math.max(HAND_OVER_TIMEOUTS * turn.state.config.beatTimeoutMs, HAND_OVER_MIN_MS);
}

export function leave(turn: Turn, id: number, kind: 'leave' | 'offline'): void {
  const { state } = turn;
  if (state.role === 'offline') return turn.reply(id);
  if (state.pending !== null) return turn.reply(id, 'HW_REFUSED', `a ${state.pending.kind} is under way`);
  if (state.role === 'manager' && state.seat !== 'none') {
    state.pending = { kind, id, from: null, target: state.standby ?? 0, deadlineMs: deadline(turn), told: false, released: false };
    return resign(turn);
  }
  goOffline(turn);
  turn.reply(id);
}

// A release travels by beats and is quicker than a message; and who takes over without having heard of it takes us for
// failed. So the successor says first that it has heard.
function resign(turn: Turn): void {
  const { pending } = turn.state;
  if (pending === null || pending.told) return;
  turn.state.pending = { ...pending, told: true };
  turn.tell({ kind: 'resigning', successor: pending.target, leaves: pending.kind !== 'move' });
  if (pending.target === 0) onResignationHeard(turn, 0);
}

/** At the manager: the successor knows. */
export function onResignationHeard(turn: Turn, from: NodeId): void {
  const { pending } = turn.state;
  if (pending === null || !pending.told || pending.released || pending.target !== from) return;
  turn.state.pending = { ...pending, released: true };
  turn.do({ type: 'release', seat: MANAGER_SEAT, successor: from });
}

function goOffline(turn: Turn): void {
  const { state } = turn;
  const told = new Set<NodeId>(turn.active().map((member) => member.node));
  if (state.manager !== null && state.manager !== state.self.node) told.add(state.manager);
  for (const node of told) turn.send(node, { kind: 'leaving' });
  seekManager(turn);
  turn.become('offline');
  state.pending = null;
  turn.do({ type: 'setVoting', on: false });
}

/** The engine has released the seat (or had none to release). */
export function finishPending(turn: Turn, released: boolean): void {
  const { state } = turn;
  const { pending } = state;
  if (pending === null || !pending.released) return;
  if (pending.kind === 'move') {
    if (!released) answerPending(turn, 'HW_REFUSED', 'the seat was not ours any more');
    return; // done when the new manager reports
  }
  goOffline(turn);
  turn.reply(pending.id);
}

export function online(turn: Turn, id: number): void {
  const { state } = turn;
  if (state.role !== 'offline') return turn.reply(id);
  turn.do({ type: 'setVoting', on: true });
  turn.become('unmanaged');
  turn.publish('unmanaged', state.self.node, { reason: 'on line again' });
  state.electionAtMs = turn.nowMs + state.config.unmanagedPeriodMs;
  announceAnew(turn);
  turn.reply(id);
}

/** A planned move, at the manager. `from`: the node where it was asked, or null. */
export function move(turn: Turn, id: number, from: NodeId | null, wanted: NodeId | null): void {
  const { state } = turn;
  const refuse = (message: string): void => respond(turn, id, from, 'HW_REFUSED', message);
  if (state.pending !== null) return refuse(`a ${state.pending.kind} is under way`);
  const target = wanted ?? state.standby;
  if (target === state.self.node) return respond(turn, id, from, null, '');
  if (target === null) return refuse('there is no standby to move to');
  const member = state.members.get(target);
  if (member?.phase !== 'active' || !member.description.mayManage || member.description.bridged)
    return refuse(`node ${target} may not manage now`);
  if (state.seat !== 'owned') return refuse('this manager has no majority');
  state.pending = { kind: 'move', id, from, target, deadlineMs: deadline(turn), told: false, released: false };
  if (state.standby !== target) setStandby(turn, target);
  moveWhenReady(turn);
}

/** The move waits until the target is standby and first in orders that count. */
export function moveWhenReady(turn: Turn): void {
  const { state } = turn;
  const { pending } = state;
  if (pending?.kind !== 'move' || pending.released || state.standby !== pending.target) return;
  if (state.orders?.chain[0] !== pending.target || !ordersCount(turn) || !state.orders.round.yes.includes(pending.target)) return;
  resign(turn);
}

/** Another takes the standby's place; the present one is demoted (11). */
export function setStandby(turn: Turn, node: NodeId): void {
  const { state, nowMs } = turn;
  state.namedStandby = node;
  dropStandby(turn, 'standby-demoted');
  state.standbyPending = { node, deadlineMs: nowMs + state.config.incorporationTimeoutMs };
  turn.send(node, { kind: 'beStandby', epoch: state.epoch, table: turn.table() });
  refreshOrders(turn);
}

/** Answers whoever asked for what is pending, and ends it. */
export function answerPending(turn: Turn, code: string | null, message: string): void {
  const { pending } = turn.state;
  if (pending === null) return;
  turn.state.pending = null;
  respond(turn, pending.id, pending.from, code, message);
}

export function respond(turn: Turn, id: number, from: NodeId | null, code: string | null, message: string): void {
  if (from === null) turn.reply(id, code, message);
  else turn.send(from, { kind: 'response', id, error: code === null ? null : { code, message } });
}

/** Past its deadline: a leave happens all the same, a move is called off. */
export function pendingOverdue(turn: Turn): void {
  const { state, nowMs } = turn;
  const { pending } = state;
  if (pending === null || nowMs < pending.deadlineMs) return;
  if (pending.kind === 'move') {
    answerPending(turn, 'HW_REFUSED', 'the hand-over was not finished in time');
    return;
  }
  if (!pending.released) turn.do({ type: 'release', seat: MANAGER_SEAT, successor: 0 });
  goOffline(turn);
  turn.reply(pending.id);
}

/** Another manages now: what is pending has come to its end, one way or the other. */
export function endPending(turn: Turn): void {
  const { pending } = turn.state;
  if (pending === null) return;
  if (pending.kind === 'move') {
    if (pending.released) return answerPending(turn, null, '');
    return answerPending(turn, 'HW_REFUSED', 'another node has taken over meanwhile');
  }
  goOffline(turn);
  turn.reply(pending.id);
}

/** At a member: the manager says who will succeed it. */
export function onResigning(turn: Turn, from: NodeId, successor: NodeId, leaves: boolean): void {
  const { state } = turn;
  if (from !== state.manager) return;
  const member = state.members.get(from);
  if (member === undefined) return;
  member.role = leaves ? 'offline' : 'client';
  if (leaves) member.phase = 'offline';
  if (successor === state.self.node) turn.send(from, { kind: 'resignationHeard' });
}

/** A node goes in good order. */
export function onLeaving(turn: Turn, from: NodeId): void {
  const { state, nowMs } = turn;
  const member = state.members.get(from);
  if (state.role === 'manager') {
    if (member !== undefined && member.phase !== 'failed') clientLost(turn, member, 'it has gone offline', 'offline');
    return;
  }
  if (member !== undefined) {
    member.phase = 'offline';
    member.role = 'offline';
    member.sinceMs = nowMs;
  }
  if (from === state.standby) state.standbyDown = true;
  if (from === state.manager) {
    state.managerDownMs ??= nowMs;
    considerOrphaned(turn);
  }
}
