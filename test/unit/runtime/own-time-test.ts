// V1: a node that stood still without notice finds out by its own clocks and the page of its beat thread.
import assert from 'node:assert/strict';
import { type Gap, OwnTime } from '../../../lib/runtime/notices/own-time.ts';

describe('gaps in own time (V1)', () => {
  const INTERVAL_MS = 100;
  const TIMEOUT_MS = 1000;
  let bootMs = 0;
  let monotonicMs = 0;
  let ticks = 0;
  let gaps: Gap[] = [];
  let isAnnounced = false;
  let time: OwnTime;

  beforeEach(() => {
    [bootMs, monotonicMs, ticks, gaps, isAnnounced] = [5000, 3000, 50, [], false];
    const hands = { bootMs: () => bootMs, monotonicMs: () => monotonicMs, ticks: () => ticks };
    time = new OwnTime(INTERVAL_MS, TIMEOUT_MS, { ...hands, gap: (gap) => (isAnnounced ? false : gaps.push(gap) > 0) });
  });

  function pass(ms: number, by: { readonly ticked: number; readonly suspendedMs?: number }): void {
    bootMs += ms;
    monotonicMs += ms - (by.suspendedMs ?? 0);
    ticks += by.ticked;
    time.look();
  }

  it('sees none where both go on', () => {
    for (let looks = 0; looks < 10; looks++) pass(250, { ticked: 3 });
    assert.equal(time.count, 0);
  });

  it('sees one where neither the event loop nor the beat thread ran', () => {
    pass(250, { ticked: 3 });
    pass(20_000, { ticked: 2 });
    pass(250, { ticked: 3 });
    assert.deepEqual(gaps, [{ forMs: 20_000, suspendedMs: 0 }]);
    assert.equal(time.count, 1);
  });

  it('takes a late event loop alone for no gap: its beats say that', () => {
    pass(20_000, { ticked: 200 });
    assert.deepEqual(gaps, []);
  });

  it('takes nothing shorter than a time-out for one', () => {
    pass(TIMEOUT_MS, { ticked: 0 });
    assert.deepEqual(gaps, []);
  });

  it('says how much of it the system was suspended', () => {
    pass(60_000, { ticked: 1, suspendedMs: 59_000 });
    assert.deepEqual(gaps, [{ forMs: 60_000, suspendedMs: 59_000 }]);
  });

  it('does not count what was announced', () => {
    isAnnounced = true;
    pass(20_000, { ticked: 1 });
    assert.equal(time.count, 0);
  });
});
