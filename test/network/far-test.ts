// Nodes that broadcasts do not reach (C14), and paths that are not IP (R10).
import assert from 'node:assert/strict';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { interfaceName, nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { behindRouter } from './support/router.ts';
import { ADDRESS, DEFAULTS, QUICK, story, type Scene } from './support/scene.ts';

const FAR = 4;
const FAR_ADDRESS = '10.9.0.4';
const interfaces = { a: interfaceName(0), b: interfaceName(1) };

describe('a bridged node', () => {
  const nodes = [1, 2, 3].map((node) => ({ name: nodeName(node), id: node, interfaces }));
  const far = { name: nodeName(FAR), id: FAR, interfaces: { a: interfaceName(0) }, bridged: true };
  const fields = { ...QUICK.fields, nodes: [...nodes, far], bridged: [{ address: FAR_ADDRESS }] };

  story(
    'behind a router is found by the manager, is a client for good, and goes on with the successor',
    { stageNodes: 4, startNodes: [1, 2, 3], hosts: ['router'], fields, timeoutMs: 90_000 },
    async (scene) => {
      await behindRouter(scene.stage, FAR, FAR_ADDRESS, [1, 2, 3]);
      await scene.cluster.start(FAR);
      await joined(scene, scene.formed.manager);
      const client = await scene.client();
      const old = scene.formed.manager;
      await scene.stage.setPorts(old, false);
      const next = await scene.nextOwner(client, old);
      await joined(scene, next);
      // The successor has the list: it finds the far node again after a restart.
      await scene.cluster.daemon(FAR).end('SIGTERM');
      await scene.cluster.start(FAR);
      await joined(scene, next);
      await scene.endClient();
    },
  );

  async function joined(scene: Scene, manager: number): Promise<void> {
    const views = async (): Promise<boolean> => {
      const [own, managers] = await Promise.all([scene.cluster.status(FAR), scene.cluster.status(manager)]);
      const entry = managers.nodes.find((node) => node.node === FAR);
      return own.self.role === 'client' && own.manager === manager && entry?.state === 'member' && entry.role === 'client';
    };
    await waitFor(`the far node as a client of ${nodeName(manager)}`, views, { deadlineMs: 20_000 });
  }
});

describe('a serial line', () => {
  const tty = (end: number): string => `${SANDBOX_DIRECTORY}/tty${end}`;
  const fields = { serial: [{ between: [nodeName(1), nodeName(2)], devices: [tty(1), tty(2)] }] };

  story(
    'carries beats and grants when both networks are silent: its two nodes keep the cluster',
    { ...DEFAULTS, fields },
    async (scene) => {
      const { manager, standby } = scene.formed;
      assert.deepEqual([manager, standby].sort(), [1, 2]);
      const line = scene.stage.spawn('switch', ['socat', ...[1, 2].map((end) => `PTY,raw,echo=0,mode=600,link=${tty(end)}`)]);
      await waitFor('beats over the line, both ways', async () => (await hears(scene, 1, 2)) && (await hears(scene, 2, 1)), {
        deadlineMs: 20_000,
      });
      const mark = await scene.now();
      await scene.stage.setNetwork(0, false);
      await scene.stage.setNetwork(1, false);
      await waitFor(
        'the third node missed',
        async () => (await scene.cluster.status(manager)).nodes.find((node) => node.node === 3)?.state === 'failed',
        { deadlineMs: 20_000 },
      );
      const [status, standbys] = await Promise.all([scene.cluster.status(manager), scene.cluster.status(standby)]);
      assert.equal(status.quorum.quorate, true);
      assert.equal(standbys.manager, manager);
      assert.equal(standbys.self.role, 'standby');
      assert.deepEqual(await scene.cluster.holders(ADDRESS), [manager]);
      const lost = scene.cluster.eventsSince(mark).filter((event) => event.event === 'client-lost' || event.event === 'quorum-lost');
      assert.deepEqual([...new Set(lost.filter((event) => event.node !== 3).map((event) => event.event))], []);
      await scene.stage.heal();
      assert.equal((await scene.audit()).manager, manager);
      assert.ok(line.running);
    },
  );

  async function hears(scene: Scene, node: number, peer: number): Promise<boolean> {
    const { links } = await scene.cluster.status(node);
    return links.some((link) => link.name.includes('serial') && link.peers.some((each) => each.node === peer && each.up));
  }
});
