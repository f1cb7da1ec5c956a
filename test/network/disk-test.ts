// Two nodes and a shared disk (X9): the disk is the third vote where one of the two is silent, and holds up nobody.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { nodeName, SWITCH } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, QUICK, story, type Scene, type SceneOptions } from './support/scene.ts';
import { BACKING, DISK, makeDisk, prepareDisk } from './support/shared-disk.ts';

const PAIR = [1, 2] as const;
const options: SceneOptions = {
  stageNodes: 2,
  fields: { ...QUICK.fields, disk: { device: DISK, timeout: '1s' } },
  timeoutMs: 90_000,
  prepare: async (stage, cluster) => {
    await makeDisk(stage);
    await prepareDisk(stage, cluster);
  },
};

describe('two nodes and a shared disk', () => {
  story('the owner is silenced: the other one takes the address with the disk, and keeps it', options, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    await onlyHolder(scene, next);
    await scene.takenOverByOrders(next);
    assert.equal((await diskOf(scene, next)).device, DISK);
    const holds = async (): Promise<boolean> => {
      const disk = await diskOf(scene, next);
      return disk.error === null && disk.holds;
    };
    await waitFor('a disk that holds for it', holds, { deadlineMs: 20_000 });
    const mark = (await scene.cluster.status(next)).nowMs;
    await waitFor('three leases of the disk', async () => (await scene.cluster.status(next)).nowMs > mark + 3000, { deadlineMs: 20_000 });
    // Its own word: the old owner may tell of its loss late.
    const { events } = scene.cluster.daemon(next);
    assert.ok(events.every(({ event, atMs }) => event !== 'quorum-lost' || atMs < mark));
    await scene.stage.heal();
    const healed = await scene.audit();
    assert.equal(healed.manager, next, 'nobody is displaced');
    await isFree(scene);
    const changes = ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]);
    assert.deepEqual(changes, [[old, next]]);
  });

  story('the owner is killed and comes back: one owner all the time', options, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.cluster.daemon(old).end('SIGKILL');
    const next = await scene.nextOwner(client, old);
    await onlyHolder(scene, next); // no orphan
    await scene.cluster.start(old);
    assert.equal((await scene.audit(PAIR)).manager, next);
    // Both are gone, and the one that comes first finds what it needs on the disk.
    for (const node of PAIR) await scene.cluster.daemon(node).end('SIGKILL');
    await scene.cluster.start(old);
    await onlyHolder(scene, old, 20_000);
    await scene.cluster.start(next);
    assert.equal((await scene.audit(PAIR)).manager, old);
    await scene.endClient();
  });

  story('the nodes are cut off from each other: exactly one serves', options, async (scene) => {
    await scene.client();
    const { manager, standby } = scene.formed;
    await scene.stage.fault({ kind: 'partition', groups: [[nodeName(manager)], [nodeName(standby)]] });
    const holds = await waitFor('one that the disk holds for, and the address at it only', () => holderByDisk(scene), {
      deadlineMs: 20_000,
    });
    const mark = (await scene.cluster.status(holds)).nowMs;
    await waitFor('three leases of the disk', async () => (await scene.cluster.status(holds)).nowMs > mark + 3000, { deadlineMs: 20_000 });
    assert.deepEqual(await scene.cluster.holders(ADDRESS), [holds]);
    await scene.stage.heal();
    assert.equal((await scene.audit()).manager, holds);
    await isFree(scene);
    const changes = ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]);
    assert.deepEqual(changes, holds === manager ? [] : [[manager, holds]]);
  });

  story('the disk is lost: nothing moves and both say so; then the owner falls silent, and nobody has it', options, async (scene) => {
    const { manager, standby } = scene.formed;
    await scene.client();
    const mark = await scene.now();
    await scene.stage.run(SWITCH, [
      'sh',
      '-c',
      `head -c 12288 /dev/urandom | dd of=${DISK} bs=4096 conv=notrunc oflag=direct iflag=fullblock`,
    ]);
    for (const node of PAIR)
      await waitFor('a disk that fails', async () => (await diskOf(scene, node)).error !== null, { deadlineMs: 20_000 });
    await scene.nothingMoved(mark);
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
    const { degraded } = await scene.cluster.status(standby);
    assert.ok(degraded.some(({ reason, message }) => reason === 'disk-fails' && /torn, or not written by Heartwire/.test(message)));

    await scene.stage.setPorts(manager, false);
    await waitFor('no holder', async () => (await scene.cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
    await waitFor('a node without a manager', async () => (await scene.cluster.status(standby)).self.role === 'unmanaged', {
      deadlineMs: 20_000,
    });
    await prepareDisk(scene.stage, scene.cluster, '--force');
    await onlyHolder(scene, standby, 20_000);
  });

  story('the disk hangs: the owner that needs it stops in time, and beats go on', frozen(options), async (scene) => {
    // Only root may mount the file system that hangs.
    if (!existsSync(scene.stage.sandbox.path(`${FREEZER}/backing`))) return assert.ok(!scene.stage.sandbox.privileged);
    const { manager, standby } = scene.formed;
    await scene.stage.run(SWITCH, ['fsfreeze', '--freeze', FREEZER]);
    try {
      await scene.stage.setPorts(standby, false);
      await waitFor('no holder', async () => (await scene.cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
      await waitFor('an owner that says why', async () => /has not come back/.test((await diskOf(scene, manager)).error ?? ''), {
        deadlineMs: 20_000,
      });
      await scene.stage.heal();
      // With the grants of the other node, whoever is quicker: beats and JavaScript have gone on.
      await waitFor('one holder', async () => (await scene.cluster.holders(ADDRESS)).length === 1, { deadlineMs: 20_000 });
    } finally {
      await scene.stage.run(SWITCH, ['fsfreeze', '--unfreeze', FREEZER]);
    }
    await waitFor('a disk that answers', async () => (await diskOf(scene, manager)).error === null, { deadlineMs: 20_000 });
    await scene.audit();
  });
});

const FREEZER = '/run/heartwire/freezer';

/** The disk is a file on a file system that can be frozen: then writes hang. */
function frozen(plan: SceneOptions): SceneOptions {
  return {
    ...plan,
    prepare: async (stage, cluster) => {
      const file = `${FREEZER}/backing`;
      const make = `truncate -s 8M ${BACKING} && mkdir ${FREEZER} && mkfs.ext4 -q ${BACKING} && mount -o loop ${BACKING} ${FREEZER}`;
      await stage.run(SWITCH, ['sh', '-c', `{ ${make}; } && truncate -s 1M ${file} && ln -s ${file} ${DISK} || true`]);
      if (!existsSync(stage.sandbox.path(file))) await makeDisk(stage);
      await prepareDisk(stage, cluster);
    },
  };
}

async function diskOf(scene: Scene, node: number): Promise<NonNullable<Awaited<ReturnType<Scene['cluster']['status']>>['quorum']['disk']>> {
  const { disk } = (await scene.cluster.status(node)).quorum;
  assert.ok(disk !== null);
  return disk;
}

async function whoHas(scene: Scene): Promise<number[]> {
  const held = await Promise.all(PAIR.map(async (node) => ((await diskOf(scene, node)).holds ? [node] : [])));
  return held.flat();
}

/** The one that the disk holds for, and that alone has the address; null: not so yet. */
async function holderByDisk(scene: Scene): Promise<number | null> {
  const [holds, ...more] = await whoHas(scene);
  if (holds === undefined || more.length > 0) return null;
  return String(await scene.cluster.holders(ADDRESS)) === String(holds) ? holds : null;
}

/** Both live: the disk is free for whoever will need it. */
async function isFree(scene: Scene): Promise<void> {
  await waitFor('a disk that holds for nobody', async () => (await whoHas(scene)).length === 0, { deadlineMs: 20_000 });
}

async function onlyHolder(scene: Scene, node: number, deadlineMs = 20_000): Promise<void> {
  const one = async (): Promise<boolean> => String(await scene.cluster.holders(ADDRESS)) === String(node);
  await waitFor(`the address at ${nodeName(node)} only`, one, { deadlineMs });
}
