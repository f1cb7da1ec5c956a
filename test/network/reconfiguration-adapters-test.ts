// Adapters and networks that come and go in clusters of every kind (R5, R7): at one node only, the first network of all, without
// IPv4, over raw Ethernet, and where two nodes have a third vote.
import assert from 'node:assert/strict';
import { interfaceName, networkAddress, nodeIds, nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { A, applies, B, C, config, edit, fields, heardOn, hears, type NetworkInFile } from './support/network-changes.ts';
import { CALM, type Scene, story } from './support/scene.ts';
import { DISK, makeDisk, prepareDisk } from './support/shared-disk.ts';

const ON_C = networkAddress(2, 100);
const ADDRESS6 = networkAddress(0, 100, 'ipv6');
const discovery = { unmanaged_period: '400ms' };
const ethernet = (network: NetworkInFile): NetworkInFile => ({ ...network, paths: ['ethernet'] });
const udp6 = (network: NetworkInFile): NetworkInFile => ({ ...network, paths: ['udp6'] });
const of = (more: object): object => ({ ...CALM, networks: 3, ...more });

/** Networks over which `node` is heard by the manager. */
async function networksOf(scene: Scene, node: number): Promise<string> {
  const { links } = await scene.cluster.status(scene.formed.manager);
  const heard = links.filter(({ peers }) => peers.some((peer) => peer.node === node && peer.up));
  return heard.map(({ network }) => network).join(' ');
}

/** No client loses a packet, and nobody's role changes, while `change` is made. */
async function unharmed(scene: Scene, address: string, change: () => Promise<void>): Promise<void> {
  const client = await scene.client(address);
  const mark = await scene.now();
  await change();
  scene.nobodyFailed(mark);
  await scene.nothingMoved(mark);
  assert.equal(client.owner, scene.formed.manager);
  const { sent, answered } = await scene.endClient();
  assert.equal(sent - answered, 0, 'no packet lost');
  await scene.audit(scene.cluster.running, [address]);
}

describe('adapters and networks that come and go, in clusters of every kind (R5, R7)', () => {
  story(
    'an adapter of one node alone goes and comes; the first network of all goes, and the address of another one stays (R5, R7)',
    of({ addresses: [`${ON_C}/24`], fields: { discovery, ...fields([A, B, C]), addresses: [{ address: `${ON_C}/24`, network: 'c' }] } }),
    async (scene) => {
      const [other = 0] = scene.others;
      await hears(scene, '0 a, 1 b, 2 c');
      await unharmed(scene, ON_C, async () => {
        await edit(scene, 'without', fields([A, B, C], { [other]: { b: null } }));
        await applies(scene);
        await waitFor('silence there alone', async () => (await networksOf(scene, other)) === 'a c', { deadlineMs: 20_000 });
        assert.equal(await networksOf(scene, scene.formed.standby), 'a b c', 'the others keep theirs');
        await edit(scene, 'with', fields([A, B, C]));
        await applies(scene);
        await waitFor('beats there again', async () => (await networksOf(scene, other)) === 'a b c', { deadlineMs: 20_000 });

        await edit(scene, 'first', fields([{ ...B, link: 1 }, C]));
        const refused = await config(scene, scene.formed.manager, 'apply', '--yes');
        assert.match(refused.stderr, /network a is the active one; make another one active first: `heartwire network b`/);
        const { code, stderr } = await scene.cluster.daemon(scene.formed.standby).command(['network', 'b']);
        assert.equal(code, 0, stderr);
        await applies(scene);
        await hears(scene, '1 b, 2 c');
        assert.equal((await scene.cluster.status(scene.formed.manager)).activeNetwork, 'b');
      });
    },
  );

  story(
    'the adapter of the owner has another MAC than it told of: a new address is verified by the one it has now (R6)',
    of({ networks: 2 }),
    async (scene) => {
      const { manager } = scene.formed;
      const added = networkAddress(0, 101);
      await scene.stage.run(nodeName(manager), ['ip', 'link', 'set', 'dev', interfaceName(0), 'address', '02:00:00:00:0a:77']);
      const addresses = [networkAddress(0, 100), added].map((address) => ({ address: `${address}/24`, network: 'a' }));
      await edit(scene, 'address', { addresses });
      await applies(scene);
      await scene.audit(scene.cluster.running, [networkAddress(0, 100), added]);
    },
  );

  story(
    'networks without IPv4: one of UDP over IPv6 comes, one of raw Ethernet goes, a node starts anew (R5, R7)',
    of({
      addresses: [`${ADDRESS6}/64`],
      fields: { discovery, ...fields([ethernet(A), ethernet(B)]) },
      prepare: async (stage: Scene['stage']) => {
        for (const node of nodeIds(stage.topology))
          for (const network of [0, 1, 2]) await stage.run(nodeName(node), ['ip', '-4', 'address', 'flush', 'dev', interfaceName(network)]);
      },
    }),
    async (scene) => {
      await hears(scene, '0 a, 1 b');
      await unharmed(scene, ADDRESS6, async () => {
        await edit(scene, 'three', fields([ethernet(A), ethernet(B), udp6(C)]));
        await applies(scene);
        await hears(scene, '0 a, 1 b, 2 c');
        await edit(scene, 'two', fields([ethernet(A), udp6({ ...C, link: 2 })]));
        await applies(scene);
        await hears(scene, '0 a, 2 c');
      });
      const [other = 0] = scene.others;
      await scene.cluster.daemon(other).end('SIGKILL');
      await scene.cluster.start(other);
      await scene.cluster.formed();
      await hears(scene, '0 a, 2 c');
    },
  );

  story(
    'two nodes and a witness: a network comes and goes (R5, X9)',
    of({ witness: { node: 3, timeoutUs: 1_000_000 }, fields: { discovery, ...fields([A, B]) } }),
    async (scene) => {
      await hears(scene, '0 a, 1 b');
      await unharmed(scene, networkAddress(0, 100), async () => {
        await edit(scene, 'three', fields([A, B, C]));
        await applies(scene);
        await hears(scene, '0 a, 1 b, 2 c');
        await edit(scene, 'two', fields([A, B]));
        await applies(scene);
        await hears(scene, '0 a, 1 b');
      });
    },
  );

  story(
    'two nodes and a shared disk: a network comes, with it alone left the owner is still heard, and it goes (R5, X9)',
    of({
      stageNodes: 2,
      fields: { discovery, ...fields([A, B], {}, 2), disk: { device: DISK, timeout: '1s' } },
      prepare: async (stage: Scene['stage'], cluster: Scene['cluster']) => {
        await makeDisk(stage);
        await prepareDisk(stage, cluster);
      },
    }),
    async (scene) => {
      await hears(scene, '0 a, 1 b');
      await unharmed(scene, networkAddress(0, 100), async () => {
        await edit(scene, 'three', fields([A, B, C], {}, 2));
        await applies(scene);
        await hears(scene, '0 a, 1 b, 2 c');
      });
      const mark = await scene.now();
      await scene.stage.fault({ kind: 'black-hole', node: scene.formed.standby, networks: [0, 1] });
      await waitFor('beats over the new network alone', async () => (await heardOn(scene)) === '2 c', { deadlineMs: 20_000 });
      scene.nobodyFailed(mark);
      await scene.stage.heal();
      await hears(scene, '0 a, 1 b, 2 c');
      await unharmed(scene, networkAddress(0, 100), async () => {
        await edit(scene, 'two', fields([A, B], {}, 2));
        await applies(scene);
        await hears(scene, '0 a, 1 b');
      });
    },
  );
});
