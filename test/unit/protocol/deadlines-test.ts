// Everything that is due has a deadline, and a node without anything to do sleeps.
import assert from 'node:assert/strict';
import { initial, nextDeadlineMs, snapshot, step } from '../../../lib/protocol/node.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';

describe('protocol: deadlines', () => {
  const [config] = clusterOf([{ id: 1 }, { id: 2 }, { id: 3 }]);
  assert.ok(config !== undefined);

  it('announces five times in the first unmanaged period, then once per period', () => {
    let state = step(initial(config, 0, 0n), { type: 'start' }, 0).state;
    const at: number[] = [0];
    while (at.length < 7) {
      const nowMs = nextDeadlineMs(state);
      const next = step(state, { type: 'tick' }, nowMs);
      ({ state } = next);
      if (next.effects.some((effect) => effect.type === 'announce')) at.push(nowMs);
    }
    assert.deepEqual(at, [0, 200, 400, 600, 800, 1800, 2800]);
  });

  it('sleeps while it is off line', () => {
    const { state, effects } = step(initial(config, 0, 0n), { type: 'command', id: 1, command: { name: 'offline' } }, 10);
    assert.equal(nextDeadlineMs(state), Number.POSITIVE_INFINITY);
    assert.deepEqual(
      effects.filter((effect) => effect.type === 'reply'),
      [{ type: 'reply', id: 1, error: null }],
    );
  });

  it('says what a lonely node waits for', () => {
    const { state } = step(initial(config, 0, 0n), { type: 'start' }, 0);
    assert.deepEqual(snapshot(state).waiting, [{ what: 'a majority of the voters to be heard', nodes: [2, 3], sinceMs: 0 }]);
  });
});
