// Members that are away for a while (V1-V7), on real processes: a daemon and its guardian are stopped as a machine is, for 20 s,
// with failure detection at 200 ms.
import assert from 'node:assert/strict';
import type { Exit } from '../../lib/demo/sandbox-process.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { familyOf, signalAll } from './support/machine.ts';
import { type Programs, programStory } from './support/programs.ts';
import { type Scene, story } from './support/scene.ts';

const PAUSE_MS = 20_000;
const V7: readonly string[] = ['node-inactive', 'node-active-again'];

function assertDone({ code, stdout, stderr }: Exit & { readonly stdout: string; readonly stderr?: string }): void {
  assert.equal(code, 0, `${stdout}${stderr ?? ''}`);
}

/** As the node that is asked sees it. */
async function isAway(scene: Scene, node: number, by: number): Promise<boolean> {
  return (await scene.cluster.status(by)).nodes.find((other) => other.node === node)?.away != null;
}

async function isBack(scene: Scene, node: number, by: readonly number[]): Promise<void> {
  const all = async (): Promise<boolean> => !(await Promise.all(by.map((other) => isAway(scene, node, other)))).includes(true);
  await waitFor(`node ${node} to be back in the eyes of ${by.join(', ')}`, all, { deadlineMs: 20_000 });
}

/** The machine stands still for so long. */
async function standStill(): Promise<void> {
  const overMs = performance.now() + PAUSE_MS;
  await waitFor('the end of the pause', () => performance.now() >= overMs, { deadlineMs: 20_000 * PAUSE_MS });
}

describe('a member that is away for a while (V1-V7)', () => {
  story(
    'announced, the standby and a client: they are not missed for 20 s, no role and no address moves',
    { nodes: [1, 2, 3, 4, 5], timeoutMs: 90_000 },
    async (scene) => {
      const { manager, standby } = scene.formed;
      const [client = 0, ...there] = scene.others;
      const away = [standby, client];
      await scene.client();
      const mark = await scene.now();
      for (const node of away) assertDone(await scene.cluster.daemon(node).command(['pause', '--for', '90s', '--reason', 'migration-out']));
      const machines = away.flatMap((node) => familyOf(scene.cluster.daemon(node).pid));
      signalAll(machines, 'SIGSTOP');
      await standStill();
      for (const node of away)
        for (const by of [manager, ...there]) assert.ok(await isAway(scene, node, by), `node ${by} expects node ${node} back`);
      signalAll(machines, 'SIGCONT');
      for (const node of away) assertDone(await scene.cluster.daemon(node).command(['resume']));
      for (const node of away) await isBack(scene, node, scene.cluster.plan.nodes);
      await scene.nothingMoved(mark);
      scene.nobodyFailed(mark);
      for (const node of away) {
        assert.equal((await scene.cluster.status(node)).pausesWithoutNotice, 0, 'it was announced');
        await scene.told(mark, manager, 'node-active-again', (event) => event.node === node);
        const told = scene.cluster.daemon(manager).events.filter((each) => each.node === node && V7.includes(each.event));
        assert.deepEqual(
          told.map(({ event }) => event),
          ['node-inactive', 'node-active-again'],
        );
      }
      await scene.endClient();
    },
  );

  story('announced, the manager: the standby acts for it, and gives management back (V4)', { timeoutMs: 90_000 }, async (scene) => {
    const { manager, standby } = scene.formed;
    const client = await scene.client();
    const mark = await scene.now();
    assertDone(await scene.cluster.daemon(manager).command(['pause', '--for', '90s', '--reason', 'migration-out']));
    await scene.onlyHolder(standby); // moved before the pause
    const machine = familyOf(scene.cluster.daemon(manager).pid);
    signalAll(machine, 'SIGSTOP');
    await standStill();
    assert.equal(client.owner, standby);
    assert.equal((await scene.cluster.status(standby)).manager, standby);
    signalAll(machine, 'SIGCONT');
    assertDone(await scene.cluster.daemon(manager).command(['resume']));
    await waitFor('management to be given back', async () => (await scene.cluster.status(manager)).manager === manager, {
      deadlineMs: 20_000,
    });
    const healed = await scene.audit();
    assert.equal(healed.manager, manager);
    scene.nobodyFailed(mark);
    await scene.endClient();
  });

  story('not announced, the manager: a normal failover, and the returned node does no harm', { timeoutMs: 90_000 }, async (scene) => {
    const { manager } = scene.formed;
    const client = await scene.client();
    const machine = familyOf(scene.cluster.daemon(manager).pid);
    signalAll(machine, 'SIGSTOP');
    const next = await scene.nextOwner(client, manager);
    await standStill();
    signalAll(machine, 'SIGCONT');
    const healed = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(healed.manager, next, 'nobody is displaced');
    // It has found out by itself.
    await scene.told(0, manager, 'paused-without-notice', ({ details }) => Number(details['forMs']) >= PAUSE_MS / 2);
    assert.ok((await scene.cluster.status(manager)).pausesWithoutNotice >= 1);
    assert.ok(!(await isAway(scene, manager, next)), 'and claims no absence');
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[manager, next]],
    );
  });

  story('longer than announced: a normal failure, after the announced time', { timeoutMs: 90_000 }, async (scene) => {
    const { manager } = scene.formed;
    const [third = 0] = scene.others;
    const mark = await scene.now();
    assertDone(await scene.cluster.daemon(third).command(['pause', '--for', '4s', '--reason', 'memory']));
    const machine = familyOf(scene.cluster.daemon(third).pid);
    signalAll(machine, 'SIGSTOP');
    const lost = (): number | null =>
      scene.cluster.daemon(manager).events.find(({ event, node, atMs }) => event === 'client-lost' && node === third && atMs >= mark)
        ?.atMs ?? null;
    const lostMs = await waitFor('the failure', lost, { deadlineMs: 20_000 });
    assert.ok(lostMs - mark >= 4000, `lost after ${lostMs - mark} ms`);
    signalAll(machine, 'SIGCONT');
    await scene.audit(scene.cluster.plan.nodes);
  });
});

