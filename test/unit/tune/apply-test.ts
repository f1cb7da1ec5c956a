// X10: what is proposed, as parameters.
import assert from 'node:assert/strict';
import { parametersOf } from '../../../lib/tune/apply.ts';
import type { Tuning } from '../../../lib/tune/propose.ts';

const timing = (intervalUs: number, timeoutUs: number): Tuning['current'] => ({ intervalUs, timeoutUs, mistakesPerHour: 0 });
const tuning = (current: Tuning['current'], recommended: Tuning['recommended']): Tuning => ({ current, recommended }) as Tuning;

describe('tune --apply (X10)', () => {
  it('sets interval and threshold, and takes back what lengthened a single wait', () => {
    assert.deepEqual(parametersOf(tuning(timing(100_000, 1_000_000), timing(20_000, 140_000))), {
      'heartbeat.interval': 20_000,
      'heartbeat.failure_threshold': 7,
      'heartbeat.beat_timeout': 0,
      'heartbeat.receive_send_ratio': 1,
    });
  });

  it('sets nothing where nothing is proposed, or it is in force', () => {
    assert.equal(parametersOf(tuning(timing(20_000, 140_000), timing(20_000, 140_000))), null);
    assert.equal(parametersOf(tuning(timing(20_000, 140_000), null)), null);
  });
});
