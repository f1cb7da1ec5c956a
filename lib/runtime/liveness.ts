// Tells the beat thread again and again that this event loop turns. When it no longer does, beats say `stalled`: they
// must not vouch for a dead process. The timer is an ordinary one, so that it measures what it should: the loop.
import type { ClusterConfig } from '../config/config.ts';
import type { NativeNode } from '../native.ts';

const RENEWALS = 4; // in one time-out
const INTERVAL_MS_MIN = 10;

/**
 * @param stalled after which time without a renewal the node counts as stalled, and whether at all
 * @returns call it to end
 */
export function keepAlive(native: NativeNode, { policy, timeoutMs }: ClusterConfig['stalled'], bootTimeNs: () => bigint): () => void {
  if (policy === 'nothing' || timeoutMs === 0) return () => {};
  const timeoutNs = BigInt(Math.round(timeoutMs * 1e6));
  const renew = (): void => native.renewLiveness(bootTimeNs() + timeoutNs);
  renew();
  const timer = setInterval(renew, Math.max(timeoutMs / RENEWALS, INTERVAL_MS_MIN));
  timer.unref();
  return () => clearInterval(timer);
}
