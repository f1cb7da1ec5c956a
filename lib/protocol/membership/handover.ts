// C8: the seat goes to the successor in good order, before the manager goes (`leave`, `offline`) or while it stays (`move`).
// Nobody takes it for a failure, and nobody waits for a time-out. The stages are in pending.ts.
import { ordersCount, refreshOrders } from '../election/orders.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { NodeId } from '../types.ts';
import { goOffline } from './leaving.ts';
import { isHandingOver, type Pending, type Stage } from './pending.ts';
import { setStandby } from './standby.ts';
import type { Turn } from './turn.ts';

/** How long a stage may take, in beat time-outs, and at least: messages need their time however fast the beats are. */
const STAGE_TIMEOUTS: Readonly<Record<Stage, readonly [number, number]>> = {
  preparing: [3, 2000],
  telling: [1, 500],
  releasing: [3, 2000],
  waiting: [1, 1000],
};

function enter(turn: Turn, pending: Omit<Pending, 'stage' | 'sinceMs' | 'deadlineMs'>, stage: Stage): void {
  const { state, nowMs } = turn;
  const [timeouts, leastMs] = STAGE_TIMEOUTS[stage];
  const { kind, id, from, target } = pending;
  state.pending = { kind, id, from, target, stage, sinceMs: nowMs, deadlineMs: nowMs + Math.max(timeouts * state.beatTimeoutMs, leastMs) };
}

/** At a manager that goes. What was under way here is over. */
export function resign(turn: Turn, id: number, kind: 'leave' | 'offline'): void {
  const { state } = turn;
  const begun = state.pending;
  answerPending(turn, 'HW_REFUSED', 'this node goes offline');
  if (isHandingOver(begun)) state.pending = { ...begun, kind, id, from: null };
  else if (state.standby === null) release(turn, { kind, id, from: null, target: null });
  else tell(turn, { kind, id, from: null, target: state.standby });
}

/** A planned move, at the manager. `from`: the node where it was asked, or null. */
export function move(turn: Turn, id: number | null, from: NodeId | null, wanted: NodeId | null): void {
  const { state } = turn;
  const refuse = (message: string): void => respond(turn, id, from, 'HW_REFUSED', message);
  if (state.pending !== null) return refuse(`a ${state.pending.kind} is under way`);
  const target = wanted ?? state.standby;
  if (target === state.self.node) return respond(turn, id, from, null, '');
  if (target === null) return refuse('there is no standby to move to');
  const member = state.members.get(target);
  if (member?.phase !== 'active' || !turn.maySucceed(member)) return refuse(`node ${target} may not manage now`);
  if (state.seat !== 'owned') return refuse('this manager has no majority');
  enter(turn, { kind: 'move', id, from, target }, 'preparing');
  if (state.standby !== target) setStandby(turn, target);
  advanceMove(turn);
}

/** The move waits until the target is standby and first in orders that count. */
export function advanceMove(turn: Turn): void {
  const { state } = turn;
  const { pending, orders } = state;
  if (pending?.kind !== 'move' || pending.stage !== 'preparing' || pending.target === null || state.standby !== pending.target) return;
  if (orders?.chain[0] === pending.target && ordersCount(turn) && orders.round.yes.includes(pending.target)) tell(turn, pending);
}

function tell(turn: Turn, pending: Omit<Pending, 'stage' | 'sinceMs' | 'deadlineMs'>): void {
  enter(turn, pending, 'telling');
  turn.tell({ kind: 'resigning', successor: pending.target ?? 0, leaves: pending.kind !== 'move' });
}

/** At a member: the manager says who will succeed it. */
export function onResigning(turn: Turn, from: NodeId, successor: NodeId, leaves: boolean): void {
  const member = turn.state.members.get(from);
  if (from !== turn.state.manager || member === undefined) return;
  member.role = leaves ? 'offline' : 'client';
  if (leaves) member.phase = 'offline';
  if (successor === turn.state.self.node) turn.send(from, { kind: 'resignationHeard' });
}

