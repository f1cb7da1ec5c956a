// At the others: a member that is away is noted with its time, its heartbeat time-out is raised alone (V3), the manager
// leaves it out of protocols and tells applications (V7); when it is back, or late, all is as before.
import { newManagerMessage } from '../election/office.ts';
import { refreshOrders } from '../election/orders.ts';
import { move, targetGoesAway } from '../membership/handover.ts';
import { isMemberOrTold, tellTable } from '../membership/incorporation.ts';
import { dropStandby } from '../membership/standby.ts';
import type { Member } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { PAUSE_MS_MAX } from './absence.ts';
import type { InactivityMessage } from './messages.ts';

export function onInactive(turn: Turn, from: NodeId, message: Extract<InactivityMessage, { kind: 'inactive' }>): void {
  const { state, nowMs } = turn;
  const member = state.members.get(from);
  if (member?.phase !== 'active' || isGivenTheSeat(turn, from)) return;
  const { reason, managed, responseMs, applied } = message;
  const forMs = Math.min(message.forMs, PAUSE_MS_MAX);
  member.away = { reason, managed, forMs, untilMs: nowMs + forMs, responseUntilMs: nowMs + responseMs, applied, isFirstHand: true };
  watchAnew(turn, member);
  if (state.role === 'manager') leaveOut(turn, member, forMs, message.again);
  turn.send(from, { kind: 'inactiveNoted' });
}

/** At the manager: as the next one it tells all anew. Noted now, it could be gone before it knows that it has the seat. */
function isGivenTheSeat({ state }: Turn, node: NodeId): boolean {
  const { pending } = state;
  return state.role === 'manager' && pending?.target === node && (pending.stage === 'releasing' || pending.stage === 'waiting');
}

/** At the manager. */
function leaveOut(turn: Turn, member: Member, forMs: number, isKnown: boolean): void {
  const { state } = turn;
  state.rounds.ready.delete(member.node);
  if (state.standbyPending?.node === member.node) state.standbyPending = null;
  if (!isKnown) turn.publishToAll('node-inactive', member.node, { reason: member.away?.reason ?? '', forMs });
  turn.tell({ kind: 'member', entry: turn.entryOf(member) }, [member.node]);
  if (state.pending?.target === member.node) targetGoesAway(turn, state.pending);
  else refreshOrders(turn);
}

/** At the manager: it is back and may have missed anything. Its position in the protocols comes next. */
export function onReturning(turn: Turn, from: NodeId, isStandby: boolean): void {
  const { state } = turn;
  const member = state.members.get(from);
  if (state.role !== 'manager' || state.seat !== 'owned' || !isMemberOrTold(turn, from) || member === undefined) return;
  // It has missed that it is the standby, or the table that follows ends what it prepares: it is asked anew.
  if (state.standby === from && !isStandby) dropStandby(turn, 'standby-demoted');
  if (state.standbyPending?.node === from) state.standbyPending = null;
  turn.send(from, newManagerMessage(turn));
  tellTable(turn, from);
  const { orders } = state;
  if (orders !== null && turn.isVoter(from)) {
    const { ordersId, baseEpoch, chain } = orders;
    turn.send(from, { kind: 'orders', ordersId, baseEpoch, chain });
  }
  turn.send(from, { kind: 'returnHeard' });
}

export function onNormal(turn: Turn, from: NodeId, managed: boolean): void {
  const { state } = turn;
  const member = state.members.get(from);
  if (member?.phase !== 'active') return;
  member.away = null;
  watchAnew(turn, member);
  if (state.role !== 'manager') return;
  member.regains = managed;
  turn.publishToAll('node-active-again', from);
  turn.tell({ kind: 'member', entry: turn.entryOf(member) }, [from]);
  refreshOrders(turn);
}

/** Beats and verdicts, with the time-out that holds now, where this node looks after that one. */
function watchAnew(turn: Turn, member: Member): void {
  const { state } = turn;
  const { node } = member;
  if (state.role === 'manager' || state.role === 'standby') turn.peer(node, true, true);
  else if (node === state.manager || node === state.standby) turn.peer(node, false, true);
}

/** Its time is over, and one beat time-out for its first beats. */
function overMs({ beatTimeoutMs }: Turn['state'], { away, description }: Member): number {
  return away === null ? Number.POSITIVE_INFINITY : away.untilMs + (description.beatTimeoutMs ?? beatTimeoutMs);
}

/** Beyond the announced time a silent node has failed like any other: the engine says so. */
export function awayDue(turn: Turn): void {
  const { state, nowMs } = turn;
  for (const member of state.members.values()) {
    if (nowMs < overMs(state, member)) continue;
    // One that beats and has not said that it is back still has to catch up: it stays out of the protocols until then.
    member.away = null;
    if (member.phase === 'active') watchAnew(turn, member);
  }
}

/** V4: the acting ends after the catch-up, as soon as no other hand-over is under way. */
export function handBackDue(turn: Turn): void {
  const { state } = turn;
  if (state.role !== 'manager' || state.seat !== 'owned' || state.pending !== null || state.absence !== null) return;
  const member = turn.active().find(({ regains }) => regains);
  if (member === undefined) return;
  member.regains = false;
  if (turn.maySucceed(member)) move(turn, null, null, member.node);
}

/** When something of this is due. */
export function inactivityDueMs(state: Turn['state']): number {
  const own = state.absence?.deadlineMs ?? Number.POSITIVE_INFINITY;
  return Math.min(own, ...[...state.members.values()].map((member) => overMs(state, member)));
}
