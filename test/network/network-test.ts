// A network, a NIC or a direction fails, and no node does: nothing may move.
import assert from 'node:assert/strict';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { DEFAULTS, story, type Scene } from './support/scene.ts';

describe('a network', () => {
  story('falls silent: nothing moves, no message is lost, and status says so', {}, async (scene) => {
    await scene.client();
    const mark = await scene.now();
    await scene.stage.setNetwork(1, false);
    await linksSeenDown(scene, 'b');
    await scene.nothingMoved(mark);
    await scene.stage.heal();
    await waitFor('all links up again', async () => (await downPeers(scene, 'b')) === 0, { deadlineMs: 20_000 });
    await scene.nothingMoved(mark);
    const summary = await scene.endClient();
    assert.deepEqual(ownerChanges(summary), []);
    assert.ok(summary.answered >= summary.sent * 0.99, `${summary.answered} answers to ${summary.sent} questions`);
  });

  story('carried the management: the cluster switches to the other one, and no role changes', {}, async (scene) => {
    const mark = await scene.now();
    await scene.stage.setNetwork(0, false);
    await waitFor(
      'network b active everywhere',
      async () =>
        (await Promise.all(scene.cluster.running.map((node) => scene.cluster.status(node)))).every(
          (status) => status.activeNetwork === 'b',
        ),
      { deadlineMs: 20_000 },
    );
    await scene.nothingMoved(mark);
    await scene.told(mark, scene.formed.manager, 'network-switched');
  });

  story('loses its IP configuration: raw Ethernet keeps the cluster together', { paths: ['udp', 'ethernet'] }, async (scene) => {
    const mark = await scene.now();
    await scene.stage.fault({ kind: 'no-ip' });
    await waitFor(
      'every UDP path down',
      async () => {
        const { links } = await scene.cluster.status(scene.formed.manager);
        const paths = links.flatMap((link) => link.peers.map((peer) => ({ kind: link.kind, up: peer.up })));
        return paths.every((path) => path.up === (path.kind === 'ethernet'));
      },
      { deadlineMs: 20_000 },
    );
    await scene.nothingMoved(mark);
    await scene.stage.heal();
    await scene.audit();
  });
});

describe('one NIC', () => {
  story('of the owner without carrier: nothing moves, since the service network is another', {}, async (scene) => {
    await scene.client();
    const mark = await scene.now();
    await scene.stage.setPorts(scene.formed.manager, false, [1]);
    await scene.told(mark, scene.formed.manager, 'carrier-down');
    await scene.nothingMoved(mark);
    await scene.stage.heal();
    await scene.told(mark, scene.formed.manager, 'carrier-up');
    await scene.nothingMoved(mark);
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
  });

  story('of the owner without carrier, on the service network: the address moves to a node that can serve', {}, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const mark = await scene.now();
    await scene.stage.setPorts(old, false, [0]);
    const next = await scene.nextOwner(client, old);
    await scene.audit();
    await scene.onlyHolder(next);
    await scene.told(mark, old, 'owner-unfit');
    scene.nobodyFailed(mark);
    const { standby } = await scene.cluster.formed();
    assert.notEqual(standby, old, 'what cannot serve does not stand by');
    await scene.stage.heal();
    assert.equal((await scene.audit()).manager, next, 'and it does not move back');
    await scene.endClient();
  });

  for (const [what, fault] of [
    ['dead although it has carrier', { kind: 'black-hole' }],
    ['that sends nothing any more although it hears', { kind: 'one-way', lost: 'out' }],
  ] as const)
    story(`of the owner ${what}, on the service network: the address moves`, {}, async (scene) => {
      const client = await scene.client();
      const old = scene.formed.manager;
      const mark = await scene.now();
      await scene.stage.fault({ ...fault, node: old, networks: [0] });
      const next = await scene.nextOwner(client, old);
      await scene.audit();
      await scene.onlyHolder(next);
      scene.nobodyFailed(mark);
      await scene.told(mark, old, 'owner-unfit');
      await scene.stage.heal();
      assert.equal((await scene.audit()).manager, next, 'and it does not move back');
      await scene.endClient();
    });

  story(
    'of one node after the other without carrier, on the service network: whoever has the seat then, management goes on',
    {},
    async (scene) => {
      const mark = await scene.now();
      // The owner first: it hands over to a node that loses its own carrier meanwhile, or has heard of that in time.
      for (const node of [scene.formed.manager, scene.formed.standby, ...scene.others]) await scene.stage.setPorts(node, false, [0]);
      for (const node of scene.cluster.plan.nodes) await scene.told(mark, node, 'carrier-down');
      await scene.audit();
      scene.nobodyFailed(mark);
      await scene.stage.heal();
      await scene.audit();
    },
  );

  story('of a client node without carrier, on the service network: nothing moves', {}, async (scene) => {
    await scene.client();
    const mark = await scene.now();
    const [node] = scene.others as [number];
    await scene.stage.setPorts(node, false, [0]);
    await scene.told(mark, node, 'carrier-down');
    await scene.nothingMoved(mark);
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
  });
});

describe('frames', () => {
  story('are lost one way between the owner and one client node, on one network: nothing moves', {}, async (scene) => {
    const mark = await scene.now();
    const [peer] = scene.others as [number];
    await scene.stage.fault({ kind: 'one-way', node: scene.formed.manager, lost: 'out', peer, networks: [0] });
    await waitFor('a link seen down', async () => (await downPeers(scene, 'a')) > 0, { deadlineMs: 20_000 });
    await scene.nothingMoved(mark);
  });

  story(
    'are lost, 20 % on both networks for 30 s at the default timings: nobody changes role',
    { ...DEFAULTS, timeoutMs: 90_000 },
    async (scene) => {
      await scene.client();
      const mark = await scene.now();
      await scene.stage.fault({ kind: 'loss', percent: 20 });
      // The time is the story: the state to wait for is that 30 s have gone by.
      await waitFor('30 s', async () => (await scene.now()) - mark > 30_000, { deadlineMs: 40_000, everyMs: 250 });
      await scene.nothingMoved(mark);
      const summary = await scene.endClient();
      const share = summary.answered / summary.sent;
      assert.ok(share > 0.5 && share < 0.75, `answers to ${(share * 100).toFixed(1)} % of the questions; 64 % expected`);
    },
  );
});

async function linksSeenDown(scene: Scene, network: string): Promise<void> {
  const pairs = scene.cluster.running.length * (scene.cluster.running.length - 1);
  await waitFor(`every link on network ${network} seen down by both ends`, async () => (await downPeers(scene, network)) === pairs, {
    deadlineMs: 20_000,
    seen: async () => `${await downPeers(scene, network)} of ${pairs}`,
  });
}

/** How many (node, peer) pairs are down on a network, seen by all nodes. */
async function downPeers(scene: Scene, network: string): Promise<number> {
  const statuses = await Promise.all(scene.cluster.running.map((node) => scene.cluster.status(node)));
  const links = statuses.flatMap((status) => status.links.filter((link) => link.network === network));
  return links.reduce((sum, link) => sum + link.peers.filter((peer) => !peer.up).length, 0);
}
