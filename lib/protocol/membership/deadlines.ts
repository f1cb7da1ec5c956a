// When a node wants to be stepped again although nothing happens: the nearest of all its deadlines.
import { raiseAtMs, restandAtMs } from '../election/tenure.ts';
import { inactivityDueMs } from '../inactivity/noting.ts';
import { groupDeadlinesMs } from '../resources/groups.ts';
import { successionDeadlineMs } from './failures.ts';
import { moveAtMs, standbyUnfitAtMs } from './fitness.ts';
import { contactsBridged, switchAtMs } from './networks.ts';
import { pruneAtMs } from './pruning.ts';
import type { NodeState } from './state.ts';

/** @returns ms of the same clock as `nowMs`; Infinity: nothing is due ever */
export function nextDeadlineMs({ dueMs, rounds }: NodeState): number {
  return Math.min(dueMs, rounds.dueMs);
}

/** Of all but the rounds, whose state changes far more often. */
export function dueMsOf(state: NodeState): number {
  const deadlines = [restandAtMs(state), successionDeadlineMs({ state }), switchAtMs({ state }), state.diskRetryAtMs];
  deadlines.push(raiseAtMs({ state }), moveAtMs({ state }), standbyUnfitAtMs({ state }));
  if (state.role === 'unmanaged') deadlines.push(state.electionAtMs, state.announceAtMs);
  if (contactsBridged({ state })) deadlines.push(state.contactAtMs);
  if (state.role === 'manager') {
    deadlines.push(state.announceAtMs);
    if (state.standbyPending !== null) deadlines.push(state.standbyPending.deadlineMs);
  }
  deadlines.push(inactivityDueMs(state), ...groupDeadlinesMs(state));
  if (state.joining !== null) deadlines.push(state.joining.deadlineMs);
  if (state.pending !== null) deadlines.push(state.pending.deadlineMs);
  for (const { deadlineMs } of state.forwarded.values()) deadlines.push(deadlineMs);
  for (const member of state.members.values()) {
    deadlines.push(pruneAtMs(member, state.config.pruneTimeMs));
    if (member.phase === 'incorporating' && state.role === 'manager') deadlines.push(member.deadlineMs);
  }
  return Math.min(...deadlines);
}
