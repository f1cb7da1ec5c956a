// C16: a failed node stays visible for the prune time, then goes; so does one that was heard and never again.
import type { Member } from './state.ts';
import type { Turn } from './turn.ts';

/** When this node is to be forgotten. */
export function pruneAtMs(member: Member, pruneTimeMs: number): number {
  if (member.phase === 'failed') return member.sinceMs + pruneTimeMs;
  if (member.phase === 'heard') return Math.max(member.sinceMs, member.announcedMs) + pruneTimeMs;
  return Number.POSITIVE_INFINITY;
}

export function prune(turn: Turn): void {
  const { state, nowMs } = turn;
  for (const member of [...state.members.values()]) {
    if (nowMs < pruneAtMs(member, state.config.pruneTimeMs)) continue;
    if (state.role === 'manager' && member.phase === 'failed') {
      turn.publishToAll('node-pruned', member.node);
      turn.tell({ kind: 'member', entry: { ...turn.entryOf(member), state: 'gone' } });
    }
    state.members.delete(member.node);
  }
}
