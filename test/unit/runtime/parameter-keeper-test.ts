// What a node does to its engine and its disk while parameters change (P1-P3), call by call.
import assert from 'node:assert/strict';
import { parameterBaseOf } from '../../../lib/config/parameters.ts';
import { changed, NOTHING_SET, type ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import { ParameterKeeper } from '../../../lib/runtime/parameter-keeper.ts';
import { sample } from '../config/samples.ts';

const base = parameterBaseOf(sample());
const set = (intervalUs: number, version = 1n): ParameterSet =>
  changed(NOTHING_SET, [{ name: 'heartbeat.interval', node: null, pair: null, value: intervalUs }], version);
const SLOW = set(10 * base['heartbeat.interval']);

class Bench {
  readonly calls: string[] = [];
  readonly answers: { ok: boolean; reason: string }[] = [];
  problem: string | null = null;
  diskFails = false;
  overdue: () => void = () => undefined;
  token = 0;
  readonly keeper: ParameterKeeper;

  constructor(kept: ParameterSet = NOTHING_SET) {
    const say = (...words: readonly unknown[]): void => void this.calls.push(words.join(' '));
    const place = { self: 1, base, nicPolicy: 'last' as const, hasOwnLease: false, problemOf: () => this.problem };
    this.keeper = new ParameterKeeper(place, kept, {
      native: {
        setTiming: (intervalUs, timeoutUs, _policy, answerUs) => say('timing', intervalUs, timeoutUs, answerUs),
        setPeer: (node, beat, watch, intervalUs, timeoutUs) => say('peer', node, beat, watch, intervalUs, timeoutUs),
        setMessageParameters: ({ sendWindow }) => say('window', sendWindow),
        confirmTiming: (node, token) => {
          this.token = token;
          say('confirm', node);
        },
      },
      after: (_delayMs, run) => {
        this.overdue = run;
        return () => (this.overdue = () => undefined);
      },
      allowLease: (leaseUs) => {
        if (this.diskFails) throw new Error('full');
        say('on disk: lease', leaseUs);
      },
      setLease: (leaseUs) => say('lease', leaseUs),
      keep: ({ version }) => say('on disk: set', version),
    });
  }

  work(round: number, others: readonly number[] = [2, 3]): void {
    this.keeper.work(round, { set: SLOW, others }, (answer) => this.answers.push(answer));
  }

  taken(): string[] {
    return this.calls.splice(0);
  }
}

const { 'heartbeat.interval': intervalUs } = base;
const timeoutUs = sample().heartbeat.timeoutUs;

describe('parameter keeper', () => {
  it('P1: waits longer first, a lease on disk before it is promised; then beats; then the old waits end, and it is kept', () => {
    const bench = new Bench();
    bench.work(0);
    assert.deepEqual(bench.taken(), [
      `on disk: lease ${10 * timeoutUs}`,
      `lease ${10 * timeoutUs}`,
      `timing ${intervalUs} ${10 * timeoutUs} 0`,
      'window 32',
    ]);
    bench.work(1);
    assert.equal(
      bench
        .taken()
        .filter((call) => call.startsWith('timing'))
        .join(),
      `timing ${10 * intervalUs} ${10 * timeoutUs} 0`,
    );
    assert.equal(bench.answers.length, 1, 'not yet');
    bench.keeper.agreed(2, bench.token);
    bench.keeper.agreed(3, bench.token - 1);
    assert.equal(bench.answers.length, 1, 'an answer to an older question');
    bench.keeper.agreed(3, bench.token);
    assert.deepEqual(bench.answers.at(-1), { ok: true, reason: '' });
    bench.keeper.keep(SLOW);
    assert.equal(bench.taken().at(-1), 'on disk: set 1');
  });

  it('P1: undoes what it has begun, with the waits of old and new while it may still be under way', () => {
    const bench = new Bench(SLOW);
    const quick = set(intervalUs, 2n);
    bench.keeper.work(0, { set: quick, others: [] }, () => undefined);
    bench.keeper.work(1, { set: quick, others: [] }, () => undefined);
    assert.ok(bench.taken().includes(`timing ${intervalUs} ${10 * timeoutUs} 0`), 'quick beats, long waits');
    bench.keeper.undo();
    assert.ok(bench.taken().includes(`timing ${10 * intervalUs} ${10 * timeoutUs} 0`));
    bench.keeper.undo();
    assert.deepEqual(bench.taken(), [], 'nothing is under way');
  });

  it('P1: says so where the node cannot, the disk cannot, or a peer does not apply it in time', () => {
    const bench = new Bench();
    bench.problem = 'net0 carries 1280 bytes';
    bench.work(0);
    assert.deepEqual(bench.answers.at(-1), { ok: false, reason: 'net0 carries 1280 bytes' });
    assert.deepEqual(bench.taken(), []);
    bench.problem = null;
    bench.diskFails = true;
    bench.work(0);
    assert.deepEqual(bench.answers.at(-1), { ok: false, reason: 'full' });
    bench.diskFails = false;
    bench.work(1);
    bench.keeper.agreed(2, bench.token);
    bench.overdue();
    assert.deepEqual(bench.answers.at(-1), { ok: false, reason: 'the beats to 3 could not be changed' });
  });

  it("P2: an announced pause counts before a pair's value, a pair's before the node's own", () => {
    const pair = [{ name: 'heartbeat.interval', node: null, pair: [1, 2], value: 2 * intervalUs }] as const;
    const bench = new Bench(changed(NOTHING_SET, pair, 1n));
    const settings = { type: 'setPeer', node: 2, beat: true, watch: true, beatTimeoutMs: 7, beatPackets: 7, silenceMs: null } as const;
    bench.keeper.setPeer(settings);
    assert.deepEqual(bench.taken(), [`peer 2 true true ${2 * intervalUs} ${2 * timeoutUs}`]);
    bench.keeper.setPeer({ ...settings, silenceMs: 20_000 });
    assert.deepEqual(bench.taken(), [`peer 2 true true ${2 * intervalUs} 20000000`]);
    bench.keeper.setPeer({ ...settings, node: 3 });
    assert.deepEqual(bench.taken(), ['peer 3 true true 1000 7000'], 'what it says of itself');
    bench.keeper.setPeer({ ...settings, node: 3, beatTimeoutMs: null, beatPackets: null });
    assert.deepEqual(bench.taken(), ['peer 3 true true 0 0'], "the cluster's");
  });
});
