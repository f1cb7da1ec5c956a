// What `heartwire tune --apply` makes of measured silences (X10): the proposal, and the parameters that it asks for.
import { parametersOf } from '../../../lib/tune/apply.ts';
import { tune } from '../../../lib/tune/propose.ts';
import type { Timings } from '../../../lib/runtime/timings.ts';

type Distribution = Timings['silence'];

const NS_PER_MS = 1e6;
const WANTED_PER_HOUR = 0.01;
const NOTHING: Distribution = { maxNs: 0, buckets: [] };

/** `100:12000,130:40`: so many of so many ms. */
function distributionOf(text: string): Distribution {
  const buckets = text.split(',').map((each) => {
    const [ms = '', count = ''] = each.split(':');
    return [Number(ms) * NS_PER_MS, Number(count)] as const;
  });
  return { maxNs: Math.max(...buckets.map(([ns]) => ns)), buckets };
}

/** @param observedMs in which two peers were heard over two networks, every 100 ms, and failed after a second */
export function proposalOf(observedMs: number, silence: string, lateness: string): { readonly line: string; readonly words: string[] } {
  const before: Timings = {
    nowMs: 0,
    intervalUs: 100_000,
    timeoutUs: 1_000_000,
    peers: 2,
    paths: 4,
    framesReceived: 0,
    framesLost: 0,
    lateness: NOTHING,
    silence: NOTHING,
    roundTripsNs: [],
  };
  const framesReceived = (4 * observedMs) / 100;
  const after = { ...before, nowMs: observedMs, framesReceived, silence: distributionOf(silence), lateness: distributionOf(lateness) };
  const tuning = tune(before, after, WANTED_PER_HOUR);
  const { recommended } = tuning;
  if (recommended === null) return { line: 'nothing is proposed', words: [] };
  const { intervalUs, timeoutUs } = recommended;
  const words = Object.entries(parametersOf(tuning) ?? {}).map(([name, value]) => `${name}=${value}`);
  return { line: `proposes ${intervalUs} us, time-out ${timeoutUs} us`, words };
}
