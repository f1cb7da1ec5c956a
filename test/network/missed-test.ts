// Much that a member has missed (V5, V6), on real programs: more than a message carries, more than is remembered for those that
// say nothing, and what the others forget as they start anew.
import assert from 'node:assert/strict';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { familyOf, signalAll } from './support/machine.ts';
import { type Programs, programStory } from './support/programs.ts';

const NODES = [1, 2, 3];
const LONG_BYTES = 60_000;
const LONG = 40;
const MANY = 3000;
const AT_ONCE = 100;

/** All of them, some at a time. */
async function propose(programs: Programs, at: number, data: readonly string[], durable = false): Promise<void> {
  for (let from = 0; from < data.length; from += AT_ONCE) {
    const some = data.slice(from, from + AT_ONCE).map((each) => programs.of(at).propose(each, { durable, timeoutMs: 15_000 }));
    for (const { code, message } of await Promise.all(some)) assert.equal(code, null, message);
  }
}

const named = (name: string, count: number, bytes = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index} ${'x'.repeat(bytes)}`);

/** A client that has said so, and stands still. */
async function stopOne(
  programs: Programs,
): Promise<{ readonly away: number; readonly others: readonly number[]; comesBack(): Promise<void> }> {
  const manager = await programs.manager();
  const away = [3, 2].find((node) => node !== manager) ?? 0;
  const paused = await programs.command(away, ['pause', '--for', '120s', '--reason', 'migration-out']);
  assert.equal(paused.code, 0, paused.stderr);
  const machine = familyOf(programs.of(away).pid);
  signalAll(machine, 'SIGSTOP');
  const comesBack = async (): Promise<void> => {
    signalAll(machine, 'SIGCONT');
    const resumed = await programs.command(away, ['resume']);
    assert.equal(resumed.code, 0, resumed.stderr);
  };
  return { away, others: [...programs.members.keys()].filter((node) => node !== away), comesBack };
}

async function hasBeenTold(programs: Programs, node: number): Promise<boolean> {
  const { stdout } = await programs.command(node, ['events', '--recent', '1000']);
  return stdout.includes('operations-missed');
}

describe('what a member has missed, however much (V6)', () => {
  programStory('after a pause: long operations and many, each once, in order', NODES, async (programs) => {
    await propose(programs, 1, ['before']);
    const { away, others, comesBack } = await stopOne(programs);
    const [first = 0] = others;
    await propose(programs, first, named('long', LONG, LONG_BYTES));
    await propose(programs, first, named('short', MANY));
    await comesBack();
    await propose(programs, away, ['after']);
    const order = await programs.agree(NODES, 2 + LONG + MANY);
    assert.deepEqual([order.length, order.at(-1)], [2 + LONG + MANY, 'after']);
    assert.equal(await hasBeenTold(programs, away), false);
  });

  programStory('after a cut, which nobody announced: long and durable operations', NODES, async (programs, stage) => {
    await propose(programs, 1, ['before'], true);
    const manager = await programs.manager();
    const cut = [3, 2].find((node) => node !== manager) ?? 0;
    await stage.setPorts(cut, false);
    await propose(programs, manager, named('long', LONG, LONG_BYTES), true);
    await stage.heal();
    await propose(programs, manager, ['after'], true);
    const order = await programs.agree(NODES, 2 + LONG);
    assert.equal(order.length, 2 + LONG);
  });

  programStory(
    'the others start anew meanwhile, one after the other: whoever comes takes over the queue',
    [1, 2, 3, 4, 5],
    async (programs) => {
      await propose(programs, 1, ['before']);
      const { away, others, comesBack } = await stopOne(programs);
      await propose(programs, others[0] ?? 0, named('meanwhile', 20));
      for (const node of others) {
        await programs.of(node).end('SIGKILL');
        await programs.start(node);
        const goesOn = async (): Promise<boolean> =>
          (await programs.of(node).propose(`restarted ${node}`, { timeoutMs: 3000 })).code === null;
        await waitFor('operations to go on', goesOn, { deadlineMs: 30_000 });
      }
      await comesBack();
      await propose(programs, away, ['after']);
      const data = programs.of(away).applied.map((each) => String(each.data));
      assert.deepEqual([data[0], ...data.filter((each) => each.startsWith('meanwhile'))], ['before', ...named('meanwhile', 20)]);
      assert.equal(await hasBeenTold(programs, away), false);
    },
  );

  programStory('an operation that is longer than a message can be is refused, and hurts nobody', NODES, async (programs) => {
    const longest = 'x'.repeat((1 << 20) - 5);
    for (const node of NODES) {
      assert.equal((await programs.of(node).propose(`${longest}x`)).code, 'HW_MESSAGE_TOO_LONG');
      await propose(programs, node, [longest]);
    }
    assert.equal((await programs.agree(NODES, 3)).length, 3);
  });
});
