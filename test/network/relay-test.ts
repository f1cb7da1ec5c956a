// X4: two nodes that hear each other on no network, while both hear the third: nobody is lost, and what they say to each
// other goes through it.
import assert from 'node:assert/strict';
import { nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, story, type Scene } from './support/scene.ts';

describe('a partial mesh (X4)', () => {
  story('of manager and standby: nothing moves, status says via whom, a planned move works', {}, async (scene) => {
    const { manager, standby } = scene.formed;
    const [third] = scene.others as [number];
    const mark = await scene.now();
    await cut(scene, manager, standby);
    await waitFor(
      'both to say via whom',
      async () => {
        const seen = [await via(scene, manager, standby), await via(scene, standby, manager)];
        return String(seen) === String([third, third]);
      },
      { deadlineMs: 20_000 },
    );
    const screen = await scene.cluster.daemon(manager).command(['status']);
    assert.match(screen.stdout, new RegExp(`via ${nodeName(third)}`));
    await scene.nothingMoved(mark);
    scene.nobodyFailed(mark);

    assert.equal((await scene.cluster.daemon(manager).command(['move', '--to', nodeName(standby)])).code, 0);
    const moved = await scene.audit();
    assert.equal(moved.manager, standby);
    scene.nobodyFailed(mark);

    await scene.stage.heal();
    await waitFor(
      'both to hear each other',
      async () => {
        return (await via(scene, manager, standby)) === null && (await via(scene, standby, manager)) === null;
      },
      { deadlineMs: 20_000 },
    );
    const healed = await scene.audit();
    assert.deepEqual([healed.manager, healed.standby], [moved.manager, moved.standby]);
    scene.nobodyFailed(mark);
  });

  story(
    'whose third node dies: nobody owns the address twice, and its return makes one owner, which the cut-off node joins when it heals',
    {},
    async (scene) => {
      const { manager, standby } = scene.formed;
      const [third] = scene.others as [number];
      const client = await scene.client();
      await cut(scene, manager, standby);
      await waitFor('a relay', async () => (await via(scene, manager, standby)) === third, { deadlineMs: 20_000 });
      await scene.cluster.daemon(third).end('SIGKILL');
      await waitFor('no holder', async () => (await scene.cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
      await scene.cluster.start(third);
      // Either of the two that cannot hear each other, with the third: never both.
      const holders = async (): Promise<number[]> => scene.cluster.holders(ADDRESS);
      let held: number[] = [];
      await waitFor('a holder', async () => (held = await holders()).length > 0, { deadlineMs: 20_000 });
      assert.equal(held.length, 1, 'one of the two that are cut off from each other holds nothing');
      await scene.stage.heal();
      const formed = await scene.audit();
      await waitFor('answers', () => client.owner === formed.manager, { deadlineMs: 20_000 });
      for (const { to } of ownerChanges(await scene.endClient())) assert.ok(scene.cluster.plan.nodes.includes(to));
    },
  );
});

async function cut(scene: Scene, one: number, other: number): Promise<void> {
  await scene.stage.fault({ kind: 'partition', groups: [[nodeName(one)], [nodeName(other)]] });
}

/** Who passes on, on this node's status, what comes from `peer`; null: nobody. */
async function via(scene: Scene, node: number, peer: number): Promise<number | null> {
  const { links } = await scene.cluster.status(node);
  const paths = links.flatMap((link) => link.peers).filter((path) => path.node === peer);
  return paths.find((path) => path.via !== null)?.via ?? null;
}
