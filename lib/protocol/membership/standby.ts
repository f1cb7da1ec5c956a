// C9: the manager's choice of a standby among its current clients, the standby's preparations, and its loss.
import { candidateOf, inStandbyOrder } from '../election/choose.ts';
import { refreshOrders } from '../election/orders.ts';
import type { NodeId } from '../types.ts';
import { canServe } from './fitness.ts';
import type { Message } from './messages.ts';
import type { Member } from './state.ts';
import { takeTable } from './table.ts';
import type { Turn } from './turn.ts';

/** Picks one if there is none: the one that was named, else by C4; never a client-only or bridged node. */
export function pickStandby(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.standbyPending !== null && nowMs >= state.standbyPending.deadlineMs) state.standbyPending = null;
  if (state.role !== 'manager' || state.standby !== null || state.standbyPending !== null || incorporatesAll(turn)) return;
  const eligible = turn.active().filter((member) => turn.maySucceed(member));
  const named = eligible.find((member) => member.node === state.namedStandby);
  const fit = eligible.filter((member) => canServe(turn, member));
  const first = inStandbyOrder((fit.length > 0 ? fit : eligible).map((member) => candidateOf(member.description)))[0];
  const chosen = named?.node ?? first?.node;
  if (chosen !== undefined) prepare(turn, chosen);
}

/** C4: a new manager incorporates all nodes first, so that the choice is among all; but waits for none of them long. */
function incorporatesAll(turn: Turn): boolean {
  const { state, nowMs } = turn;
  if (nowMs >= state.roleSinceMs + state.config.unmanagedPeriodMs) return false;
  return [...state.members.values()].some((member) => member.phase === 'incorporating');
}

function prepare(turn: Turn, node: NodeId): void {
  const { state, nowMs } = turn;
  state.standbyPending = { node, sinceMs: nowMs, deadlineMs: nowMs + state.config.incorporationTimeoutMs };
  turn.send(node, { kind: 'beStandby', epoch: state.epoch, table: turn.table(), bridged: state.bridged });
}

/** SetStandbyManager: another takes the standby's place; the present one is demoted (11). */
export function setStandby(turn: Turn, node: NodeId): void {
  turn.state.namedStandby = node;
  replaceStandby(turn, node);
}

export function replaceStandby(turn: Turn, node: NodeId): void {
  dropStandby(turn, 'standby-demoted');
  prepare(turn, node);
  refreshOrders(turn);
}

/** At the client that was chosen. */
export function onBeStandby(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'beStandby' }>): void {
  const { state } = turn;
  if (from !== state.manager || (state.role !== 'client' && state.role !== 'standby')) return;
  if (state.role === 'client') turn.become('standby');
  state.standby = state.self.node;
  state.standbyDown = false;
  state.refusals = [];
  state.bridged = message.bridged;
  takeTable(turn, message.table);
  for (const member of turn.active()) openChannel(turn, member);
  turn.send(from, { kind: 'standbyReady' });
}

/** The standby beats and watches everybody, and is in touch with those that do not hear its announcements (C14). */
export function openChannel(turn: Turn, member: Member): void {
  turn.peer(member.node, true, true);
  const { bridged, address, messagePort } = member.description;
  if (bridged) turn.do({ type: 'contact', host: address, port: messagePort });
}

/** At the manager: `new standby` is published once. */
export function onStandbyReady(turn: Turn, from: NodeId): void {
  const { state } = turn;
  const member = state.members.get(from);
  if (state.role !== 'manager' || state.standbyPending?.node !== from || member?.phase !== 'active') return;
  state.standbyPending = null;
  state.standby = from;
  member.role = 'standby';
  turn.tell({ kind: 'newStandby', standby: from });
  turn.tell({ kind: 'member', entry: turn.entryOf(member) }, [from]);
  turn.publishToAll('new-standby', from);
  refreshOrders(turn);
}

/** At a client: who the standby is now. A standby that is not named any more is demoted (11). */
export function onNewStandby(turn: Turn, from: NodeId, standby: NodeId | null): void {
  const { state } = turn;
  if (from !== state.manager) return;
  const before = state.standby;
  state.standby = standby;
  state.standbyDown = false;
  if (state.role === 'standby' && standby !== state.self.node) {
    turn.become('client');
    for (const member of turn.active()) if (member.node !== from) turn.do({ type: 'removePeer', node: member.node });
    turn.peer(from, false, true);
  }
  if (before !== null && before !== standby && before !== state.self.node && before !== from) turn.do({ type: 'removePeer', node: before });
  if (standby !== null && standby !== state.self.node) turn.peer(standby, false, true);
}

/** At the manager: the standby is gone or is to be another. `event` says which. */
export function dropStandby(turn: Turn, event: 'standby-lost' | 'standby-demoted'): void {
  const { state } = turn;
  const node = state.standby;
  if (node === null) return;
  state.standby = null;
  const member = state.members.get(node);
  if (member !== undefined && member.role === 'standby') member.role = 'client';
  turn.publishToAll(event, node);
  turn.tell({ kind: 'newStandby', standby: null });
}
