// Messages of other nodes, each to the part that handles it.
import { onBallot, onPropose } from '../election/ballot.ts';
import { loseTo } from '../election/merge.ts';
import { onOrders, onOrdersInstalled } from '../election/orders.ts';
import { onNewManager } from '../election/tenure.ts';
import type { Boot, NodeId } from '../types.ts';
import { onRequest, onResponse } from './commands.ts';
import { onAnnounced } from './discovery.ts';
import { leaveManager } from './failures.ts';
import { connect, onAssign, onBeatsReady, onConnect, onDescribe, takeNetworks } from './incorporation.ts';
import { moveWhenReady, onLeaving, onResignationHeard, onResigning } from './leaving.ts';
import type { Message, TableEntry } from './messages.ts';
import { addressesOf, adoptNetwork } from './networks.ts';
import { onBeStandby, onNewStandby, onStandbyReady } from './standby.ts';
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
      return onBeStandby(turn, from, message.table);
    case 'standbyReady':
      onStandbyReady(turn, from);
      return moveWhenReady(turn);
    case 'newStandby':
      return onNewStandby(turn, from, message.standby);
    case 'orders':
      return onOrders(turn, from, message.ordersId, message.baseEpoch, message.chain);
    case 'ordersInstalled':
      onOrdersInstalled(turn, from, message.ordersId, message.ok);
      return moveWhenReady(turn);
    case 'propose':
      return onPropose(turn, from, message.epoch, message.ordersId);
    case 'ballot':
      return onBallot(turn, from, message.epoch, message.ok, message.promised);
    case 'newManager':
      return onSuccessor(turn, from, message);
    case 'member':
      return onMemberRow(turn, from, message.entry);
    case 'resigning':
      return onResigning(turn, from, message.successor, message.leaves);
    case 'resignationHeard':
      return onResignationHeard(turn, from);
    case 'leaving':
      return onLeaving(turn, from);
    case 'clientList':
      return onClientList(turn, message.table);
    case 'goUnmanaged':
      if (from === state.manager && (state.role === 'client' || state.role === 'standby'))
        leaveManager(turn, `node ${message.winner} manages now`);
      return;
    case 'activeNetwork':
      if (from === state.manager) adoptNetwork(turn, message.network, message.why);
      return;
    case 'virtualAddresses':
      if (from !== state.manager) return;
      state.virtualAddresses = message.addresses;
      return addressesOf(turn);
    case 'event':
      if (from === state.manager) turn.do({ type: 'publish', event: message.event });
      return;
    case 'request':
      return onRequest(turn, from, message);
    case 'response':
      return onResponse(turn, message);
  }
}

function onSuccessor(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'newManager' }>): void {
  const { state } = turn;
  const planned = state.pending?.released === true;
  if (state.role === 'manager' && !planned && state.seat === 'owned' && message.epoch > state.epoch) {
    loseTo(turn, from, message.epoch); // a part of the cluster had elected another
    return;
  }
  if (onNewManager(turn, from, message.epoch) && state.role !== 'offline')
    takeNetworks(turn, message.activeNetwork, message.virtualAddresses);
}

/** C11: the winner incorporates the loser's nodes one by one. */
function onClientList(turn: Turn, table: readonly TableEntry[]): void {
  const { state, nowMs } = turn;
  if (state.role !== 'manager') return;
  for (const entry of table) {
    if (entry.node === state.self.node || entry.state !== 'active') continue;
    const known = state.members.get(entry.node);
    if (known?.phase === 'active') continue;
    const member = known ?? {
      node: entry.node,
      boot: entry.boot,
      memberId: null,
      phase: 'heard' as const,
      role: 'unmanaged' as const,
      description: entry.description,
      sinceMs: nowMs,
      announcedMs: -1,
      announcedEpoch: 0n,
      manages: null,
      deadlineMs: 0,
      linksDown: [],
      alive: false,
    };
    state.members.set(entry.node, member);
    connect(turn, member);
  }
}
