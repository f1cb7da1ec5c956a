// From a proposal to the parameters that make it (X10): so many beats in the time-out, and nothing that was set before of the
// single beat's time-out counts any more.
import type { ParameterName } from '../protocol/parameters/definitions.ts';
import type { Tuning } from './propose.ts';

/** Null: nothing is proposed, or it is in force already. */
export function parametersOf({ current, recommended }: Tuning): Partial<Record<ParameterName, number>> | null {
  if (recommended === null) return null;
  const { intervalUs, timeoutUs } = recommended;
  if (current.intervalUs === intervalUs && current.timeoutUs === timeoutUs) return null;
  return {
    'heartbeat.interval': intervalUs,
    'heartbeat.failure_threshold': Math.round(timeoutUs / intervalUs),
    'heartbeat.beat_timeout': 0,
    'heartbeat.receive_send_ratio': 1,
  };
}
