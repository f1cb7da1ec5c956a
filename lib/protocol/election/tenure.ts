// What follows from news of the seat: acquired (office.ts), lapsed, regained, released. The engine has acted already;
// roles follow.
import { considerSplit } from './merge.ts';
import { propose } from './ballot.ts';
import { onAcquired } from './office.ts';
import { ordersCount, refreshOrders } from './orders.ts';
import { hasMajority, hasNoVote } from '../quorum.ts';
import { leaveManager } from '../membership/failures.ts';
import { handsOverTo, onReleased } from '../membership/handover.ts';
import type { Turn } from '../membership/turn.ts';
import { compareWith } from '../reconfiguration/catching-up.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId, SeatNews } from '../types.ts';

export function onSeat(turn: Turn, news: SeatNews, epoch: Epoch): void {
  const { state } = turn;
  turn.raisePromised(epoch);
  switch (news) {
    case 'acquired':
      return onAcquired(turn, epoch);
    case 'lapsed':
      if (state.seat !== 'owned') return;
      turnSeat(turn, 'lapsed');
      return turn.publishToAll('quorum-lost', state.self.node, { epoch: Number(epoch) });
    case 'regained':
      if (state.seat !== 'lapsed') return;
      turnSeat(turn, 'owned');
      turn.publishToAll('quorum-regained', state.self.node, { epoch: Number(epoch) });
      return refreshOrders(turn);
    case 'released':
      // Epoch 0: the engine had nothing to release, whatever we believed.
      if (epoch === 0n && state.seat !== 'none') turnSeat(turn, 'none');
      if (epoch === 0n || epoch !== state.epoch) return onReleased(turn, false);
      turnSeat(turn, 'none');
      return onReleased(turn, true);
    case 'failed':
      state.addressesFailed = true;
      return;
    case 'open':
      state.addressesFailed = false;
      return;
    case 'closed':
  }
}

function turnSeat({ state, nowMs }: Turn, seat: Turn['state']['seat']): void {
  state.seat = seat;
  state.seatSinceMs = nowMs;
}

/** The engine has heard a valid claim with a higher epoch. */
export function onHolder(turn: Turn, node: NodeId, epoch: Epoch): void {
  const { state } = turn;
  turn.raisePromised(epoch);
  const member = state.members.get(node);
  const rival = state.role === 'manager' && node !== state.self.node && epoch > state.epoch && !handsOverTo(turn, node);
  if (rival && member !== undefined && state.config.quorum !== 'none') considerSplit(turn, member, epoch, true);
  // Our manager has become it anew and has not told us: does it know that we are its member?
  if (state.role !== 'manager' && node === state.manager && epoch > state.epoch) state.rounds.positionEpoch = 0n;
}

/** Our asks fail at this voter. `epoch_old`: for good, as far as the present orders go. */
export function onRefused(turn: Turn, node: NodeId, reply: string, epoch: Epoch): void {
  const { state } = turn;
  turn.raisePromised(epoch);
  if (reply === 'epoch_old' && !state.refusals.includes(node)) state.refusals = [...state.refusals, node];
  if (reply === 'voters') compareWith(turn, node);
}

/**
 * A manager without its seat for an unmanaged period tries again in place: restarted voters need a higher epoch. One that has lost
 * its vote meanwhile cannot: it leaves the role to those who can be elected, once they are enough.
 */
export function restandDue(turn: Turn): void {
  const { state, nowMs } = turn;
  if (nowMs < restandAtMs(state)) return;
  state.seatSinceMs = nowMs;
  if (hasNoVote(state)) return hasMajority(state) ? abdicate(turn) : undefined;
  state.ballots = null;
  propose(
    turn,
    turn.active().map((member) => member.node),
  );
}

/** (7), and (3) at once: nobody is elected where somebody manages. */
function abdicate(turn: Turn): void {
  const { state } = turn;
  if (state.seat !== 'none') turn.do({ type: 'release', seat: MANAGER_SEAT, successor: 0 });
  state.seat = 'none';
  turn.tell({ kind: 'goUnmanaged', winner: state.self.node });
  turn.become('client');
  leaveManager(turn, 'it has no vote any more, and no seat');
}

/**
 * A voter that has restarted refuses all that is on its disk as reserved. The owner goes above it in place while it holds
 * the seat, else its successor could not count on that voter (safety.md, 'Leases' 5).
 */
export function raiseDue(turn: Turn): void {
  if (turn.nowMs < raiseAtMs(turn)) return;
  turn.state.ballots = null;
  propose(
    turn,
    turn.active().map((member) => member.node),
  );
}

export function raiseAtMs(turn: { readonly state: Turn['state'] }): number {
  const { role, seat, pending, ballots, refusals, promisedEpoch, epoch, members, config, seatSinceMs } = turn.state;
  if (role !== 'manager' || seat !== 'owned' || pending !== null || promisedEpoch <= epoch || config.quorum === 'none')
    return Number.POSITIVE_INFINITY;
  const isPresent = (node: NodeId): boolean => node === turn.state.self.node || members.get(node)?.phase === 'active';
  // One that has just come back, above us, says so before its vote is asked for: after the quiet time of a restarted voter.
  const isAbove = (node: NodeId): boolean => isPresent(node) && (members.get(node)?.announcedEpoch ?? 0n) > epoch;
  const isRefused = refusals.some(isPresent) || config.voters.some(isAbove);
  if (hasNoVote(turn.state) || !hasMajority(turn.state) || !isRefused) return Number.POSITIVE_INFINITY;
  return ballots === null ? seatSinceMs : ballots.round.sinceMs + config.unmanagedPeriodMs;
}

/** Would the successors take it in their order, were this manager to fail now? A voter that is here and has not installed them votes for none. */
export function ordersSettled(turn: { readonly state: Turn['state'] }): boolean {
  const { orders, members, self } = turn.state;
  if (orders === null || !ordersCount(turn) || Number.isFinite(raiseAtMs(turn))) return false;
  return [...orders.round.no, ...orders.round.awaited].every((node) => node !== self.node && members.get(node)?.phase !== 'active');
}

export function restandAtMs(state: Turn['state']): number {
  return state.role === 'manager' && state.seat !== 'owned' && state.pending === null
    ? state.seatSinceMs + state.config.unmanagedPeriodMs
    : Number.POSITIVE_INFINITY;
}
