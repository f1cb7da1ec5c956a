// Taking office: what a node does when it manages from now on, be it elected, the successor by standing orders (C8), or
// the second in line (C10). The engine has the seat and the addresses already.
import { announceAnew } from '../membership/announcing.ts';
import { freshSeekers } from '../membership/discovery.ts';
import { clientLost, orphaned } from '../membership/failures.ts';
import { canServe } from '../membership/fitness.ts';
import { connect, numberOurselves, seatTold } from '../membership/incorporation.ts';
import type { Message } from '../membership/messages.ts';
import { addressesOf } from '../membership/networks.ts';
import { pickStandby } from '../membership/standby.ts';
import type { Member } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId } from '../types.ts';
import { refreshOrders } from './orders.ts';

export function onAcquired(turn: Turn, epoch: Epoch): void {
  const { state, nowMs } = turn;
  if (state.role === 'offline' || (state.pending !== null && !raisedWhilePreparing(turn))) {
    turn.do({ type: 'release', seat: MANAGER_SEAT, successor: 0 });
    return;
  }
  const inPlace = state.role === 'manager';
  const lapsed = state.seat !== 'owned';
  const former = state.manager;
  const kept = state.role === 'standby' || state.role === 'client' ? turn.active() : null;
  if (state.role === 'client' && former !== null && gaveUp(turn, former)) turn.become('standby'); // as in a planned move (9, 8)
  if (state.role === 'client') {
    // C10: the second in line; it was orphaned, and now it manages (3, 2)
    orphaned(turn, 'the standby has not succeeded it');
    for (const member of kept ?? []) if (member.phase === 'heard') keep(member);
  }
  if (!inPlace) turn.become('manager');
  Object.assign(state, { seat: 'owned', seatSinceMs: nowMs, epoch, ballots: null, joining: null, orders: null } satisfies Partial<
    Turn['state']
  >);
  if (inPlace) {
    if (lapsed) turn.publishToAll('quorum-regained', state.self.node, { epoch: Number(epoch) });
    // Meanwhile it may have followed another, and is a client now: it is asked anew.
    if (lapsed) state.standby = null;
    turn.tell(newManagerMessage(turn));
    // One in the middle of its incorporation may have been told the former epoch.
    for (const { node, phase } of state.members.values()) if (phase === 'incorporating') turn.send(node, newManagerMessage(turn));
  } else {
    takeOffice(turn, kept === null ? null : former, kept !== null);
  }
  pickStandby(turn);
  refreshOrders(turn);
}

/**
 * Its engine has given the seat to the second in line, since neither it nor the standby can serve, or both event loops stand
 * still (fitness.ts): it lives and is no loss, though its own word of that may come later than the seat.
 */
function gaveUp(turn: Turn, manager: NodeId): boolean {
  const { managerDownMs, managerRestarted, members } = turn.state;
  const member = members.get(manager);
  if (managerDownMs !== null || managerRestarted || member?.phase !== 'active' || member.alive === false) return false;
  return !canServe(turn, member);
}

/** A later epoch in place is no obstacle for a move that has not begun to hand over. */
function raisedWhilePreparing({ state }: Turn): boolean {
  return state.role === 'manager' && state.seat === 'owned' && state.pending?.stage === 'preparing';
}

/** A member that a successor out of turn keeps. */
function keep(member: Member): void {
  member.phase = 'active';
  member.role = 'client';
}

export const newManagerMessage = (turn: Turn): Extract<Message, { kind: 'newManager' }> => ({
  kind: 'newManager',
  epoch: turn.state.epoch,
  manager: turn.state.self,
  ...seatTold(turn),
});

/** C8. `succeeded`: there are members, who are not incorporated anew. */
function takeOffice(turn: Turn, former: NodeId | null, succeeded: boolean): void {
  const { state } = turn;
  numberOurselves(turn);
  Object.assign(state, {
    manager: state.self.node,
    managerDownMs: null,
    managerRestarted: false,
    standby: null,
    standbyDown: false,
    standbyPending: null,
    refusals: [],
  } satisfies Partial<Turn['state']>);
  for (const member of turn.active()) turn.peer(member.node, true, true);
  if (succeeded) turn.tell(newManagerMessage(turn));
  turn.publishToAll('new-manager', state.self.node, { epoch: Number(state.epoch) });
  if (succeeded) tidyUp(turn, former);
  for (const entry of succeeded ? turn.table() : []) turn.tell({ kind: 'member', entry }, [entry.node]);
  for (const member of freshSeekers(turn)) if (member.phase !== 'active') connect(turn, member);
  addressesOf(turn);
  announceAnew(turn);
}

/** The former manager, and whoever fell silent while nobody's verdict counted. */
function tidyUp(turn: Turn, former: NodeId | null): void {
  const before = former === null ? undefined : turn.state.members.get(former);
  if (before?.phase === 'offline') turn.publishToAll('node-offline', before.node, { reason: 'it has handed over' });
  // It waits for this before it goes.
  if (before?.phase === 'offline') turn.send(before.node, newManagerMessage(turn));
  // It has given the seat up because it could not serve (its event loop, its adapter); it is alive.
  if (before?.phase === 'active' && before.alive !== false && !canServe(turn, before)) before.role = 'client';
  // It has let its lease end while it is away (V3).
  if (before?.phase === 'active' && before.away !== null) before.role = 'client';
  // One that moved its seat has said that it stays on as a client; any other has failed.
  if (before?.phase === 'active' && before.role !== 'client') clientLost(turn, before, 'it managed and fell silent');
  else if (before?.phase === 'failed') turn.publishToAll('client-lost', before.node, { reason: 'it managed and fell silent' });
  for (const member of turn.active()) if (member.alive === false) clientLost(turn, member, 'it answers no heartbeats');
}
