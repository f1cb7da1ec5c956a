// Taking the cluster's parameters (P4): a node that joins, or comes back, has them in force and on its disk before it counts as
// normal; one that cannot does not join. The newest set that any member of a majority has is the cluster's.
import { leaveManager } from '../membership/failures.ts';
import { onAssign } from '../membership/incorporation.ts';
import type { Message } from '../membership/messages.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId, ProtocolConfig } from '../types.ts';
import { nameOf } from '../rounds/state.ts';
import type { ParameterBase, ParameterSet } from './settings.ts';

const US_PER_MS = 1000;

/** What the configuration says; a configuration without it says what the beats of Table 1 imply. */
export function baseOf(config: ProtocolConfig): ParameterBase {
  return (
    config.parameters ?? {
      'heartbeat.interval': Math.round((config.beatTimeoutMs * US_PER_MS) / config.beatPackets),
      'heartbeat.beat_timeout': 0,
      'heartbeat.ack_timeout': config.beatTimeoutMs * US_PER_MS,
      'heartbeat.failure_threshold': config.beatPackets,
      'heartbeat.ack_failure_threshold': 0,
      'heartbeat.receive_send_ratio': 1,
      'messages.fragment_size': 1200,
      'messages.retry_timer': 20_000,
      'messages.retry_time_max': 5000,
      'messages.queue_overflow_threshold': 1024,
      'messages.send_window': 32,
    }
  );
}

/** In force from now on; the runtime keeps it, and says whether it could. */
export function adopt(turn: Turn, set: ParameterSet): void {
  turn.state.parameters = set;
  turn.do({ type: 'keepParameters', set });
}

/** At a joining node, before it says that it is ready. @returns true: it goes on when the parameters are kept */
export function keepsFirst(turn: Turn, from: NodeId, message: Extract<Message, { kind: 'assign' }>): boolean {
  const { state } = turn;
  if (message.parameters.version <= state.parameters.version) return false;
  state.assigned = { from, message };
  adopt(turn, message.parameters);
  return true;
}

/** What the other side of a position has, where it is newer. */
export function takeNewer(turn: Turn, set: ParameterSet): void {
  if (set.version > turn.state.parameters.version) adopt(turn, set);
}

export function onKept(turn: Turn, version: bigint, ok: boolean, reason: string): void {
  const { state } = turn;
  const { assigned } = state;
  state.assigned = null;
  if (version !== state.parameters.version) return;
  if (ok) {
    turn.publish('parameters-changed', state.self.node, { version: nameOf(version) });
    return assigned === null ? undefined : onAssign(turn, assigned.from, assigned.message);
  }
  turn.publish('parameters-not-kept', state.self.node, { reason });
  if (state.role === 'manager') return;
  // It is no member until it can: incorporated anew, it tries again.
  state.parameters = { ...state.parameters, version: 0n };
  state.joining = null;
  if (assigned === null && state.manager !== null) leaveManager(turn, `the cluster's parameters cannot be kept: ${reason}`);
}

export function onAskParameters(turn: Turn, from: NodeId): void {
  turn.send(from, { kind: 'parameters', set: turn.state.parameters });
}
