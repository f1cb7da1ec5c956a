// The owner of the address ends, each way that an owner can end; a client counts the time without answers.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Daemon } from '../../lib/demo/daemon.ts';
import { interfaceName, nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import type { RuntimeStatus } from '../../lib/runtime/types.ts';
import { ADDRESS, DEFAULTS, story } from './support/scene.ts';

/** A queue of 60 ms, and of 30 ms more: the burst, which counts as much in its limit. */
const SLOW = ['rate', '400kbit', 'burst', '1540', 'latency', '60ms'];
const FULL_MS = 80;
/** So long that the queue leaves most of it. */
const LONG_LEASE = { intervalUs: 50_000, timeoutUs: 600_000 };

const egressMsOf = ({ addresses }: RuntimeStatus): number => addresses[0]?.egressMs ?? 0;

/** The process id of a daemon's guardian. */
function guardianOf(daemon: Daemon): number {
  const pid = String(daemon.pid);
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  const guardian = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('heartwire-guard'));
  assert.ok(guardian, 'the daemon has a guardian');
  return Number(guardian);
}

describe('the owner', () => {
  story('is silenced: a successor answers before any ballot, and the old owner has let go', {}, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    await scene.onlyHolder(next);
    const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
    await scene.audit(rest);

    await scene.stage.heal();
    const healed = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(healed.manager, next, 'nobody is displaced');
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[old, next]],
      'no answer of the old owner after the first of the new one',
    );
    await scene.takenOverByOrders(next);
  });

  for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const) {
    story(
      `dies of ${signal}: its guardian takes the address off and says so, and the restarted node displaces nobody`,
      {},
      async (scene) => {
        const client = await scene.client();
        const old = scene.formed.manager;
        await scene.cluster.daemon(old).end(signal);
        const next = await scene.nextOwner(client, old);
        await scene.onlyHolder(next); // no orphan
        const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
        await scene.audit(rest);
        await scene.cluster.start(old);
        const after = await scene.audit(scene.cluster.plan.nodes);
        assert.equal(after.manager, next, 'a newcomer displaces nobody');
        const [change, ...more] = ownerChanges(await scene.endClient());
        assert.ok(change !== undefined);
        assert.deepEqual([change.from, change.to, more], [old, next, []]);
        process.stdout.write(`      the client was without an answer for ${(change.gapNs / 1e6).toFixed(2)} ms\n`);
      },
    );
  }

  story('is stopped while its answers wait in its egress queue: its lease ends by so much earlier', LONG_LEASE, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    // Slower than it answers: its answers alone fill the queue, and every one waits as long as the queue is.
    await scene.stage.run(nodeName(old), ['tc', 'qdisc', 'add', 'dev', interfaceName(0), 'root', 'tbf', ...SLOW]);
    await waitFor('what waits in the status', async () => egressMsOf(await scene.cluster.daemon(old).status()) > FULL_MS, {
      deadlineMs: 20_000,
    });
    assert.ok(scene.cluster.daemon(old).kill('SIGSTOP'));
    const next = await scene.nextOwner(client, old);
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[old, next]],
      'no answer of the old owner after the first of the new one',
    );
    assert.ok(scene.cluster.daemon(old).kill('SIGCONT'));
  });

  story('is stopped (SIGSTOP): the kernel lets nothing of the address pass once the lease is over', {}, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const daemon = scene.cluster.daemon(old);
    assert.equal((await daemon.status()).guard.enforcement, 'tcx');
    assert.ok(daemon.kill('SIGSTOP'));
    const next = await scene.nextOwner(client, old);
    await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== old));
    assert.ok(daemon.kill('SIGCONT'));
    const after = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(after.manager, next);
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[old, next]],
      'no answer of the old owner after the first of the new one',
    );
  });

  story('loses its guardian alone: another one stands by within a moment, and that is told', {}, async (scene) => {
    const mark = await scene.now();
    const { manager } = scene.formed;
    const daemon = scene.cluster.daemon(manager);
    process.kill(guardianOf(daemon), 'SIGKILL');
    await scene.told(mark, manager, 'guardian-restarted');
    await scene.nothingMoved(mark);
    await daemon.end('SIGKILL');
    await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== manager));
    await waitFor('the new guardian at work', async () => !(await scene.cluster.holders(ADDRESS)).includes(manager), {
      deadlineMs: 20_000,
    });
  });

  story('is killed together with its guardian: its address stays, and answers nobody; the next start takes it off', {}, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const daemon = scene.cluster.daemon(old);
    const guardian = guardianOf(daemon);
    process.kill(guardian, 'SIGSTOP');
    await daemon.end('SIGKILL');
    process.kill(guardian, 'SIGKILL');
    const next = await scene.nextOwner(client, old);
    const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
    await scene.audit(rest);
    assert.ok((await scene.cluster.holders(ADDRESS)).includes(old), 'nobody is there to take it off');
    await scene.cluster.start(old);
    const after = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(after.manager, next);
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[old, next]],
      'no answer of the old owner after the first of the new one',
    );
  });

  story('ends in good order (SIGTERM): it hands over first, and nobody waits for a time-out', { ...DEFAULTS }, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const mark = await scene.now();
    const exit = await scene.cluster.daemon(old).end('SIGTERM');
    assert.equal(exit.code, 0);
    const next = await scene.nextOwner(client, old);
    assert.equal(next, scene.formed.standby);
    await scene.onlyHolder(next);
    await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== old));
    scene.nobodyFailed(mark);
    const isOffline = async (): Promise<boolean> =>
      (await scene.cluster.status(next)).nodes.find((node) => node.node === old)?.state === 'offline';
    await waitFor('the old owner off line', isOffline, { deadlineMs: 20_000 });
    const changes = ownerChanges(await scene.endClient());
    assert.equal(changes.length, 1);
  });

  story('dies together with the standby: the rest, still a majority, takes over', { stageNodes: 5, timeoutMs: 90_000 }, async (scene) => {
    const client = await scene.client();
    const { manager, standby } = scene.formed;
    await Promise.all([scene.stage.setPorts(manager, false), scene.stage.setPorts(standby, false)]);
    await Promise.all([scene.cluster.daemon(manager).end('SIGKILL'), scene.cluster.daemon(standby).end('SIGKILL')]);
    await waitFor('an owner among the rest', () => scene.others.includes(client.owner ?? 0), { deadlineMs: 20_000 });
    await scene.audit(scene.others);
    await scene.endClient();
  });

  story('does not hear any more, though it is heard', {}, async (scene) => {
    await deafOrMute(scene, 'in');
  });

  story('is not heard any more, though it hears', {}, async (scene) => {
    await deafOrMute(scene, 'out');
  });

  async function deafOrMute(scene: Parameters<Parameters<typeof story>[2]>[0], lost: 'in' | 'out'): Promise<void> {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.fault({ kind: 'one-way', node: old, lost });
    const next = await scene.nextOwner(client, old);
    await scene.onlyHolder(next);
    await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== old));
    await scene.stage.heal();
    await scene.audit(scene.cluster.plan.nodes);
    assert.equal(ownerChanges(await scene.endClient())[0]?.to, next);
  }
});
