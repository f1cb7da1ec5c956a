// Who is shown a configuration is shown what holds instead of it.
import assert from 'node:assert/strict';
import { overrideLines, overridesOf } from '../../../lib/config/overrides.ts';
import { NOTHING_SET, type ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import { sample } from './samples.ts';

const set: ParameterSet = {
  version: (3n << 32n) | 17n,
  settings: [
    { name: 'heartbeat.interval', node: null, pair: null, value: 50_000 },
    { name: 'messages.send_window', node: 2, pair: null, value: 64 },
    { name: 'heartbeat.interval', node: null, pair: [1, 9], value: 400_000 },
  ],
};

describe('parameters that were set', () => {
  it('are told with what is configured, for whom, and by which change', () => {
    assert.deepEqual(overrideLines(overridesOf(sample(), set)), [
      'set while it ran, and in force with whatever file (parameters 3.17):',
      '  heartbeat.interval: 50ms (configured: 100ms)',
      '  messages.send_window of node2: 64 (configured: 32)',
      '  heartbeat.interval between node1 and node 9: 400ms (configured: 100ms)',
    ]);
  });

  it('are no lines where nothing is set', () => {
    const none = overridesOf(sample(), NOTHING_SET);
    assert.deepEqual([none, overrideLines(none)], [{ version: '0.0', values: [] }, []]);
  });
});
