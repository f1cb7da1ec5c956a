// The manager's table of members, as every member keeps it, so that each can answer for the cluster and the standby can
// take it over.
import type { NodeId } from '../types.ts';
import type { TableEntry } from './messages.ts';
import type { Turn } from './turn.ts';

export function takeEntry(turn: Turn, entry: TableEntry): void {
  const { state, nowMs } = turn;
  if (entry.node === state.self.node) return;
  if (entry.state === 'gone') {
    state.members.delete(entry.node);
    return;
  }
  const known = state.members.get(entry.node);
  const changed = known?.phase !== entry.state;
  state.members.set(entry.node, {
    node: entry.node,
    boot: entry.boot,
    memberId: entry.memberId,
    phase: entry.state,
    role: entry.role,
    description: entry.description,
    sinceMs: changed ? nowMs : (known?.sinceMs ?? nowMs),
    announcedMs: known?.announcedMs ?? -1,
    announcedEpoch: known?.announcedEpoch ?? 0n,
    manages: null,
    deadlineMs: 0,
    linksDown: known?.linksDown ?? [],
    alive: known?.alive ?? false,
  });
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
  takeEntry(turn, entry);
  if (state.role !== 'standby' || entry.node === state.self.node) return;
  if (entry.state === 'active') turn.peer(entry.node, true, true);
  else turn.do({ type: 'removePeer', node: entry.node });
}
