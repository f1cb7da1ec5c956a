// C11: two managers hear each other, or a member hears a manager that is not its own. With a majority rule the lease
// decides: at most one of them has it. Without one (quorum `none`) C4 decides, and the winner takes the highest epoch + 1.
import { candidateOf, inManagerOrder } from './choose.ts';
import { askToReturn } from '../inactivity/returning.ts';
import { leaveManager } from '../membership/failures.ts';
import { answerPending, finish, handsOverTo } from '../membership/handover.ts';
import { connect, tellTable } from '../membership/incorporation.ts';
import type { TableEntry } from '../membership/messages.ts';
import { seekManager } from '../membership/seeking.ts';
import { dropStandby } from '../membership/standby.ts';
import { type Member, newMember } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId } from '../types.ts';
import { propose } from './ballot.ts';
import { refreshOrders } from './orders.ts';

/** An announcement overtakes what the new manager tells its members one by one, in order, and again where it was lost. */
const TOLD_MS = 50;

export function considerSplit(turn: Turn, other: Member, epoch: Epoch, quorate: boolean): void {
  const { state } = turn;
  if (state.role === 'manager') {
    if (handsOverTo(turn, other.node)) return; // it will say so itself
    if (loses(turn, other, epoch, quorate)) loseTo(turn, other.node, epoch);
    else if (state.config.quorum === 'none' && epoch >= state.epoch && state.ballots === null) propose(turn, []);
    return;
  }
  const managed = state.role === 'client' || state.role === 'standby';
  // We have missed a change of manager: seek it, it will hear us.
  if (managed && other.node !== state.manager && quorate && epoch > state.epoch) {
    if (askToReturn(turn, other.node) || turn.nowMs < other.managesSinceMs + TOLD_MS) return;
    leaveManager(turn, `node ${other.node} manages in epoch ${epoch}`);
  }
}

function loses(turn: Turn, other: Member, epoch: Epoch, quorate: boolean): boolean {
  const { state } = turn;
  if (state.config.quorum !== 'none') {
    if (quorate !== (state.seat === 'owned')) return quorate;
    if (epoch !== state.epoch) return epoch > state.epoch;
  }
  const own = candidateOf(state.self, turn.active().length + 1);
  const theirs = candidateOf(other.description, other.manages?.nodes ?? 1);
  return inManagerOrder([own, theirs])[0]?.node === other.node;
}

/** (7): hand over the list of clients, send them and the standby to unmanaged, become a client of the winner. */
export function loseTo(turn: Turn, winner: NodeId, epoch: Epoch): void {
  const { state } = turn;
  if (state.seat !== 'none') turn.do({ type: 'release', seat: MANAGER_SEAT, successor: 0 });
  turn.publish('split-brain', winner, { winner, epoch: Number(epoch) });
  turn.send(winner, { kind: 'clientList', table: turn.table() });
  turn.tell({ kind: 'goUnmanaged', winner }, [winner]);
  stepDown(turn, winner, epoch);
}

/** From manager to client of `winner`, who will incorporate us or has us in its table already. */
export function stepDown(turn: Turn, winner: NodeId, epoch: Epoch): void {
  const { state } = turn;
  const { pending } = state;
  state.seat = 'none';
  if (pending !== null && pending.kind !== 'move') return finish(turn, pending); // it was leaving anyway
  answerPending(turn, 'HW_REFUSED', `node ${winner} manages now`);
  seekManager(turn);
  turn.become('client');
  state.manager = winner;
  state.epoch = epoch;
  turn.raisePromised(epoch);
  turn.peer(winner, false, true);
}

/** At the winner: it incorporates the loser's nodes one by one. */
export function onClientList(turn: Turn, from: NodeId, table: readonly TableEntry[]): void {
  const { state, nowMs } = turn;
  // Each has given way to the other: both seek anew.
  if (state.role !== 'manager' && from === state.manager) return leaveManager(turn, `node ${from} manages no more`);
  if (state.role !== 'manager') return;
  takeBack(turn, from);
  for (const entry of table) {
    if (entry.node === state.self.node || entry.state !== 'active') continue;
    const known = state.members.get(entry.node);
    if (known?.phase === 'active') continue;
    const member = known ?? { ...newMember(entry.description, nowMs), boot: entry.boot };
    state.members.set(entry.node, member);
    connect(turn, member);
  }
}

/** A member that managed meanwhile, and that we had not missed: it is a client now, and has forgotten the others. */
function takeBack(turn: Turn, node: NodeId): void {
  const member = turn.state.members.get(node);
  if (member?.phase !== 'active') return;
  if (turn.state.standby === node) dropStandby(turn, 'standby-demoted');
  member.role = 'client';
  // The table that follows names no standby, and so ends what that node prepares: it is asked anew.
  if (turn.state.standbyPending?.node === node) turn.state.standbyPending = null;
  tellTable(turn, node);
  refreshOrders(turn);
}
