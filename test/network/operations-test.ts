// Atomic operations on real nodes (V5): programs in three namespaces propose, vote and apply; nodes die while they do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { wakefulLatencyUs } from '../../lib/runtime/wakeful-latency.ts';
import { programStory } from './support/programs.ts';

/** What all of this machine ask for, us; null: it cannot be asked for. */
function latencyUs(): number | null {
  try {
    return readFileSync('/dev/cpu_dma_latency').readInt32LE();
  } catch {
    return null;
  }
}

describe('operations (V5)', () => {
  programStory('are applied by all in one order, from whichever node; one no aborts them everywhere', [1, 2, 3], async (programs) => {
    const wishes = [1, 2, 3].flatMap((node) =>
      Array.from({ length: 20 }, (_, index) =>
        programs.of(node).propose(`${node}.${index}`, { form: index % 2 === 0 ? 'two-phase' : 'three-phase' }),
      ),
    );
    const answers = await Promise.all(wishes);
    assert.deepEqual(
      answers.filter(({ code }) => code !== null),
      [],
    );
    const order = await programs.agree([1, 2, 3], 60);
    assert.equal(new Set(order).size, 60);
    await programs.of(2).vote('no');
    const refused = await programs.of(3).propose('refused');
    assert.equal(refused.code, 'HW_OPERATION_ABORTED');
    assert.match(refused.message, /node 2/);
    await programs.of(2).vote('yes');
    assert.equal((await programs.of(1).propose('last')).code, null);
    assert.equal((await programs.agree([1, 2, 3], 61)).at(-1), 'last');
  });

  programStory('keep the CPUs awake while they follow each other, and no longer; or say why not', [1, 2, 3], async (programs) => {
    const before = latencyUs();
    if (before === null) {
      const { stdout } = await programs.command(1, ['status', '--json']);
      const { scheduling } = JSON.parse(stdout) as { readonly scheduling: { readonly keepAwake: { readonly reason: string | null } } };
      return assert.match(scheduling.keepAwake.reason ?? '', /cpu_dma_latency/);
    }
    const awakeUs = Math.min(before, wakefulLatencyUs());
    const measured = programs.of(1).measure({ count: 5000, inFlight: 1, bytes: 10, options: {} });
    await waitFor('CPUs that are kept awake', () => latencyUs() === awakeUs, { deadlineMs: 20_000 });
    await measured;
    await waitFor('CPUs that sleep as they like', () => latencyUs() === before, { deadlineMs: 20_000 });
  });

  programStory('go on without a coordinator that is killed, and without the manager', [1, 2, 3], async (programs) => {
    assert.equal((await programs.of(1).propose('before')).code, null);
    await programs.of(2).vote('never'); // so that the operation of node 3 is undecided when it dies
    programs.of(3).order({ do: 'propose', id: 1000, data: 'orphan', options: {} });
    const isAsked = async (): Promise<boolean> =>
      (await programs.progress(2, 2)).progress?.protocols[0]?.waitsFor === 'the vote of its program on story';
    await waitFor('node 2 to think about it', isAsked, { deadlineMs: 20_000 });
    await programs.of(2).vote('yes'); // on what comes next
    const pending = programs.of(1).propose('behind', { timeoutMs: 60_000 });
    await programs.of(3).end('SIGKILL');
    assert.equal((await pending).code, null);
    assert.deepEqual(await programs.agree([1, 2], 2), ['before', 'behind']);
  });

  programStory('that are durable survive the death of all, and are replayed to a program that lost them', [1, 2, 3], async (programs) => {
    for (const data of ['a', 'b', 'c']) assert.equal((await programs.of(2).propose(data, { durable: true })).code, null);
    await programs.agree([1, 2, 3], 3);
    const [kept] = programs.of(3).applied;
    await Promise.all([1, 2, 3].map((node) => programs.of(node).end('SIGKILL')));
    await Promise.all([programs.start(1, '0'), programs.start(2), programs.start(3, kept?.number)]);
    assert.equal((await programs.of(2).propose('d', { durable: true, timeoutMs: 15_000 })).code, null);
    assert.deepEqual(await programs.agree([1], 4), ['a', 'b', 'c', 'd'], 'node 1 had kept nothing');
    assert.deepEqual(await programs.agree([2], 1), ['d'], 'node 2 says that it has kept all');
    assert.deepEqual(await programs.agree([3], 3), ['b', 'c', 'd'], 'node 3 had kept the first');
  });

  programStory('in a minority come to nothing there, or are known once it is back', [1, 2, 3], async (programs, stage) => {
    assert.equal((await programs.of(1).propose('before')).code, null);
    await programs.agree([1, 2, 3], 1);
    await stage.setPorts(3, false);
    const alone = programs.of(3).propose('alone', { timeoutMs: 1500 });
    assert.equal((await programs.of(1).propose('majority', { timeoutMs: 15_000 })).code, null);
    const { code } = await alone;
    assert.ok(code === 'HW_OUTCOME_UNKNOWN' || code === 'HW_REFUSED', String(code));
    await stage.heal();
    assert.equal((await programs.of(2).propose('after', { timeoutMs: 15_000 })).code, null);
    const order = await programs.agree([1, 2], 3);
    await programs.agree([3], order.length);
    assert.deepEqual(
      programs.of(3).applied.map(({ data }) => data),
      order,
      'the one that was away has what it missed, in order',
    );
  });
});
