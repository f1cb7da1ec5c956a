// C2, C11: who is there. Whoever hears an announcement writes it down and draws the consequences: a manager
// incorporates, an unmanaged node waits to be incorporated, two managers merge.
import { considerSplit } from '../election/merge.ts';
import type { Announcement, Boot, NodeId } from '../types.ts';
import { clientLost, managerStartedAnew, standbySeeks } from './failures.ts';
import { abort, connect } from './incorporation.ts';
import { type Member, newMember } from './state.ts';
import type { Turn } from './turn.ts';

type Moment = Pick<Turn, 'state' | 'nowMs'>;

/** An announcement counts for so many unmanaged periods. */
const FRESH_PERIODS = 3;

export function onAnnounced(turn: Turn, from: NodeId, boot: Boot, announcement: Announcement): void {
  const { state } = turn;
  if (announcement.cluster !== state.config.cluster || from === state.self.node || state.role === 'offline') return;
  if (announcement.description.node !== from) return; // a node speaks for itself only
  turn.raisePromised(announcement.promisedEpoch);
  if (announcement.manager !== null) turn.raisePromised(announcement.manager.epoch);
  const member = remember(turn, from, boot, announcement);
  // It went off line and came back while we did not hear it: it does not know that we take it for our manager.
  if (announcement.role === 'unmanaged' && from === state.manager) managerStartedAnew(turn);
  if (announcement.role === 'unmanaged' && from === state.standby) standbySeeks(turn);
  if (announcement.role === 'unmanaged' && state.role === 'manager') welcome(turn, member);
  else if (announcement.manager !== null) considerSplit(turn, member, announcement.manager.epoch, announcement.manager.quorate);
}

function remember(turn: Turn, from: NodeId, boot: Boot, announcement: Announcement): Member {
  const { state, nowMs } = turn;
  const known = state.members.get(from);
  if (known !== undefined && known.boot !== boot) onAnotherStart(turn, known);
  const member = state.members.get(from) ?? newMember(announcement.description, nowMs);
  state.members.set(from, member);
  member.boot = boot;
  member.announcedMs = nowMs;
  member.announcedEpoch = announcement.promisedEpoch;
  if (announcement.manager?.epoch !== member.manages?.epoch) member.managesSinceMs = nowMs;
  member.manages = announcement.manager;
  // What a member says of itself is what its manager has told: member id and all.
  if (member.phase !== 'active') member.description = announcement.description;
  if (member.phase !== 'active' && member.phase !== 'incorporating') member.role = announcement.role;
  if ((member.phase === 'failed' || member.phase === 'offline') && state.role !== 'manager') {
    member.phase = 'heard';
    member.sinceMs = nowMs;
  }
  return member;
}

/** Known under another boot number. */
function onAnotherStart(turn: Turn, known: Member): void {
  const { state } = turn;
  state.duplicates = state.duplicates.filter((node) => node !== known.node);
  if (state.role === 'manager') {
    if (known.phase === 'active') clientLost(turn, known, 'it has started anew');
    else abort(turn, known); // what its last start was asked nobody answers any more
    return;
  }
  if (known.phase === 'active') known.phase = 'heard';
  if (known.node === state.manager) managerStartedAnew(turn);
}

/** A manager hears an unmanaged node. */
function welcome(turn: Turn, member: Member): void {
  if (member.phase === 'incorporating') return;
  // A member of ours that announces itself as unmanaged has left us, for whatever reason.
  if (member.phase === 'active') clientLost(turn, member, 'it seeks a manager');
  connect(turn, member);
}

function isFresh(turn: Moment, member: Member): boolean {
  return member.announcedMs >= 0 && member.announcedMs >= turn.nowMs - FRESH_PERIODS * turn.state.config.unmanagedPeriodMs;
}

/** Unmanaged nodes heard recently. */
export function freshSeekers(turn: Moment): Member[] {
  return [...turn.state.members.values()].filter((member) => member.role === 'unmanaged' && isFresh(turn, member));
}

/** The manager that was heard recently, if any: the one with the highest epoch. */
export function freshManager(turn: Moment): Member | null {
  const managers = [...turn.state.members.values()].filter((member) => member.manages !== null && isFresh(turn, member));
  return managers.sort((left, right) => Number((right.manages?.epoch ?? 0n) - (left.manages?.epoch ?? 0n)))[0] ?? null;
}

/** A new session: introduce ourselves at once where announcements may not reach (C14). */
export function onSessionUp(turn: Turn, node: NodeId, boot: Boot): void {
  const { state } = turn;
  const known = state.members.get(node);
  if (known !== undefined && known.boot !== boot) onAnotherStart(turn, known);
  if (state.role === 'unmanaged' || state.role === 'manager') turn.send(node, { kind: 'hail', announcement: turn.announcement() });
}
