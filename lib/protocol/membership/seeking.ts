// The start of an unmanaged period: whatever was known of a manager and its members counts no more. Also used where a
// node gives up managing, since what it knew as a manager counts no more either.
import { announceAnew } from './announcing.ts';
import type { Turn } from './turn.ts';

export function seekManager(turn: Turn): void {
  const { state, nowMs } = turn;
  for (const member of turn.active()) {
    turn.do({ type: 'removePeer', node: member.node });
    member.phase = 'heard';
    member.role = 'client';
    member.sinceMs = nowMs;
  }
  for (const member of state.members.values()) {
    if (member.phase !== 'incorporating') continue;
    member.phase = 'heard';
    member.before = null;
  }
  Object.assign(state, {
    manager: null,
    managerDownMs: null,
    managerRestarted: false,
    standby: null,
    standbyDown: false,
    standbyPending: null,
    refusals: [],
    joining: null,
    ballots: null,
    orders: null,
    electionAtMs: nowMs + state.config.unmanagedPeriodMs,
  } satisfies Partial<Turn['state']>);
  announceAnew(turn);
}
