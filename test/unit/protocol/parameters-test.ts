// Communication parameters (P1-P4) as values: what counts before what, what may not be, what a crash leaves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configWith, parameterBaseOf } from '../../../lib/config/parameters.ts';
import { packageRoot } from '../../../lib/package-root.ts';
import { setProblem, timingBetween, timingOfCluster, wishProblem } from '../../../lib/protocol/parameters/checking.ts';
import { parameterDefinitions, type ParameterName, parameterNames } from '../../../lib/protocol/parameters/definitions.ts';
import { isChange } from '../../../lib/protocol/parameters/parameters.ts';
import { restoredParameters } from '../../../lib/protocol/parameters/restoring.ts';
import {
  changed,
  NOTHING_SET,
  type ParameterSet,
  type SettingWish,
  valueAt,
  valueBetween,
} from '../../../lib/protocol/parameters/settings.ts';
import { mostPatient } from '../../../lib/protocol/parameters/timing.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import { sample } from '../config/samples.ts';

const base = parameterBaseOf(sample());
const wish = (name: ParameterName, value: number | null, scope: Partial<SettingWish> = {}): SettingWish => ({
  node: null,
  pair: null,
  ...scope,
  name,
  value,
});
const setOf = (...wishes: SettingWish[]): ParameterSet => changed(NOTHING_SET, wishes, 1n);