export function onResignationHeard(turn: Turn, from: NodeId): void {
  const { pending } = turn.state;
  if (pending?.stage === 'telling' && from === pending.target) release(turn, pending);
}

function release(turn: Turn, pending: Omit<Pending, 'stage' | 'sinceMs' | 'deadlineMs'>): void {
  enter(turn, pending, 'releasing');
  turn.do({ type: 'release', seat: MANAGER_SEAT, successor: pending.target ?? 0 });
}

/**
 * The engine gives the seat up by itself, to a successor of our standing orders: that one may say that it manages before we hear
 * that the seat is released.
 */
export function onYielding(turn: Turn): void {
  const { pending, role } = turn.state;
  if (role !== 'manager' || isHandingOver(pending)) return;
  enter(turn, { kind: 'move', id: pending?.id ?? null, from: pending?.from ?? null, target: null }, 'releasing');
}

/** The engine has released the seat; `ours`: there was one to release. */
export function onReleased(turn: Turn, ours: boolean): void {
  const { pending } = turn.state;
  if (pending?.stage !== 'releasing') return ours ? onReleasedForUs(turn) : undefined;
  if (ours && (pending.target !== null || pending.kind === 'move')) enter(turn, pending, 'waiting');
  else if (pending.kind === 'move') callOff(turn, 'the seat was not ours any more');
  else finish(turn, pending);
}

/**
 * Nobody here has asked for it: the engine has given the seat to a successor of our standing orders (fitness.ts). It is
 * waited for as after a planned move.
 */
function onReleasedForUs(turn: Turn): void {
  const { state } = turn;
  if (state.role !== 'manager') return;
  enter(turn, state.pending ?? { kind: 'move', id: null, from: null, target: null }, 'waiting');
}

/** Is this node the one that we are handing over to? Then it is no rival. */
export function handsOverTo(turn: Turn, node: NodeId): boolean {
  const { pending, orders } = turn.state;
  if (!isHandingOver(pending)) return false;
  return pending.target === null ? orders?.chain.includes(node) === true : pending.target === node;
}

/** The successor manages. A node that was leaving is gone with that; one that moved its seat goes on as a client (7). */
export function finish(turn: Turn, pending: Pending): void {
  if (pending.kind === 'move') {
    answerPending(turn, null, '');
    return;
  }
  goOffline(turn);
  respond(turn, pending.id, pending.from, null, '');
}

/** The seat stays, or comes back: restandDue() sees to that. */
function callOff(turn: Turn, why: string): void {
  answerPending(turn, 'HW_REFUSED', why);
  turn.tell({ kind: 'member', entry: turn.ownEntry() });
  refreshOrders(turn);
}

/** Whom we hand over to will be away: orders name it no more, so that another one would take the seat unawares. */
export function targetGoesAway(turn: Turn, pending: Pending): void {
  if (pending.kind === 'move') return callOff(turn, `node ${pending.target ?? 0} will be away`);
  refreshOrders(turn);
  const target = turn.state.orders?.chain[0] ?? null;
  if (target === null) release(turn, { ...pending, target });
  else tell(turn, { ...pending, target });
}

/** Past its deadline: a leave happens all the same, a move is called off. */
export function pendingOverdue(turn: Turn): void {
  const { pending } = turn.state;
  if (pending === null || turn.nowMs < pending.deadlineMs) return;
  if (pending.kind === 'move') callOff(turn, 'the hand-over was not finished in time');
  else if (pending.stage === 'telling') release(turn, { ...pending, target: turn.state.standby });
  else finish(turn, pending);
}

/** Answers whoever asked for what is pending, and ends it. */
export function answerPending(turn: Turn, code: string | null, message: string): void {
  const { pending } = turn.state;
  if (pending === null) return;
  turn.state.pending = null;
  respond(turn, pending.id, pending.from, code, message);
}

export function respond(turn: Turn, id: number | null, from: NodeId | null, code: string | null, message: string): void {
  if (id === null) return;
  if (from === null) turn.reply(id, code, message);
  else turn.send(from, { kind: 'response', id, error: code === null ? null : { code, message } });
}
