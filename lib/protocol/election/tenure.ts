// What follows from news of the seat: acquired (we manage now: by election, or because the engine has taken over by
// standing orders), lapsed, regained, released. The engine has acted already; roles follow (C8, C10).
import { addressesOf } from '../membership/networks.ts';
import { announceAnew, freshSeekers } from '../membership/discovery.ts';
import { leaveManager } from '../membership/failures.ts';
import { connect, numberOurselves } from '../membership/incorporation.ts';
import { finishPending } from '../membership/leaving.ts';
import { pickStandby } from '../membership/standby.ts';
import type { Turn } from '../membership/turn.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId, SeatNews } from '../types.ts';
import { propose } from './ballot.ts';
import { considerSplit, stepDown } from './merge.ts';
import { refreshOrders } from './orders.ts';

export function onSeat(turn: Turn, news: SeatNews, epoch: Epoch): void {
  const { state, nowMs } = turn;
  turn.raisePromised(epoch);
  switch (news) {
    case 'acquired':
      return onAcquired(turn, epoch);
    case 'lapsed':
      if (state.seat !== 'owned') return;
      state.seat = 'lapsed';
      state.seatSinceMs = nowMs;
      turn.publishToAll('quorum-lost', state.self.node, { epoch: Number(epoch) });
      return;
    case 'regained':
      if (state.seat !== 'lapsed') return;
      state.seat = 'owned';
      state.seatSinceMs = nowMs;
      turn.publishToAll('quorum-regained', state.self.node, { epoch: Number(epoch) });
      return refreshOrders(turn);
    case 'released':
      if (epoch === 0n || epoch !== state.epoch) return finishPending(turn, false);
      state.seat = 'none';
      state.seatSinceMs = nowMs;
      return finishPending(turn, true);
    default:
  }
}

function onAcquired(turn: Turn, epoch: Epoch): void {
  const { state, nowMs } = turn;
  if (state.role === 'offline' || state.pending !== null) {
    turn.do({ type: 'release', seat: MANAGER_SEAT, successor: 0 });
    return;
  }
  const inPlace = state.role === 'manager';
  const succeeded = state.role === 'standby' || state.role === 'client';
  const former = state.manager;
  if (state.role === 'client') {
    // C10: the second in line; it was orphaned, and now it manages (3, 2)
    const members = turn.active().map((member) => member.node);
    leaveManager(turn, 'manager and standby are lost');
    for (const node of members) restore(turn, node, former);
  }
  if (!inPlace) turn.become('manager');
  state.seat = 'owned';
  state.seatSinceMs = nowMs;
  state.epoch = epoch;
  state.ballots = null;
  state.joining = null;
  state.orders = null;
  if (inPlace) {
    turn.publishToAll('quorum-regained', state.self.node, { epoch: Number(epoch) });
    turn.tell(newManager(turn));
  } else {
    takeOffice(turn, former, succeeded);
  }
  pickStandby(turn);
  refreshOrders(turn);
}

/** A member that a successor out of turn keeps. */
function restore(turn: Turn, node: NodeId, former: NodeId | null): void {
  const member = turn.state.members.get(node);
  if (member === undefined || node === former) return;
  member.phase = 'active';
  member.role = 'client';
}

const newManager = (turn: Turn): Parameters<Turn['tell']>[0] => ({
  kind: 'newManager',
  epoch: turn.state.epoch,
  manager: turn.state.self,
  activeNetwork: turn.state.activeNetwork,
  virtualAddresses: turn.state.virtualAddresses,
});

function takeOffice(turn: Turn, former: NodeId | null, succeeded: boolean): void {
  const { state, nowMs } = turn;
  numberOurselves(turn);
  state.manager = state.self.node;
  state.managerDownMs = null;
  state.managerRestarted = false;
  state.standby = null;
  state.standbyDown = false;
  state.standbyPending = null;
  const before = former === null ? undefined : state.members.get(former);
  if (succeeded && before !== undefined && before.phase === 'active' && former !== state.self.node) {
    // A former manager that has handed over is a member; one that fell silent has failed.
    const handedOver = before.role === 'client';
    if (!handedOver) {
      before.phase = 'failed';
      before.sinceMs = nowMs;
      turn.do({ type: 'removePeer', node: before.node });
      turn.do({ type: 'closeChannel', node: before.node });
    }
  }
  for (const member of turn.active()) turn.peer(member.node, true, true);
  if (succeeded) {
    turn.tell(newManager(turn));
    for (const entry of turn.table()) turn.tell({ kind: 'member', entry }, [entry.node]);
  }
  turn.publishToAll('new-manager', state.self.node, { epoch: Number(state.epoch) });
  if (before !== undefined && before.phase === 'failed')
    turn.publishToAll('client-lost', before.node, { reason: 'it managed and fell silent' });
  for (const member of freshSeekers(turn)) if (member.phase !== 'active') connect(turn, member);
  addressesOf(turn);
  announceAnew(turn);
}

/** At a member: somebody has succeeded our manager (or we had not heard yet). */
export function onNewManager(turn: Turn, from: NodeId, epoch: Epoch): boolean {
  const { state } = turn;
  turn.raisePromised(epoch);
  if (epoch < state.epoch || (epoch === state.epoch && state.manager === from)) return false;
  if (state.role === 'manager') {
    if (state.seat === 'owned' && epoch < state.epoch) return false;
    stepDown(turn, from, epoch); // planned, or found out late: we are in the successor's table
    return true;
  }
  if (state.role !== 'client' && state.role !== 'standby') return false; // an unmanaged node is incorporated
  if (state.manager === from) {
    // the same manager, in a later epoch: nothing else has changed
    state.epoch = epoch;
    state.managerDownMs = null;
    state.managerRestarted = false;
    return true;
  }
  if (state.role === 'standby') turn.become('client');
  const former = state.manager;
  if (former !== null && former !== from) turn.do({ type: 'removePeer', node: former });
  state.manager = from;
  state.managerDownMs = null;
  state.managerRestarted = false;
  state.epoch = epoch;
  state.standby = null;
  state.standbyDown = false;
  turn.peer(from, false, true);
  return true;
}

/** The engine has heard a valid claim with a higher epoch. */
export function onHolder(turn: Turn, node: NodeId, epoch: Epoch): void {
  const { state } = turn;
  turn.raisePromised(epoch);
  const member = state.members.get(node);
  if (
    state.role === 'manager' &&
    node !== state.self.node &&
    epoch > state.epoch &&
    member !== undefined &&
    state.config.quorum !== 'none'
  ) {
    if (state.pending === null) considerSplit(turn, member, epoch, true);
  }
}

export function onRefused(turn: Turn, epoch: Epoch): void {
  turn.raisePromised(epoch);
}

/** A manager without its seat for an unmanaged period tries again in place: restarted voters need a higher epoch. */
export function restandDue(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.role !== 'manager' || state.seat === 'owned' || state.pending !== null) return;
  if (nowMs < restandAtMs(state)) return;
  state.seatSinceMs = nowMs;
  state.ballots = null;
  propose(
    turn,
    turn.active().map((member) => member.node),
  );
}

export function restandAtMs(state: Turn['state']): number {
  return state.role === 'manager' && state.seat !== 'owned' && state.pending === null
    ? state.seatSinceMs + state.config.unmanagedPeriodMs
    : Number.POSITIVE_INFINITY;
}
