// A detector bench in parts: what was watched in the same minutes stays together, and what was cut short is watched anew.
import assert from 'node:assert/strict';
import type { Condition, Point } from '../../../bench/detector/measure.ts';
import { machineFacts } from '../../../bench/support/machine.ts';
import { missingStretches, partsToKeep, pointsToKeep } from '../../../bench/detector/stretches.ts';

const point = (condition: Condition, timeoutMs: number, secondThread: boolean, watchedS = 10): Point =>
  ({ condition, timeoutMs, secondThread, watchedS }) as Point;

describe('a detector bench in parts', () => {
  const cases = [1, 10].map((timeoutMs) => ({ timeoutMs, secondThread: false }));
  const wanted = [
    { condition: 'idle', cases },
    { condition: 'cpu', cases },
  ] as const;

  it('keeps what was watched in full, and what is not asked for now', () => {
    const before = [point('idle', 1, false), point('idle', 10, false), point('stalled', 1, true, 2)];
    const kept = pointsToKeep(wanted, before, 10_000);
    assert.deepEqual(kept, before);
    assert.deepEqual(missingStretches(wanted, kept), wanted.slice(1));
  });

  it('keeps nothing of a stretch that was cut short, or that lacks a time-out', () => {
    assert.deepEqual(pointsToKeep(wanted, [point('idle', 1, false, 3), point('idle', 10, false, 3)], 10_000), []);
    assert.deepEqual(pointsToKeep(wanted, [point('idle', 1, false)], 10_000), []);
  });

  it('names the machine only of conditions that stand', () => {
    const machine = machineFacts();
    const parts = [
      { machine, runs: 4, conditions: ['idle', 'cpu'] as const },
      { machine, runs: 1, conditions: ['stalled'] as const },
    ];
    assert.deepEqual(partsToKeep(parts, [point('cpu', 1, false), point('cpu', 10, false)]), [{ machine, runs: 2, conditions: ['cpu'] }]);
  });
});
