// The manager's table of members, as every member keeps it, so that each can answer for the cluster and the standby can
// take it over.
import type { Away } from '../inactivity/absence.ts';
import type { NodeId } from '../types.ts';
import type { TableEntry } from './messages.ts';
import { openChannel } from './standby.ts';
import { type Member, newMember } from './state.ts';
import type { Turn } from './turn.ts';

export function takeEntry(turn: Turn, entry: TableEntry): Member | null {
  const { state, nowMs } = turn;
  if (entry.node === state.self.node) return null;
  if (entry.state === 'gone') {
    state.members.delete(entry.node);
    return null;
  }
  const member = state.members.get(entry.node) ?? newMember(entry.description, nowMs);
  state.members.set(entry.node, member);
  const isSame = member.phase === entry.state && member.boot === entry.boot;
  if (member.phase !== entry.state) member.sinceMs = nowMs;
  if (member.boot !== entry.boot) member.alive = null;
  member.phase = entry.state;
  member.boot = entry.boot;
  member.memberId = entry.memberId;
  member.role = entry.role;
  member.description = entry.description;
  member.manages = null;
  member.away = isSame && member.away?.isFirstHand === true ? member.away : awayOf(turn, entry);
  return member;
}

function awayOf({ nowMs }: Turn, { away, state }: TableEntry): Away | null {
  if (away === null || state !== 'active') return null;
  const { reason, managed, forMs, leftMs, applied } = away;
  return { reason, managed, forMs, untilMs: nowMs + leftMs, responseUntilMs: nowMs, applied, isFirstHand: false };
}

/** Replaces what is known by the manager's table. */
export function takeTable(turn: Turn, table: readonly TableEntry[]): void {
  const listed = new Set<NodeId>(table.map((entry) => entry.node));
  for (const node of [...turn.state.members.keys()]) if (!listed.has(node)) turn.state.members.delete(node);
  for (const entry of table) takeEntry(turn, entry);
}

/** A row that the manager sends. A standby watches and beats whoever is active in it. */
export function onMemberRow(turn: Turn, from: NodeId, entry: TableEntry): void {
  const { state } = turn;
  if (from !== state.manager) return;
  const member = takeEntry(turn, entry);
  if (state.role !== 'standby' || entry.node === state.self.node) return;
  if (member?.phase === 'active') openChannel(turn, member);
  else turn.do({ type: 'removePeer', node: entry.node });
}
