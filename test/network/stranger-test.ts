// Others on the wire: a node with a wrong key, another cluster, another cluster of the same name.
import assert from 'node:assert/strict';
import { StagedCluster } from '../../lib/demo/staged-cluster.ts';
import { networkAddress } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, plan, story, type Scene } from './support/scene.ts';

const OTHER_ADDRESS = networkAddress(0, 150);

describe('a stranger', () => {
  story('with a wrong key never joins, is counted, and harms nobody', { startNodes: [1, 2] }, async (scene) => {
    const mark = await scene.now();
    const liar = new StagedCluster(scene.stage, { ...scene.cluster.plan, addresses: [] }, 'liar');
    await liar.start(3);
    await waitFor('rejected frames counted', async () => (await rejected(scene, 1)) > 3 && (await rejected(scene, 2)) > 3, {
      deadlineMs: 20_000,
    });
    const { self } = await liar.status(3);
    assert.equal(self.role, 'unmanaged');
    const status = await scene.cluster.status(1);
    assert.notEqual(status.nodes.find((node) => node.node === 3)?.state, 'member');
    await scene.nothingMoved(mark);
    await scene.audit([1, 2]);
  });

  story(
    'is a cluster of another name on the same wires: both form, and neither sees the other',
    { stageNodes: 6, nodes: [1, 2, 3], timeoutMs: 90_000 },
    async (scene) => {
      await besides(scene, 'other');
    },
  );

  story(
    'is a cluster of the same name with another key: both form',
    { stageNodes: 6, nodes: [1, 2, 3], timeoutMs: 90_000 },
    async (scene) => {
      await besides(scene, scene.cluster.plan.name);
    },
  );
});

async function besides(scene: Scene, name: string): Promise<void> {
  const mark = await scene.now();
  const other = new StagedCluster(scene.stage, { ...plan({}, 6), name, nodes: [4, 5, 6], addresses: [`${OTHER_ADDRESS}/24`] }, 'second');
  await other.startAll();
  const formed = await other.formed();
  const isThere = async (): Promise<boolean> => String(await other.holders(OTHER_ADDRESS)) === String(formed.manager);
  await waitFor('its own address at its own manager', isThere, { deadlineMs: 20_000 });
  await scene.nothingMoved(mark);
  await scene.audit([1, 2, 3], [ADDRESS]);
  const status = await scene.cluster.status(1);
  assert.deepEqual(
    status.nodes.filter((node) => node.state === 'member').map((node) => node.node),
    [1, 2, 3],
  );
}

/** Frames that a node threw away since their tag was wrong or their key unknown. */
async function rejected(scene: Scene, node: number): Promise<number> {
  const status = await scene.cluster.status(node);
  return (status as { rejected?: Record<string, number> }).rejected?.['tag'] ?? 0;
}