describe('communication parameters', () => {
  it('P2: are these eleven, with a range and a sentence each, in docs/cli.md', () => {
    assert.equal(parameterNames.length, 11);
    const text = readFileSync(join(packageRoot, 'docs', 'cli.md'), 'utf8');
    for (const name of parameterNames) {
      const { min, max, does } = parameterDefinitions[name];
      assert.ok(min < max && does.length > 10, name);
      assert.ok(base[name] >= min && base[name] <= max, name);
      assert.match(text, new RegExp(`^\\| \`${name.replace('.', '\\.')}\` \\|`, 'm'));
    }
  });

  it('P2: a pair counts before a node, a node before the cluster, that before the configuration', () => {
    const name = 'heartbeat.interval';
    const wishes = [wish(name, 50_000), wish(name, 60_000, { node: 2 }), wish(name, 70_000, { pair: [1, 2] })];
    const set = setOf(...wishes);
    assert.equal(valueBetween(set, base, name, 2, 1), 70_000);
    assert.equal(valueBetween(set, base, name, 3, 2), 60_000);
    assert.equal(valueBetween(set, base, name, 1, 3), 50_000);
    assert.equal(valueAt(set, base, name, 2), 60_000);
    assert.equal(valueBetween(NOTHING_SET, base, name, 1, 2), base[name]);
    const back = changed(set, [wish(name, null, { pair: [1, 2] }), wish(name, null)], 2n);
    assert.equal(valueBetween(back, base, name, 1, 2), 60_000);
    assert.equal(valueBetween(back, base, name, 1, 3), base[name]);
  });

  it('P2: two nodes with values of their own take the longer', () => {
    const set = setOf(wish('heartbeat.interval', 60_000, { node: 1 }), wish('heartbeat.interval', 80_000, { node: 2 }));
    assert.equal(valueBetween(set, base, 'heartbeat.interval', 1, 2), 80_000);
    assert.equal(valueBetween(set, base, 'heartbeat.interval', 2, 1), 80_000);
  });

  it('P2: the time-out follows the interval, or what was set; threshold and ratio lengthen it', () => {
    const timing = (...wishes: SettingWish[]): unknown => timingOfCluster(setOf(...wishes), base);
    const { intervalUs, silenceUs } = timingOfCluster(NOTHING_SET, base);
    const { heartbeat } = sample();
    assert.deepEqual([intervalUs, silenceUs], [heartbeat.intervalUs, heartbeat.timeoutUs]);
    assert.deepEqual(timing(wish('heartbeat.interval', 10 * intervalUs)), {
      intervalUs: 10 * intervalUs,
      silenceUs: 10 * silenceUs,
      answerUs: 0,
    });
    assert.deepEqual(timing(wish('heartbeat.receive_send_ratio', 1.5)), { intervalUs, silenceUs: 1.5 * silenceUs, answerUs: 0 });
    const waits = [wish('heartbeat.beat_timeout', 300_000), wish('heartbeat.failure_threshold', 4)];
    assert.deepEqual(timing(...waits), { intervalUs, silenceUs: 1_200_000, answerUs: 0 });
    const answers = [wish('heartbeat.ack_failure_threshold', 5), wish('heartbeat.ack_timeout', 70_000)];
    assert.deepEqual(timing(...answers), { intervalUs, silenceUs, answerUs: 5 * intervalUs + 70_000 });
  });

  it('refuses what is out of range, or of no meaning for its scope', () => {
    assert.match(wishProblem(wish('heartbeat.interval', 199)) ?? '', /from 200 to 60000000 us/);
    assert.match(wishProblem(wish('messages.send_window', 1.5)) ?? '', /from 1 to 256/);
    assert.match(wishProblem(wish('messages.send_window', 5, { pair: [1, 2] })) ?? '', /not for a pair/);
    assert.match(wishProblem(wish('heartbeat.interval', 5000, { pair: [2, 2] })) ?? '', /two different nodes/);
    assert.equal(wishProblem(wish('heartbeat.receive_send_ratio', 1.5)), null);
    for (const body of [null, {}, { base: 0n, wishes: [] }, { base: -1n, wishes: [wish('messages.send_window', 5)] }])
      assert.ok(!isChange(body));
    assert.ok(!isChange({ base: 0n, wishes: [{ ...wish('messages.send_window', 5), name: 'constructor' }] }));
    assert.ok(isChange({ base: 0n, wishes: [wish('messages.send_window', 5)] }));
  });

  it('refuses what would fail a node by one lost beat, or lapse a lease', () => {
    const problem = (...wishes: SettingWish[]): string => setProblem(setOf(...wishes), base) ?? '';
    assert.match(problem(wish('heartbeat.failure_threshold', 1)), /one lost beat would fail a node/);
    assert.match(problem(wish('heartbeat.interval', 1_000_000, { node: 3 })), /node 3: an interval of 1000000 us is too long/);
    const two = [
      wish('heartbeat.beat_timeout', 50_000, { node: 1 }),
      wish('heartbeat.failure_threshold', 5, { node: 1 }),
      wish('heartbeat.interval', 400_000, { node: 2 }),
    ];
    assert.match(problem(...two), /nodes 1 and 2: .*one lost beat/, 'each of them is right by itself');
    assert.equal(problem(wish('heartbeat.interval', 1_000_000)), '');
  });

  it('P3: while old and new values meet, the longer waits hold, and no answer is judged that only one of them judges', () => {
    const old = { intervalUs: 100, silenceUs: 1000, answerUs: 0 };
    const next = { intervalUs: 10, silenceUs: 300, answerUs: 500 };
    assert.deepEqual(mostPatient(next, old), { intervalUs: 10, silenceUs: 1000, answerUs: 0 });
  });

  it('P1: after a crash all that was decided is there, and nothing that was not', () => {
    const record = (number: bigint, before: bigint, value: number, committed: boolean | null): RoundRecord => ({
      opening: {
        number,
        proposal: { node: 1, boot: 1n, counter: 1 },
        kind: 'parameters',
        body: { base: before, wishes: [wish('messages.send_window', value)] },
        participants: [],
        leftOut: [],
        timeoutMs: 1,
      },
      acknowledged: 3,
      accepted: null,
      outcome: committed === null ? null : { committed, code: committed ? 'agreed' : 'veto', reason: '', culprit: 0 },
    });
    const restored = (...records: RoundRecord[]): [bigint, number] => {
      const set = restoredParameters(setOf(wish('messages.send_window', 10)), records);
      return [set.version, valueAt(set, base, 'messages.send_window', 1)];
    };
    assert.deepEqual(restored(record(5n, 1n, 50, true), record(7n, 5n, 70, true)), [7n, 70]);
    assert.deepEqual(restored(record(5n, 1n, 50, false), record(7n, 1n, 70, null)), [1n, 10]);
    assert.deepEqual(restored(record(1n, 0n, 5, true)), [1n, 10], 'that was kept already');
  });

  it('P1: a configuration with the values in their places; of nothing set, the configuration itself', () => {
    const config = sample();
    assert.equal(configWith(config, NOTHING_SET), config);
    const { heartbeat, messageParameters } = configWith(
      config,
      setOf(wish('heartbeat.interval', 50_000), wish('messages.retry_timer', 700), wish('messages.send_window', 9, { node: 2 })),
    );
    assert.deepEqual([heartbeat.intervalUs, heartbeat.timeoutUs, heartbeat.packets], [50_000, 500_000, 10]);
    assert.deepEqual([messageParameters.retryTimerUs, messageParameters.sendWindow], [700, config.messageParameters.sendWindow]);
    assert.deepEqual(timingBetween(NOTHING_SET, base, 1, 2), timingOfCluster(NOTHING_SET, base));
  });
});
