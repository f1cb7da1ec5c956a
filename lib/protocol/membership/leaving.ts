// C3 (5), (6): off line and on line again. A member tells its manager, and nobody takes it for a failure; a manager hands
// its seat over first (handover.ts).
import type { NodeId } from '../types.ts';
import { announceAnew } from './announcing.ts';
import { clientLost } from './failures.ts';
import { areHandedOver, dropGroups, handGroupsOver } from '../resources/release.ts';
import { resign } from './handover.ts';
import { seekManager } from './seeking.ts';
import type { Turn } from './turn.ts';

export function leave(turn: Turn, id: number, kind: 'leave' | 'offline'): void {
  if (!handGroupsOver(turn, id, kind)) return goNow(turn, id, kind);
  tellRetiring(turn);
}

/** Each manager once: it would give a group back that has another owner, fails back, or moves at its will, while the last one is still handed over. */
function tellRetiring(turn: Turn): void {
  const { state } = turn;
  const { manager, epoch, self, leaving, retiringTold } = state;
  if (leaving.length === 0 || manager === null || manager === self.node || retiringTold === epoch) return;
  state.retiringTold = epoch;
  turn.send(manager, { kind: 'retiring' });
}

export function onRetiring(turn: Turn, from: NodeId): void {
  const { state } = turn;
  const member = state.members.get(from);
  if (state.role === 'manager' && member !== undefined) member.retiringEpoch = state.epoch;
}

/** The groups have other holders, or nobody took them in time. */
export function leavingDue(turn: Turn): void {
  const { leaving } = turn.state;
  const isOver = areHandedOver(turn) || leaving.some(({ deadlineMs }) => turn.nowMs >= deadlineMs);
  if (leaving.length === 0 || !isOver) return tellRetiring(turn);
  turn.state.leaving = [];
  for (const { id, kind } of leaving) goNow(turn, id, kind);
}

function goNow(turn: Turn, id: number, kind: 'leave' | 'offline'): void {
  const { state } = turn;
  if (state.role === 'manager' && state.seat !== 'none') return resign(turn, id, kind);
  if (state.role !== 'offline') goOffline(turn);
  turn.reply(id);
}

/** Says good-bye and forgets everybody: an offline node takes no part, so what it knew is soon untrue. */
export function goOffline(turn: Turn): void {
  const { state } = turn;
  const told = new Set<NodeId>(turn.active().map((member) => member.node));
  if (state.manager !== null && state.manager !== state.self.node) told.add(state.manager);
  for (const node of told) turn.send(node, { kind: 'leaving' });
  seekManager(turn);
  turn.become('offline');
  state.members.clear();
  state.pending = null;
  state.unwritten = null;
  state.seat = 'none';
  state.leaving = [];
  state.retiringTold = 0n;
  dropGroups(turn);
  turn.do({ type: 'setVoting', on: false });
}

export function online(turn: Turn, id: number): void {
  const { state, nowMs } = turn;
  if (state.role !== 'offline') return turn.reply(id);
  turn.do({ type: 'setVoting', on: !state.duplicates.includes(state.self.node) });
  turn.become('unmanaged');
  turn.publish('unmanaged', state.self.node, { reason: 'on line again' });
  state.electionAtMs = nowMs + state.config.unmanagedPeriodMs;
  announceAnew(turn);
  turn.reply(id);
}

/** A node goes in good order. */
export function onLeaving(turn: Turn, from: NodeId): void {
  const { state, nowMs } = turn;
  const member = state.members.get(from);
  const managed = state.role === 'manager' && (member?.phase === 'active' || member?.phase === 'incorporating');
  if (managed && member !== undefined) return clientLost(turn, member, 'it has gone offline', 'offline');
  if (member !== undefined) {
    member.phase = 'offline';
    member.role = 'offline';
    member.sinceMs = nowMs;
  }
  if (from === state.standby) state.standbyDown = true;
  if (from === state.manager) state.managerDownMs ??= nowMs;
}
