// The eleven communication parameters that change while the cluster runs (P2): their ranges, and what each does. People read
// this table (`heartwire parameters list`), and every node checks changes against it.

export type ParameterUnit = 'us' | 'ms' | 'bytes' | 'count' | 'ratio';

export interface ParameterDefinition {
  readonly unit: ParameterUnit;
  /** In `unit`. */
  readonly min: number;
  readonly max: number;
  /** One that two nodes must apply together changes by the handshake of P3; the others are each node's own. */
  readonly shared: boolean;
  readonly does: string;
}

export type ParameterName =
  | 'heartbeat.interval'
  | 'heartbeat.beat_timeout'
  | 'heartbeat.ack_timeout'
  | 'heartbeat.failure_threshold'
  | 'heartbeat.ack_failure_threshold'
  | 'heartbeat.receive_send_ratio'
  | 'messages.fragment_size'
  | 'messages.retry_timer'
  | 'messages.retry_time_max'
  | 'messages.queue_overflow_threshold'
  | 'messages.send_window';

const MINUTE_US = 60_000_000;

export const parameterDefinitions: Readonly<Record<ParameterName, ParameterDefinition>> = {
  'heartbeat.interval': {
    unit: 'us',
    min: 200,
    max: MINUTE_US,
    shared: true,
    does: 'time between two beats to a peer',
  },
  'heartbeat.beat_timeout': {
    unit: 'us',
    min: 0,
    max: 10 * MINUTE_US,
    shared: false,
    does: 'how long a beat is waited for before it counts as missed; 0: receive_send_ratio x interval',
  },
  'heartbeat.ack_timeout': {
    unit: 'us',
    min: 200,
    max: 10 * MINUTE_US,
    shared: false,
    does: 'how long the answer to a beat is waited for before it counts as missed',
  },
  'heartbeat.failure_threshold': {
    unit: 'count',
    min: 1,
    max: 1000,
    shared: false,
    does: 'beats missed in a row until the peer has failed',
  },
  'heartbeat.ack_failure_threshold': {
    unit: 'count',
    min: 0,
    max: 1000,
    shared: false,
    does: 'answers missed in a row until the peer has failed, though its own beats may be heard; 0: that is not judged',
  },
  'heartbeat.receive_send_ratio': {
    unit: 'ratio',
    min: 1,
    max: 100,
    shared: false,
    does: 'receive timer / send interval: how much longer a beat is waited for than it takes to be sent again',
  },
  'messages.fragment_size': { unit: 'bytes', min: 256, max: 1400, shared: false, does: 'longest fragment of a message' },
  'messages.retry_timer': {
    unit: 'us',
    min: 500,
    max: 5_000_000,
    shared: false,
    does: 'after so long without an answer a fragment is sent again; it doubles each time',
  },
  'messages.retry_time_max': {
    unit: 'ms',
    min: 10,
    max: 600_000,
    shared: false,
    does: 'a peer that acknowledges nothing for so long gets the message no more',
  },
  'messages.queue_overflow_threshold': {
    unit: 'count',
    min: 1,
    max: 1_000_000,
    shared: false,
    does: 'messages that wait for one peer, or operations for the manager; beyond it a sender is refused',
  },
  'messages.send_window': {
    unit: 'count',
    min: 1,
    max: 256,
    shared: false,
    does: 'fragments to one peer that may be unacknowledged at once',
  },
};

export const parameterNames: readonly ParameterName[] = Object.keys(parameterDefinitions) as ParameterName[];

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameterDefinitions, name);
}
