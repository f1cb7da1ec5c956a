// C5: how a node becomes a member, step by step, with a time-out on each side. The numbers are those of 002. A time-out
// aborts, and the node is ignored until it is discovered again.
//
//   manager                                  client
//   1 time-out set
//   2 connect ────────────────────────────▶  3 manager has connected; 4 time-out set
//   6 store it; 7 assign a member id  ◀────  5 describe (member id, ports, beat parameters, NICs ...)
//   8 assign (role, manager, table) ──────▶  9 keep it; 10 open the heartbeat port, listen
//  14 note it; 15 cancel 1; 16 beats  ◀────  11 beatsReady; 12 cancel 4; 13 unmanaged -> client
//  19 `new client` to all subscribers
import { refreshOrders } from '../election/orders.ts';
import { joinedAnew } from '../inactivity/returning.ts';
import { keepsFirst } from '../parameters/adoption.ts';
import { changeWithin, takeAddresses } from '../reconfiguration/in-doubt.ts';
import type { MemberId, NodeDescription, NodeId } from '../types.ts';
import { leaveManager } from './failures.ts';
import { onDescribedAnew } from './fitness.ts';
import type { Message, SeatTold } from './messages.ts';
import { wishAgain } from '../rounds/wishes.ts';
import { takeTable } from './table.ts';
import type { Member } from './state.ts';
import { addressesOf, isAt } from './networks.ts';
import { onNewStandby, pickStandby } from './standby.ts';
import type { Turn } from './turn.ts';

/** Steps 1 and 2, at the manager. */
export function connect(turn: Turn, member: Member): void {
  if (member.phase !== 'incorporating') {
    const phase = member.phase === 'failed' || member.phase === 'offline' ? member.phase : 'heard';
    member.before = { phase, sinceMs: member.sinceMs };
  }
  member.phase = 'incorporating';
  member.sinceMs = turn.nowMs;
  member.deadlineMs = turn.nowMs + turn.state.config.incorporationTimeoutMs;
  turn.send(member.node, { kind: 'connect', epoch: turn.state.epoch });
}

/** Steps 3 to 5, at the client. */
export function onConnect(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'connect' }>): void {
  const { state, nowMs } = turn;
  if (state.role === 'offline' || state.role === 'manager') return;
  turn.raisePromised(message.epoch);
  if (state.role !== 'unmanaged' && state.manager !== from) {
    if (message.epoch < state.epoch) return; // a manager of the past
    leaveManager(turn, `node ${from} manages now`);
  }
  state.joining = { manager: from, epoch: message.epoch, sinceMs: nowMs, deadlineMs: nowMs + state.config.incorporationTimeoutMs };
  turn.send(from, { kind: 'describe', description: state.self });
}

function freeMemberId(turn: Turn, node: NodeId, wanted: MemberId | null): MemberId {
  const { state } = turn;
  const taken = new Set<MemberId>();
  if (state.self.memberId !== null) taken.add(state.self.memberId);
  for (const member of state.members.values()) if (member.node !== node && member.memberId !== null) taken.add(member.memberId);
  if (wanted !== null && wanted > 0 && !taken.has(wanted)) return wanted;
  for (let id = 1; ; id++) if (!taken.has(id)) return id;
}

/** Gives ourselves a member id, where we are the first. */
export function numberOurselves(turn: Turn): void {
  const { state } = turn;
  if (state.self.memberId === null) state.self = { ...state.self, memberId: freeMemberId(turn, state.self.node, null) };
}

/** Steps 6 to 8, at the manager. */
export function onDescribe(turn: Turn, from: NodeId, description: NodeDescription): void {
  const { state } = turn;
  const member = state.members.get(from);
  if (description.node !== from) return;
  if (member?.phase === 'active') return onDescribedAnew(turn, description);
  if (state.role !== 'manager' || member?.phase !== 'incorporating') return;
  member.memberId = freeMemberId(turn, from, description.memberId);
  member.description = { ...description, ...asBridged(turn, description), memberId: member.memberId };
  turn.send(from, {
    kind: 'assign',
    memberId: member.memberId,
    epoch: state.epoch,
    manager: state.self,
    standby: state.standby,
    beatTimeoutMs: state.beatTimeoutMs,
    beatPackets: state.beatPackets,
    ...seatTold(turn),
    table: turn.table(),
    parameters: state.parameters,
  });
}

/** C14: a node of the list of bridged ones is a client for good, whatever it says of itself. */
function asBridged(turn: Turn, description: NodeDescription): Partial<NodeDescription> {
  const listed = turn.state.bridged.some((each) => isAt(description, each));
  return listed ? { bridged: true, mayManage: false } : {};
}

