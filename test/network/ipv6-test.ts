// A cluster without any IPv4 (R10): beats, announcements and messages go by UDP over IPv6, by link-local addresses where there is no
// other, and its service address is an IPv6 one.
import assert from 'node:assert/strict';
import type { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, members, networkAddress, networkIds } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { story } from './support/scene.ts';

const ADDRESS6 = networkAddress(0, 100, 'ipv6');

/** The second network keeps its link-local addresses alone. */
async function withoutIpv4({ topology, run }: Pick<Stage, 'topology'> & { run: Stage['run'] }): Promise<void> {
  for (const member of members(topology)) {
    for (const network of networkIds(topology)) await run(member, ['ip', '-4', 'address', 'flush', 'dev', interfaceName(network)]);
    await run(member, ['ip', '-6', 'address', 'flush', 'dev', interfaceName(1), 'scope', 'global']);
  }
}

describe('a cluster on IPv6 alone', () => {
  story(
    'forms, agrees, loses a network and its owner, and takes the old owner back (R10)',
    {
      paths: ['udp6'],
      addresses: [`${ADDRESS6}/64`],
      prepare: async (stage: Stage) => withoutIpv4({ topology: stage.topology, run: stage.run.bind(stage) }),
    },
    async (scene) => {
      const { manager, standby } = scene.formed;
      const client = await scene.client(ADDRESS6);
      const { links } = await scene.cluster.status(manager);
      assert.deepEqual(
        links.map(({ name }) => name),
        ['a udp6 net0', 'b udp6 net1'],
      );
      const mark = await scene.now();
      await scene.stage.setNetwork(0, false);
      await waitFor('the other network active', async () => (await scene.cluster.status(standby)).activeNetwork === 'b', {
        deadlineMs: 20_000,
      });
      const set = await scene.cluster.daemon(standby).command(['parameters', 'set', 'messages.send_window=33']);
      assert.equal(set.code, 0, set.stderr);
      await scene.nothingMoved(mark);
      await scene.stage.setNetwork(0, true);
      await waitFor('answers again', () => !client.silent, { deadlineMs: 20_000 });

      await scene.stage.setPorts(manager, false);
      const next = await scene.nextOwner(client, manager);
      await scene.stage.heal();
      assert.equal((await scene.audit(scene.cluster.plan.nodes, [ADDRESS6])).manager, next);
      await scene.endClient();
    },
  );
});
