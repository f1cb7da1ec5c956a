// C11: two managers hear each other, or a member hears a manager that is not its own. With a majority rule the lease
// decides: at most one of them has it. Without one (quorum `none`) C4 decides, and the winner takes the highest epoch + 1.
import { candidateOf, inManagerOrder } from './choose.ts';
import { leaveManager, seekManager } from '../membership/failures.ts';
import { endPending } from '../membership/leaving.ts';
import type { Member } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Epoch, NodeId } from '../types.ts';
import { propose } from './ballot.ts';

export function considerSplit(turn: Turn, other: Member, epoch: Epoch, quorate: boolean): void {
  const { state } = turn;
  if (state.pending?.released === true && other.node === state.pending.target) return; // it is to manage; its message is on the way
  if (state.role === 'manager') {
    if (loses(turn, other, epoch, quorate)) loseTo(turn, other.node, epoch);
    else if (state.config.quorum === 'none' && epoch >= state.epoch && state.ballots === null) propose(turn, []);
    return;
  }
  const managed = state.role === 'client' || state.role === 'standby';
  // We have missed a change of manager: seek it, it will hear us.
  if (managed && other.node !== state.manager && quorate && epoch > state.epoch)
    leaveManager(turn, `node ${other.node} manages in epoch ${epoch}`);
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
  state.seat = 'none';
  seekManager(turn);
  turn.become('client');
  state.manager = winner;
  state.epoch = epoch;
  turn.raisePromised(epoch);
  turn.peer(winner, false, true);
  endPending(turn);
}
