// Durations decide when a node has failed: what is read must be what was written.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDurationUs, parseDurationUs } from '../../../lib/config/duration.ts';

describe('durations', () => {
  it('are read with their unit', () => {
    assert.equal(parseDurationUs('200us'), 200);
    assert.equal(parseDurationUs('1.5ms'), 1500);
    assert.equal(parseDurationUs('60s'), 60_000_000);
    assert.equal(parseDurationUs('0s'), 0);
  });

  it('are refused without one, with another, or with less than a microsecond', () => {
    for (const text of ['10', '', 'ms', '1m', '1h', '-1s', '1 s', '1e3ms', '0.5us', 'NaNs', '99999999999999999s'])
      assert.equal(parseDurationUs(text), null, text);
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_400_000_000 }),
        (microseconds) => parseDurationUs(formatDurationUs(microseconds)) === microseconds,
      ),
    );
  });
});
