// C2, C11: who is there. Unmanaged nodes and managers announce themselves; whoever hears them writes it down and draws
// the consequences: a manager incorporates, an unmanaged node waits to be incorporated, two managers merge.
import { considerSplit } from '../election/merge.ts';
import type { Announcement, Boot, Epoch, NodeId } from '../types.ts';
import { clientLost, managerStartedAnew, reconnectAll } from './failures.ts';
import { connect } from './incorporation.ts';
import type { Member } from './state.ts';
import type { Turn } from './turn.ts';

/** An announcement counts for so many unmanaged periods. */
const FRESH_PERIODS = 3;

export function announceIfDue(turn: Turn): void {
  const { state, nowMs } = turn;
  const announces = state.role === 'unmanaged' || state.role === 'manager';
  if (!announces || nowMs < state.announceAtMs) return;
  turn.do({ type: 'announce', announcement: turn.announcement() });
  reconnectAll(turn);
  const { unmanagedPeriodMs, announceCount } = state.config;
  if (state.announcesLeft > 0) state.announcesLeft--;
  // 5 in the first unmanaged period, then one per period.
  state.announceAtMs = nowMs + (state.announcesLeft > 0 ? unmanagedPeriodMs / announceCount : unmanagedPeriodMs);
}

/** Starts the announcements of an unmanaged period anew. */
export function announceAnew(turn: Turn): void {
  turn.state.announcesLeft = turn.state.config.announceCount;
  turn.state.announceAtMs = turn.nowMs;
}

export function onAnnounced(turn: Turn, from: NodeId, boot: Boot, announcement: Announcement): void {
  const { state } = turn;
  if (announcement.cluster !== state.config.cluster || from === state.self.node || state.role === 'offline') return;
  turn.raisePromised(announcement.promisedEpoch);
  if (announcement.manager !== null) turn.raisePromised(announcement.manager.epoch);
  const member = remember(turn, from, boot, announcement);
  if (announcement.role === 'unmanaged' && state.role === 'manager') welcome(turn, member, boot);
  else if (announcement.manager !== null) considerSplit(turn, member, announcement.manager.epoch, announcement.manager.quorate);
}

function remember(turn: Turn, from: NodeId, boot: Boot, announcement: Announcement): Member {
  const { state, nowMs } = turn;
  const known = state.members.get(from);
  if (known !== undefined && known.boot !== boot) onAnotherStart(turn, known);
  const member: Member = state.members.get(from) ?? {
    node: from,
    boot,
    memberId: announcement.description.memberId,
    phase: 'heard',
    role: announcement.role,
    description: announcement.description,
    sinceMs: nowMs,
    announcedMs: nowMs,
    announcedEpoch: announcement.promisedEpoch,
    manages: null,
    deadlineMs: 0,
    linksDown: [],
    alive: false,
  };
  member.boot = boot;
  member.description = announcement.description;
  member.announcedMs = nowMs;
  member.announcedEpoch = announcement.promisedEpoch as Epoch;
  member.manages = announcement.manager;
  if (member.phase !== 'active' && member.phase !== 'incorporating') member.role = announcement.role;
  if (member.phase === 'failed' || member.phase === 'offline') {
    if (state.role !== 'manager') {
      member.phase = 'heard';
      member.sinceMs = nowMs;
    }
  }
  state.members.set(from, member);
  return member;
}

/** Known under another boot number. */
function onAnotherStart(turn: Turn, known: Member): void {
  const { state } = turn;
  if (state.role === 'manager') {
    if (known.phase === 'active') clientLost(turn, known, 'it has started anew');
    return;
  }
  if (known.phase === 'active') known.phase = 'heard';
  if (known.node === state.manager) managerStartedAnew(turn);
}

/** A manager hears an unmanaged node. */
function welcome(turn: Turn, member: Member, boot: Boot): void {
  if (member.phase === 'incorporating' && member.boot === boot) return;
  // A member of ours that announces itself as unmanaged has left us, for whatever reason.
  if (member.phase === 'active') clientLost(turn, member, 'it seeks a manager');
  connect(turn, member);
}

/** Unmanaged nodes heard recently. */
export function freshSeekers(turn: Turn): Member[] {
  const oldest = turn.nowMs - FRESH_PERIODS * turn.state.config.unmanagedPeriodMs;
  return [...turn.state.members.values()].filter(
    (member) => member.role === 'unmanaged' && member.announcedMs >= oldest && member.announcedMs >= 0,
  );
}

/** The manager that was heard recently, if any. */
export function freshManager(turn: Turn): Member | null {
  const oldest = turn.nowMs - FRESH_PERIODS * turn.state.config.unmanagedPeriodMs;
  const managers = [...turn.state.members.values()].filter(
    (member) => member.manages !== null && member.announcedMs >= oldest && member.announcedMs >= 0,
  );
  return managers.sort((left, right) => Number((right.manages?.epoch ?? 0n) - (left.manages?.epoch ?? 0n)))[0] ?? null;
}

/** A new session: introduce ourselves at once where announcements may not reach (C14). */
export function onSessionUp(turn: Turn, node: NodeId, boot: Boot): void {
  const { state } = turn;
  const known = state.members.get(node);
  if (known !== undefined && known.boot !== boot) onAnotherStart(turn, known);
  if (state.role === 'unmanaged' || state.role === 'manager') turn.send(node, { kind: 'hail', announcement: turn.announcement() });
}
