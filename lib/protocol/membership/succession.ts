// C8, seen by the others: somebody has succeeded our manager, or us. Members are not incorporated anew.
import { loseTo, stepDown } from '../election/merge.ts';
import type { NodeId } from '../types.ts';
import { answerPending, finish, handsOverTo } from './handover.ts';
import { takeNetworks } from './incorporation.ts';
import type { Message } from './messages.ts';
import type { Turn } from './turn.ts';

export function onNewManager(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'newManager' }>): void {
  const { state } = turn;
  const { epoch } = message;
  turn.raisePromised(epoch);
  if (epoch < state.epoch || (epoch === state.epoch && state.manager === from)) return;
  if (state.role === 'manager') succeeded(turn, from, message);
  else if (state.role === 'client' || state.role === 'standby') follow(turn, from, message);
  else return; // an unmanaged node is incorporated, an offline one takes no part
  if (turn.state.role === 'client' || turn.state.role === 'standby') takeNetworks(turn, message);
}

/** At the one that managed: as planned, or found out late. */
function succeeded(turn: Turn, from: NodeId, { epoch }: Extract<Message, { kind: 'newManager' }>): void {
  const { pending } = turn.state;
  if (pending === null || !handsOverTo(turn, from)) return loseTo(turn, from, epoch); // a part of the cluster has another
  if (pending.kind === 'move') {
    answerPending(turn, null, '');
    stepDown(turn, from, epoch);
  } else finish(turn, pending);
}

/** At a member. */
function follow(turn: Turn, from: NodeId, { epoch }: Extract<Message, { kind: 'newManager' }>): void {
  const { state } = turn;
  const former = state.manager;
  Object.assign(state, { manager: from, managerDownMs: null, managerRestarted: false, epoch, refusals: [] } satisfies Partial<
    Turn['state']
  >);
  if (former === from) return; // the same one, in a later epoch: nothing else has changed
  if (state.role === 'standby') turn.become('client');
  if (former !== null) turn.do({ type: 'removePeer', node: former });
  state.standby = null;
  state.standbyDown = false;
  turn.peer(from, false, true);
}
