// The cluster falls into parts, and comes together again.
import assert from 'node:assert/strict';
import { nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, story, type Scene } from './support/scene.ts';

describe('a partition', () => {
  story('cuts off the manager: the majority goes on, the minority says so, and they merge', {}, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
    await part(scene, [old], [...rest.map(nodeName), 'client']);
    const next = await scene.nextOwner(client, old);
    await scene.onlyHolder(next);
    await scene.audit(rest);
    await waitFor('the cut-off manager without a majority', async () => (await scene.cluster.status(old)).quorum.quorate === false, {
      deadlineMs: 20_000,
    });

    await scene.stage.heal();
    const merged = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(merged.manager, next, 'the part with the majority and the higher epoch wins');
    assert.deepEqual(
      ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]),
      [[old, next]],
    );
  });

  story('cuts off a client node: nothing moves, it waits, and it comes back', {}, async (scene) => {
    const client = await scene.client();
    const [node] = scene.others as [number];
    const { manager, standby } = scene.formed;
    const mark = await scene.now();
    await part(scene, [node], [nodeName(manager), nodeName(standby), 'client']);
    await waitFor('a node that is unmanaged', async () => (await scene.cluster.status(node)).self.role === 'unmanaged', {
      deadlineMs: 20_000,
    });
    await scene.audit([manager, standby]);
    await scene.stage.heal();
    await scene.stayed(mark);
    assert.equal(client.owner, manager);
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
  });

  story('leaves no majority: nobody holds the address, and one owner has it again afterwards', {}, async (scene) => {
    const client = await scene.client();
    await scene.stage.fault({ kind: 'partition', groups: [['node1'], ['node2'], ['node3']] });
    await waitFor('no holder', async () => (await scene.cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
    await scene.stage.heal();
    const healed = await scene.audit();
    await waitFor('answers', () => client.owner === healed.manager, { deadlineMs: 20_000 });
    await scene.endClient();
  });
});

async function part(scene: Scene, alone: readonly number[], others: readonly string[]): Promise<void> {
  await scene.stage.fault({ kind: 'partition', groups: [alone.map(nodeName), others] });
}
