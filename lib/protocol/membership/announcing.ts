// C2, C11: unmanaged nodes and managers say on the discovery port that they are there: so many times in the first
// unmanaged period, then once per period. A manager uses the beat of this for what it repeats now and then.
import { retryOrders } from '../election/orders.ts';
import { reconnectAll } from './failures.ts';
import type { Turn } from './turn.ts';

export function announceIfDue(turn: Turn): void {
  const { state, nowMs } = turn;
  const announces = state.role === 'unmanaged' || state.role === 'manager';
  if (!announces || nowMs < state.announceAtMs) return;
  turn.do({ type: 'announce', announcement: turn.announcement() });
  hailWitness(turn);
  reconnectAll(turn);
  retryOrders(turn);
  const { unmanagedPeriodMs, announceCount } = state.config;
  if (state.announcesLeft > 0) state.announcesLeft--;
  state.announceAtMs = nowMs + (state.announcesLeft > 0 ? unmanagedPeriodMs / announceCount : unmanagedPeriodMs);
}

/** Where announcements do not reach the witness (C14, X9), a node that seeks a manager and the witness tell each other. */
function hailWitness(turn: Turn): void {
  const { self, config, members, role } = turn.state;
  if (role !== 'unmanaged' || config.witness === null) return;
  for (const { node, phase, description } of members.values()) {
    const far = self.bridged || (node === config.witness && description.bridged);
    if (far && phase === 'heard') turn.send(node, { kind: 'hail', announcement: turn.announcement() });
  }
}

/** Starts the announcements of an unmanaged period anew. */
export function announceAnew(turn: Turn): void {
  turn.state.announcesLeft = turn.state.config.announceCount;
  turn.state.announceAtMs = turn.nowMs;
}