describe('operations while a member is away (V5, V6)', () => {
  for (const who of ['a client', 'the manager'] as const) {
    programStory(`${who}: they go on without it, and it has them once, in order, when it is back`, [1, 2, 3], async (programs) => {
      const away = who === 'the manager' ? await programs.manager() : await clientOf(programs);
      const others = [1, 2, 3].filter((node) => node !== away);
      const [first = 0] = others;
      assert.equal((await programs.of(away).propose('before')).code, null);
      assertDone(await programs.command(away, ['pause', '--for', '90s', '--reason', 'migration-out']));
      const machine = familyOf(programs.of(away).pid);
      signalAll(machine, 'SIGSTOP');
      for (let index = 0; index < 50; index++) assert.equal((await programs.of(first).propose(`${index}`)).code, null);
      await standStill();
      const during = programs.of(first).propose('last of the pause');
      assert.equal((await during).code, null);
      signalAll(machine, 'SIGCONT');
      assertDone(await programs.command(away, ['resume']));
      assert.equal((await programs.of(away).propose('after', { timeoutMs: 15_000 })).code, null);
      const order = await programs.agree([1, 2, 3], 53);
      assert.equal(order.at(-1), 'after');
      assert.equal(order.length, 53, 'each once');
    });
  }

  programStory(
    'the manager is killed meanwhile: what was committed before and after that is applied once, in order',
    [1, 2, 3, 4, 5],
    async (programs) => {
      const manager = await programs.manager();
      const away = await clientOf(programs);
      const others = [1, 2, 3, 4, 5].filter((node) => node !== manager && node !== away);
      const [first = 0] = others;
      const commit = async (name: string): Promise<void> => {
        const wishes = Array.from({ length: 20 }, (_, index) => programs.of(first).propose(`${name} ${index}`, { timeoutMs: 20_000 }));
        for (const { code } of await Promise.all(wishes)) assert.equal(code, null);
      };
      await commit('here');
      assertDone(await programs.command(away, ['pause', '--for', '90s', '--reason', 'migration-out']));
      const machine = familyOf(programs.of(away).pid);
      signalAll(machine, 'SIGSTOP');
      await commit('away');
      const during = commit('while the manager dies');
      await programs.of(manager).end('SIGKILL');
      await during;
      await commit('under another one');
      signalAll(machine, 'SIGCONT');
      assertDone(await programs.command(away, ['resume']));
      assert.equal((await programs.of(away).propose('after', { timeoutMs: 15_000 })).code, null);
      const order = await programs.agree([away, ...others], 81);
      assert.deepEqual([order.length, new Set(order).size, order.at(-1)], [81, 81, 'after']);
    },
  );
});

async function clientOf(programs: Programs): Promise<number> {
  const manager = await programs.manager();
  return [...programs.members.keys()].sort((one, other) => other - one).find((node) => node !== manager) ?? 0;
}
