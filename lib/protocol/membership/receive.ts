// Messages of other nodes, each to the part that handles it.
import { onBallot, onPropose } from '../election/ballot.ts';
import { onClientList } from '../election/merge.ts';
import { onOrders, onOrdersInstalled } from '../election/orders.ts';
import { isInactivityMessage, onInactivityMessage } from '../inactivity/inactivity.ts';
import { isConfigurationMessage, onConfigurationMessage } from '../reconfiguration/catching-up.ts';
import { takeAddresses } from '../reconfiguration/in-doubt.ts';
import { onGroupMessage } from '../resources/groups.ts';
import { onAskParameters, takeNewer } from '../parameters/adoption.ts';
import { onRoundsMessage } from '../rounds/rounds.ts';
import type { Boot, NodeId } from '../types.ts';
import { onRequest, onResponse } from './commands.ts';
import { onAnnounced } from './discovery.ts';
import { leaveManager } from './failures.ts';
import { advanceMove, onResignationHeard, onResigning } from './handover.ts';
import { onAssign, onBeatsReady, onConnect, onDescribe, onTable } from './incorporation.ts';
import { onLeaving, onRetiring } from './leaving.ts';
import type { Message } from './messages.ts';
import { addressesOf, adoptNetwork } from './networks.ts';
import { onBeStandby, onNewStandby, onStandbyReady } from './standby.ts';
import { onNewManager } from './succession.ts';
import { onMemberRow } from './table.ts';
import type { Turn } from './turn.ts';

export function onMessage(turn: Turn, from: NodeId, boot: Boot, message: Message): void {
  const { state } = turn;
  if (state.role === 'offline' && message.kind !== 'response') return;
  switch (message.kind) {
    case 'hail':
      return onAnnounced(turn, from, boot, message.announcement);
    case 'connect':
      return onConnect(turn, from, message);
    case 'describe':
      return onDescribe(turn, from, message.description);
    case 'assign':
      return onAssign(turn, from, message);
    case 'beatsReady':
      return onBeatsReady(turn, from);
    case 'beStandby':
      return onBeStandby(turn, from, message);
    case 'standbyReady':
      onStandbyReady(turn, from);
      return advanceMove(turn);
    case 'newStandby':
      return onNewStandby(turn, from, message.standby);
    case 'orders':
      return onOrders(turn, from, message.ordersId, message.baseEpoch, message.chain);
    case 'ordersInstalled':
      onOrdersInstalled(turn, from, message.ordersId, message.ok, message.newestId);
      return advanceMove(turn);
    case 'propose':
      return onPropose(turn, from, message);
    case 'ballot':
      return onBallot(turn, from, message);
    case 'newManager':
      return onNewManager(turn, from, message);
    case 'member':
      return onMemberRow(turn, from, message.entry);
    case 'resigning':
      return onResigning(turn, from, message.successor, message.leaves);
    case 'resignationHeard':
      return onResignationHeard(turn, from);
    case 'table':
      return onTable(turn, from, message);
    case 'retiring':
    case 'leaving':
      return message.kind === 'leaving' ? onLeaving(turn, from) : onRetiring(turn, from);
    case 'clientList':
      return onClientList(turn, from, message.table);
    case 'goUnmanaged':
      return onGoUnmanaged(turn, from, message.winner);
    case 'activeNetwork':
      return from === state.manager ? adoptNetwork(turn, message.network, message.why) : undefined;
    case 'virtualAddresses':
      if (from !== state.manager) return;
      takeAddresses(turn, message.addresses, message.changing);
      return addressesOf(turn);
    case 'event':
      if (from === state.manager) turn.do({ type: 'publish', event: { ...message.event, atMs: turn.nowMs } });
      return;
    case 'parameters':
      return from === state.manager ? takeNewer(turn, message.set) : undefined;
    case 'askParameters':
      return onAskParameters(turn, from);
    case 'request':
      return onRequest(turn, from, message);
    case 'response':
      return onResponse(turn, message);
    default:
      if (isConfigurationMessage(message)) return onConfigurationMessage(turn, from, message);
      if (isInactivityMessage(message)) return onInactivityMessage(turn, from, message);
      return 'seat' in message ? onGroupMessage(turn, from, message) : onRoundsMessage(turn, from, message);
  }
}

/** C11: our manager has found another one, which manages on; or it cannot be elected any more (election/tenure.ts). */
function onGoUnmanaged(turn: Turn, from: NodeId, winner: NodeId): void {
  const { state } = turn;
  if (from === state.manager && (state.role === 'client' || state.role === 'standby')) {
    leaveManager(turn, winner === from ? `node ${from} manages no more` : `node ${winner} manages now`);
  }
}
