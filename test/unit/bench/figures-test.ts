// The benches' arithmetic, on runs small enough to count by hand: a proof is worth what its counting is worth.
import assert from 'node:assert/strict';
import { mistakesIn } from '../../../bench/detector/mistakes.ts';
import type { Verdict } from '../../../bench/detector/watcher.ts';
import { answersAfter, changesIn } from '../../../bench/failover/observers.ts';
import { figure, quantile, spreadOf } from '../../../bench/support/figures.ts';
import { chosen } from '../../../bench/support/results.ts';
import type { ClientSummary } from '../../../lib/demo/vip-client.ts';

type AnswerRun = ClientSummary['runs'][number];

const MS = 1e6;
const run = (node: number, firstMs: number, lastMs: number, saidMs: number = lastMs): AnswerRun => ({
  node,
  answers: 10,
  firstNs: firstMs * MS,
  lastNs: lastMs * MS,
  saidNs: saidMs * MS,
});
const seen = (...runs: AnswerRun[]): ClientSummary => ({ sent: 0, sendErrors: 0, answered: 0, lateNsMax: 0, runs });
const ever = Number.MAX_SAFE_INTEGER;

describe('bench: figures', () => {
  it('takes quantiles by nearest rank', () => {
    assert.equal(quantile([], 0.5), null);
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
    assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
    assert.deepEqual(spreadOf([3, 1, 2]), { min: 1, median: 2, p99: 3, max: 3 });
    assert.equal(spreadOf([]), null);
    assert.deepEqual([0.126, 12.34, 1234, null].map(figure), ['0.13', '12.3', '1234', '-']);
  });

  it('chooses by parts of names, and knows when there is none', () => {
    const all = [{ name: 'silent' }, { name: 'silent, loaded' }];
    assert.equal(chosen(all, 'silent').length, 2);
    assert.deepEqual(chosen(all, '=silent'), [{ name: 'silent' }]);
    assert.throws(() => chosen(all, 'nosuch'), /nothing is called nosuch; there are: silent; silent, loaded/);
  });
});

describe('bench: answers of an old owner', () => {
  const after = (runs: AnswerRun[], untilMs = ever): ReturnType<typeof answersAfter> => answersAfter(1, [seen(...runs)], 100 * MS, untilMs);

  it('are none before the new one has answered, or of others', () => {
    assert.deepEqual(after([run(1, 0, 99), run(2, 100, 200)]), { answers: 0, forMs: 0, queuedMs: 0 });
  });

  it('are counted in a run that begins before and ends after it', () => {
    assert.deepEqual(after([run(1, 60, 110)]), { answers: 2, forMs: 10, queuedMs: 0 });
  });

  it('are counted whole in a run after it', () => {
    assert.deepEqual(after([run(1, 150, 160)]), { answers: 10, forMs: 60, queuedMs: 0 });
  });

  it('that were given before and came late are told apart, and are no move', () => {
    const runs = [run(1, 0, 90), run(2, 100, 101), run(1, 102, 103, 95), run(2, 104, 200)];
    assert.deepEqual(after(runs), { answers: 0, forMs: 0, queuedMs: 3 });
    assert.equal(changesIn(seen(...runs), 1, 100 * MS), 1);
    assert.equal(changesIn(seen(...runs.map((each) => ({ ...each, saidNs: each.lastNs }))), 1, 100 * MS), 3);
  });

  it('are its right once it has taken the address again', () => {
    assert.deepEqual(after([run(1, 150, 160)], 140 * MS), { answers: 0, forMs: 0, queuedMs: 0 });
  });
});

describe('bench: mistakes of a detector', () => {
  const verdict = (alive: boolean, atMs: number, about = 2, by = 1): Verdict => ({ alive, by, about, atNs: atMs * MS });

  it('last until they are corrected by the same node, or to the end', () => {
    const said = [verdict(true, 1), verdict(false, 10), verdict(true, 12, 2, 3), verdict(true, 15), verdict(false, 90)];
    const found = mistakesIn(said, [], 5 * MS, 100 * MS);
    assert.deepEqual(
      found.map(({ atNs, durationMs }) => [atNs / MS, durationMs]),
      [
        [10, 5],
        [90, 10],
      ],
    );
  });

  it('are none about a node that was silent, nor outside the watch', () => {
    const silences = [{ node: 2, fromNs: 8 * MS, untilNs: 12 * MS }];
    assert.deepEqual(mistakesIn([verdict(false, 10)], silences, 5 * MS, 100 * MS), []);
    assert.equal(mistakesIn([verdict(false, 10, 3)], silences, 5 * MS, 100 * MS).length, 1, 'another one was not silent');
    assert.deepEqual(mistakesIn([verdict(false, 4), verdict(false, 101)], [], 5 * MS, 100 * MS), []);
  });
});
