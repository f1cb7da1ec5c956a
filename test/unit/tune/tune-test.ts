// What `heartwire tune` makes of what was measured.
import assert from 'node:assert/strict';
import type { Timings } from '../../../lib/runtime/types.ts';
import { tune } from '../../../lib/tune/propose.ts';
import { beyond, lessNs, quantileNs, since } from '../../../lib/tune/tail.ts';

const MS = 1e6;
const MONTHLY = 1 / 730;

function timings(changes: Partial<Timings> = {}): Timings {
  const nothing = { maxNs: 0, buckets: [] };
  const counts = { peers: 2, paths: 4, framesReceived: 0, framesLost: 0, roundTripsNs: [100_000] };
  return { nowMs: 0, intervalUs: 10_000, timeoutUs: 100_000, lateness: nothing, silence: nothing, ...counts, ...changes };
}

/** An hour of silences: `count` of 10 ms each, and those of `rare`. */
const hour = (...rare: readonly (readonly [ms: number, count: number])[]): Timings => {
  const buckets = [[10 * MS, 720_000] as const, ...rare.map(([ms, count]) => [ms * MS, count] as const)];
  const maxNs = Math.max(...buckets.map(([ns]) => ns));
  return timings({
    nowMs: 3_600_000,
    silence: { maxNs, buckets },
    framesReceived: 1_440_000,
    lateness: { maxNs: 50_000, buckets: [[50_000, 1000]] },
  });
};

describe('the tail of a distribution', () => {
  const counts = Array.from({ length: 160 }, (_, index) => [index * 100, Math.round(1e6 * Math.exp(-index / 10))] as const);
  const buckets = counts.filter(([, count]) => count > 0);
  const exponential = { maxNs: buckets.at(-1)?.[0] ?? 0, buckets };

  it('is counted where enough was seen', () => {
    assert.equal(
      beyond(
        {
          maxNs: 5,
          buckets: [
            [1, 100],
            [5, 30],
          ],
        },
        3,
      ),
      30,
    ); // prettier-ignore
  });

  it('goes on as it was beyond what was seen', () => {
    const expected = 1e6 * Math.exp(-17) * 10;
    const found = beyond(exponential, 17_000);
    assert.ok(found > expected / 10 && found < expected * 10, `${found} instead of about ${expected}`);
    assert.ok(beyond(exponential, 30_000) < found);
    assert.ok(
      beyond(
        {
          maxNs: 900,
          buckets: [
            [1, 1e6],
            [800, 1],
          ],
        },
        850,
      ) >= 1,
      'the longest is known exactly',
    ); // prettier-ignore
  });

  it('knows nothing of nothing', () => {
    assert.ok(Number.isNaN(beyond({ maxNs: 0, buckets: [] }, 1)));
    assert.equal(quantileNs({ maxNs: 0, buckets: [] }, 0.5), 0);
  });

  it('is what came between two readings, and may be shifted', () => {
    const between = since(
      {
        maxNs: 9,
        buckets: [
          [1, 5],
          [9, 1],
        ],
      },
      {
        maxNs: 9,
        buckets: [
          [1, 8],
          [4, 2],
          [9, 1],
        ],
      },
    ); // prettier-ignore
    assert.deepEqual(between, {
      maxNs: 4,
      buckets: [
        [1, 3],
        [4, 2],
      ],
    }); // prettier-ignore
    assert.deepEqual(lessNs(between, 3), {
      maxNs: 1,
      buckets: [
        [0, 3],
        [1, 2],
      ],
    }); // prettier-ignore
  });
});

describe('a proposal', () => {
  it('is the fastest where nothing was ever late', () => {
    const tuning = tune(timings(), hour(), MONTHLY);
    assert.deepEqual(tuning.recommended, { intervalUs: 1000, timeoutUs: 3000, mistakesPerHour: 0 });
    assert.equal(tuning.observedSeconds, 3600);
    assert.equal(tuning.current.mistakesPerHour, 0);
  });

  it('leaves room for the delays that were seen', () => {
    const tuning = tune(timings(), hour([20, 200], [25, 50]), MONTHLY);
    assert.ok(tuning.recommended !== null && tuning.recommended.timeoutUs > 15_000, JSON.stringify(tuning.recommended));
    const tight = tune(timings({ timeoutUs: 20_000 }), { ...hour([20, 200], [35, 50]), timeoutUs: 20_000 }, MONTHLY);
    assert.equal(tight.current.mistakesPerHour, 50, 'as often as it was seen');
  });

  it('counts what is lost: two networks forgive what one does not', () => {
    const lossy = { ...hour(), framesLost: 160_000 };
    const two = tune(timings(), lossy, MONTHLY).recommended;
    const one = tune(timings({ paths: 2 }), { ...lossy, paths: 2 }, MONTHLY).recommended;
    assert.ok(two !== null && one !== null);
    assert.ok(one.timeoutUs / one.intervalUs > two.timeoutUs / two.intervalUs);
  });

  it('takes no interval that the thread cannot keep', () => {
    const late = { ...hour(), lateness: { maxNs: 3 * MS, buckets: [[3 * MS, 1000]] as [number, number][] } };
    assert.ok(tune(timings(), late, MONTHLY).proposals.every(({ intervalUs }) => intervalUs >= 12_000));
  });

  it('is none where nobody was heard', () => {
    const tuning = tune(timings(), timings({ nowMs: 1000 }), MONTHLY);
    assert.equal(tuning.recommended, null);
    assert.deepEqual(tuning.proposals, []);
  });
});