/** Steps 9 to 13, at the client. */
export function onAssign(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'assign' }>): void {
  const { state } = turn;
  if (state.joining?.manager !== from) return; // too late: aborted, or another manager was quicker
  if (keepsFirst(turn, from, message)) return;
  state.joining = null;
  wishAgain(turn);
  state.rounds.positionEpoch = 0n;
  state.rounds.held = true; // until the manager has told what was missed
  state.manager = from;
  state.managerDownMs = null;
  state.managerRestarted = false;
  state.epoch = message.epoch;
  state.standby = message.standby === state.self.node ? null : message.standby;
  state.standbyDown = false;
  state.ballots = null;
  state.refusals = [];
  state.beatTimeoutMs = message.beatTimeoutMs;
  state.beatPackets = message.beatPackets;
  state.self = { ...state.self, memberId: message.memberId };
  turn.raisePromised(message.epoch);
  takeTable(turn, message.table);
  joinedAnew(turn);
  takeNetworks(turn, message);
  turn.peer(from, false, true);
  if (state.standby !== null) turn.peer(state.standby, false, true);
  turn.send(from, { kind: 'beatsReady' });
  if (state.role === 'standby') turn.become('client');
  if (state.role === 'unmanaged') {
    turn.become('client');
    turn.publish('managed', state.self.node, { manager: from });
  }
}

export function seatTold(turn: Turn): SeatTold {
  const { activeNetwork, virtualAddresses } = turn.state;
  return { activeNetwork, virtualAddresses, changing: changeWithin(turn) };
}

export function takeNetworks(turn: Turn, { activeNetwork, virtualAddresses, changing }: SeatTold): void {
  const { state } = turn;
  if (state.activeNetwork !== activeNetwork) turn.do({ type: 'prefer', network: activeNetwork });
  state.activeNetwork = activeNetwork;
  takeAddresses(turn, virtualAddresses, changing);
  addressesOf(turn);
}

/** Steps 14 to 16 and 19, at the manager. */
export function onBeatsReady(turn: Turn, from: NodeId): void {
  const { state, nowMs } = turn;
  const member = state.members.get(from);
  if (state.role !== 'manager' || member?.phase !== 'incorporating') return;
  member.phase = 'active';
  member.role = 'client';
  member.manages = null;
  member.sinceMs = nowMs;
  member.linksDown = [];
  member.before = null;
  member.away = null;
  member.retiringEpoch = 0n;
  member.regains = false;
  turn.state.rounds.ready.delete(from);
  turn.peer(from, true, true);
  turn.publishToAll('new-client', from);
  turn.tell({ kind: 'member', entry: turn.entryOf(member) }, [from]);
  tellTable(turn, from);
  pickStandby(turn);
  refreshOrders(turn);
}

export function tellTable(turn: Turn, node: NodeId): void {
  turn.send(node, { kind: 'table', table: turn.table(), standby: turn.state.standby, ...seatTold(turn) });
}

/** At the member: what has changed since step 8 was told to active members only. */
export function onTable(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'table' }>): void {
  if (from !== turn.state.manager) return;
  takeTable(turn, message.table);
  onNewStandby(turn, from, message.standby);
  takeNetworks(turn, message);
}

/** At the manager: the node is again what it was; the next announcement or beat begins anew, at once. */
export function abort(turn: Turn, member: Member): void {
  if (member.phase !== 'incorporating') return;
  member.phase = member.before?.phase ?? 'heard';
  member.sinceMs = member.before?.sinceMs ?? turn.nowMs;
  member.before = null;
}

/**
 * At the manager: a node takes itself for a member. Is it one? Our time-out was quicker than its last step, or it left and came
 * back between two messages of an earlier attempt, or another manager dropped it while it followed us. Nothing else would tell it, so it is told here.
 */
export function isMemberOrTold(turn: Turn, node: NodeId): boolean {
  const { role, members, self } = turn.state;
  const member = members.get(node);
  if (member?.phase === 'active') return true;
  if (role !== 'manager') return false;
  if (member === undefined) turn.send(node, { kind: 'goUnmanaged', winner: self.node });
  else if (member.phase !== 'incorporating') connect(turn, member);
  return false;
}

/** Both sides' time-outs. */
export function abortOverdue(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.joining !== null && nowMs >= state.joining.deadlineMs) state.joining = null;
  if (state.role !== 'manager') return;
  for (const member of state.members.values()) if (nowMs >= member.deadlineMs) abort(turn, member);
}
