// How often a distribution goes beyond a value, also beyond all that was seen: there its tail over a high threshold (peaks over
// threshold) is taken to fall off exponentially, as slowly as its mean excess says, or its longest value, which of so many
// values of an exponential distribution is expected at a known place. So a single long pause counts for what it is.
import type { Distribution } from '../runtime/types.ts';

/** So many values at least must lie beyond a value for their share to be taken as it is. */
const COUNTED_MIN = 20;
/** The tail begins where so many values lie beyond. */
const TAIL_MIN = 20;

/** What came between two readings of one distribution. The greatest value is that of the later one's last bucket. */
export function since(before: Distribution, after: Distribution): Distribution {
  const earlier = new Map(before.buckets);
  const buckets = after.buckets
    .map(([fromNs, count]) => [fromNs, count - (earlier.get(fromNs) ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const last = buckets.at(-1)?.[0] ?? 0;
  return { maxNs: after.maxNs > before.maxNs ? after.maxNs : last, buckets };
}

export function countOf({ buckets }: Distribution): number {
  return buckets.reduce((sum, [, count]) => sum + count, 0);
}

/** The smallest value of the bucket below which `share` (0-1) of all values lie; 0 when there are none. */
export function quantileNs(distribution: Distribution, share: number): number {
  const wanted = share * countOf(distribution);
  let seen = 0;
  for (const [fromNs, count] of distribution.buckets) {
    seen += count;
    if (seen >= wanted) return fromNs;
  }
  return 0;
}

/** All values less `ns`, and none below 0. */
export function lessNs({ maxNs, buckets }: Distribution, ns: number): Distribution {
  const shifted = new Map<number, number>();
  for (const [fromNs, count] of buckets) {
    const at = Math.max(0, fromNs - ns);
    shifted.set(at, (shifted.get(at) ?? 0) + count);
  }
  return { maxNs: Math.max(0, maxNs - ns), buckets: [...shifted] };
}

/**
 * How many of the values lie beyond `ns`: counted where there are enough of them, else expected.
 * With no value at all nothing can be said: NaN.
 */
export function beyond(distribution: Distribution, ns: number): number {
  const total = countOf(distribution);
  if (total === 0) return Number.NaN;
  // Buckets are told by their lower ends, the longest value exactly.
  const counted = Math.max(above(distribution, ns), ns < distribution.maxNs ? 1 : 0);
  if (counted >= COUNTED_MIN) return counted;
  const threshold = thresholdNs(distribution, TAIL_MIN);
  const tail = distribution.buckets.filter(([fromNs]) => fromNs > threshold);
  const size = tail.reduce((sum, [, count]) => sum + count, 0);
  if (size === 0) return counted;
  const excess = tail.reduce((sum, [fromNs, count]) => sum + (fromNs - threshold) * count, 0) / size;
  const reach = (distribution.maxNs - threshold) / Math.log(Math.max(size, 3));
  return Math.max(counted, size * Math.exp(-(ns - threshold) / Math.max(excess, reach, 1)));
}

function above({ buckets }: Distribution, ns: number): number {
  return buckets.reduce((sum, [fromNs, count]) => (fromNs > ns ? sum + count : sum), 0);
}

/** The value beyond which at least `wanted` values lie, as far up as there is one; 0 where there are fewer. */
function thresholdNs(distribution: Distribution, wanted: number): number {
  let seen = 0;
  for (const [fromNs, count] of distribution.buckets.toReversed()) {
    if (seen >= wanted) return fromNs;
    seen += count;
  }
  return 0;
}
