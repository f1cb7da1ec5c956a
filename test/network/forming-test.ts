// A cluster forms, grows, and takes nodes back.
import assert from 'node:assert/strict';
import { nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, story } from './support/scene.ts';

/** All three have started before any of them stands for manager. */
const TOGETHER = { fields: { discovery: { unmanaged_period: '4s' } } };

describe('a cluster', () => {
  story('forms of three nodes on two networks, and a client reaches its address', TOGETHER, async (scene) => {
    const client = await scene.client();
    const formed = await scene.audit();
    assert.equal(client.owner, formed.manager);
    assert.equal(formed.manager, 1, 'without a preference the lowest address manages (C4)');
    for (const node of [1, 2, 3]) {
      const status = await scene.cluster.status(node);
      assert.equal(status.self.role, node === 1 ? 'manager' : node === formed.standby ? 'standby' : 'client');
      const ids = status.nodes.map((other) => other.memberId);
      assert.equal(new Set(ids).size, 3, `member ids ${ids.join(', ')}`);
      const hearsAll = async (): Promise<boolean> =>
        (await scene.cluster.status(node)).links.every((link) => link.open && link.carrier && link.peers.every((peer) => peer.up));
      assert.equal(status.links.length, 2);
      await waitFor(`${nodeName(node)} to hear all on both`, hearsAll, { deadlineMs: 20_000 });
    }
    await scene.endClient();
  });

  story('takes a node back that was killed: as a client, it displaces nobody', {}, async (scene) => {
    const { manager } = scene.formed;
    const [node] = scene.others as [number];
    const mark = await scene.now();
    await scene.cluster.daemon(node).end('SIGKILL');
    await waitFor(
      'its failure noted',
      async () => (await scene.cluster.status(manager)).nodes.some((other) => other.node === node && other.state === 'failed'),
      { deadlineMs: 20_000 },
    );
    const boot = (await scene.cluster.status(manager)).self.boot;
    await scene.cluster.start(node);
    await scene.stayed(mark);
    assert.equal((await scene.cluster.status(node)).self.role, 'client');
    assert.equal((await scene.cluster.status(manager)).self.boot, boot);
  });

  story('replaces a standby that fails, and nothing else changes', {}, async (scene) => {
    const client = await scene.client();
    const { manager, standby } = scene.formed;
    const [third] = scene.others as [number];
    const mark = await scene.now();
    await scene.stage.setPorts(standby, false);
    scene.formed = await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== standby));
    assert.deepEqual([scene.formed.manager, scene.formed.standby], [manager, third]);
    await scene.stage.heal();
    await scene.stayed(mark);
    assert.equal(client.owner, manager);
    await scene.endClient();
  });

  story('forgets a failed node after the prune time, and shows it until then', { fields: { prune_time: '4s' } }, async (scene) => {
    const [node] = scene.others as [number];
    await scene.cluster.daemon(node).end('SIGKILL');
    const stateAt = async (): Promise<string | undefined> =>
      (await scene.cluster.status(scene.formed.manager)).nodes.find((other) => other.node === node)?.state;
    await waitFor('failed', async () => (await stateAt()) === 'failed', { deadlineMs: 20_000 });
    // It is configured, so it stays in the list: as a node that is not there.
    await waitFor('pruned', async () => (await stateAt()) === 'absent', { deadlineMs: 20_000, seen: async () => String(await stateAt()) });
  });

  story('starts from one node: no majority, no manager, no address, until a second one comes', { startNodes: [1, 2, 3] }, async (scene) => {
    for (const node of [1, 2, 3]) await scene.cluster.daemon(node).end('SIGTERM');
    assert.deepEqual(await scene.cluster.holders(ADDRESS), []);
    await scene.cluster.start(3);
    await waitFor(
      'a node that says it lacks a majority',
      async () => {
        const { self, quorum } = await scene.cluster.status(3);
        return self.role === 'unmanaged' && quorum.present < quorum.needed;
      },
      { deadlineMs: 20_000 },
    );
    await scene.cluster.start(2);
    const formed = await scene.audit([2, 3]);
    assert.equal(formed.manager, 2, `${nodeName(2)} has the lower address`);
  });
});
