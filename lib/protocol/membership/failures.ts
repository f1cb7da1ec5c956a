// What follows from silence: a client lost, a standby lost, a manager lost (C7-C10). The verdicts are the engine's; here
// is only what they mean for roles.
import { refreshOrders } from '../election/orders.ts';
import { quorumOf } from '../quorum.ts';
import { without } from '../rounds/round.ts';
import type { NodeId } from '../types.ts';
import { abort, connect } from './incorporation.ts';
import { seekManager } from './seeking.ts';
import { dropStandby, pickStandby } from './standby.ts';
import type { Member } from './state.ts';
import type { Turn } from './turn.ts';

/** A successor that should have acted is given so many beat time-outs before the others seek a manager anew. */
const SUCCESSION_TIMEOUTS = 5;

/** At the manager: closes the channel, publishes, keeps the node visible until the prune time. */
export function clientLost(turn: Turn, member: Member, reason: string, phase: 'failed' | 'offline' = 'failed'): void {
  const { state, nowMs } = turn;
  member.phase = phase;
  member.sinceMs = nowMs;
  member.manages = null;
  member.away = null;
  member.retiringEpoch = 0n;
  member.regains = false;
  if (phase === 'failed') member.alive = false;
  turn.do({ type: 'removePeer', node: member.node });
  if (phase === 'failed') turn.do({ type: 'closeChannel', node: member.node });
  if (state.standbyPending?.node === member.node) state.standbyPending = null;
  if (state.orders !== null) state.orders = { ...state.orders, round: without(state.orders.round, member.node) };
  if (state.standby === member.node) dropStandby(turn, 'standby-lost');
  member.role = phase === 'offline' ? 'offline' : member.role;
  turn.publishToAll(phase === 'offline' ? 'node-offline' : 'client-lost', member.node, { reason });
  turn.tell({ kind: 'member', entry: turn.entryOf(member) });
  pickStandby(turn);
  refreshOrders(turn);
}

export function onNodeDown(turn: Turn, node: NodeId): void {
  const { state, nowMs } = turn;
  const member = state.members.get(node);
  if (member !== undefined) member.alive = false;
  if (state.role === 'manager') {
    if (member?.phase === 'active') clientLost(turn, member, 'it answers no heartbeats');
    else if (member !== undefined) abort(turn, member);
    return;
  }
  if (node === state.manager) state.managerDownMs ??= nowMs;
  if (node === state.standby) state.standbyDown = true;
}

/** C7: a client that cannot receive messages any more has failed, however well it beats; one that is away gets them later (V6). */
export function onUndeliverable(turn: Turn, node: NodeId): void {
  const member = turn.state.members.get(node);
  if (turn.state.role !== 'manager' || member === undefined || member.away !== null) return;
  if (member.phase === 'active') clientLost(turn, member, 'it takes no messages');
  else abort(turn, member);
}

/** A new start of our manager: the old one is gone, however well the new one is heard. */
export function managerStartedAnew(turn: Turn): void {
  turn.state.managerRestarted = true;
  turn.state.managerDownMs ??= turn.nowMs;
}

export function onNodeUp(turn: Turn, node: NodeId): void {
  const { state } = turn;
  const member = state.members.get(node);
  if (member !== undefined) member.alive = true;
  if (node === state.manager && !state.managerRestarted) state.managerDownMs = null;
  if (node === state.standby) state.standbyDown = false;
  if (state.role === 'manager' && member !== undefined) reconnect(turn, member);
}

/** Heard, but no member: incorporated anew, since it may have missed anything, and may still take us for its manager. */
function reconnect(turn: Turn, member: Member): void {
  const outside = member.phase === 'failed' || (member.phase === 'heard' && member.role !== 'offline');
  if (outside && member.alive === true) connect(turn, member);
}

/** Now and then, since an incorporation may have timed out on the way. */
export function reconnectAll(turn: Turn): void {
  if (turn.state.role !== 'manager') return;
  for (const member of turn.state.members.values()) reconnect(turn, member);
}

/** C10: manager and standby gone, or the manager while there is no standby. Otherwise the standby is given its time. */
export function considerOrphaned(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.role !== 'client' && state.role !== 'standby') return;
  if (!isManagerGone(turn)) return;
  if (state.role === 'client' && (state.standby === null || state.standbyDown)) orphaned(turn, 'the standby is gone too');
  else if (state.role === 'standby' && isHopeless(turn)) orphaned(turn, 'its successor is refused');
  else if (nowMs >= successionDeadlineMs(turn)) orphaned(turn, 'nobody has succeeded it');
}

/** So many voters have promised a later epoch, or are dead, that our standing orders cannot win any more. */
function isHopeless({ state }: Turn): boolean {
  const { refusals, config, manager, members } = state;
  const isDead = (node: NodeId): boolean => node === manager || members.get(node)?.alive === false;
  const lost = config.voters.filter((node) => refusals.includes(node) || (node !== state.self.node && isDead(node)));
  return refusals.length > 0 && lost.length > config.voters.length - quorumOf(config);
}

/** Not heard any more, or on its way off line. */
function isManagerGone({ state }: Turn): boolean {
  return state.managerDownMs !== null || (state.manager !== null && state.members.get(state.manager)?.phase === 'offline');
}

/** It gives up: its orders cannot win, and nobody succeeds our manager but by an election. While that one is there it may be old news. */
export function standbySeeks(turn: Turn): void {
  if (turn.state.role === 'client' && isManagerGone(turn)) turn.state.standby = null;
}

/** (3) or (10), and the applications of this node are told why. */
export function orphaned(turn: Turn, reason: string): void {
  const { state, nowMs } = turn;
  turn.publish('manager-lost', state.manager ?? 0, { reason });
  const lost = [state.managerRestarted ? null : state.manager, state.standbyDown ? state.standby : null];
  for (const member of turn.active()) {
    member.manages = null;
    if (!lost.includes(member.node) || member.away !== null) continue;
    member.phase = 'failed';
    member.sinceMs = nowMs;
    turn.do({ type: 'removePeer', node: member.node });
  }
  leaveManager(turn, 'manager and standby are lost');
}

/** When the successor's time is up. */
export function successionDeadlineMs(turn: { readonly state: Turn['state'] }): number {
  const { managerDownMs, role, beatTimeoutMs } = turn.state;
  if (managerDownMs === null || (role !== 'client' && role !== 'standby')) return Number.POSITIVE_INFINITY;
  return managerDownMs + SUCCESSION_TIMEOUTS * beatTimeoutMs;
}

/** (3) and (10): no manager any more; seek one. */
export function leaveManager(turn: Turn, reason: string): void {
  const { state } = turn;
  if (state.role === 'client' || state.role === 'standby') turn.become('unmanaged');
  turn.publish('unmanaged', state.self.node, { reason });
  seekManager(turn);
}
