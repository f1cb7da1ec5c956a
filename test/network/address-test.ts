// The address itself is in trouble, or of another family.
import assert from 'node:assert/strict';
import { addressOf, networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, story } from './support/scene.ts';

const ADDRESS6 = networkAddress(0, 100, 'ipv6');

describe('the address', () => {
  story('is deleted by hand: it is put back, and nothing moves', {}, async (scene) => {
    await scene.client();
    const owner = scene.formed.manager;
    const mark = await scene.now();
    await scene.stage.run(nodeName(owner), ['ip', 'address', 'delete', `${ADDRESS}/24`, 'dev', 'net0']);
    await waitFor('the address back', async () => (await scene.cluster.holders(ADDRESS)).includes(owner), { deadlineMs: 20_000 });
    await waitFor(
      'an event',
      () => scene.cluster.daemon(owner).events.some((event) => event.event === 'address-put-back' && event.atMs >= mark),
      { deadlineMs: 20_000 },
    );
    await scene.nothingMoved(mark);
    await scene.audit();
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
  });

  story('has a second holder: the owner reports who', { hosts: ['stranger'] }, async (scene) => {
    const owner = scene.formed.manager;
    await scene.stage.run('stranger', ['ip', 'address', 'add', `${ADDRESS}/24`, 'dev', 'net0']);
    const [link] = JSON.parse(await scene.stage.run('stranger', ['ip', '-json', 'link', 'show', 'net0'])) as { address: string }[];
    // Any ARP request from that address will do; the answer goes to the owner or to the stranger.
    const asking = ['ping', '-c', '1', '-W', '0.2', '-I', ADDRESS, addressOf(scene.stage.topology, nodeName(owner), 0)];
    await scene.stage.run('stranger', asking).catch(() => undefined);
    const conflict = await waitFor(
      'a report of the conflict',
      () => scene.cluster.daemon(owner).events.find((event) => event.event === 'address-conflict'),
      { deadlineMs: 20_000 },
    );
    assert.equal(conflict.details['mac'], link?.address);
    const isShown = async (): Promise<boolean> => (await scene.cluster.status(owner)).addresses[0]?.conflict === link?.address;
    await waitFor('the conflict in the status', isShown, { deadlineMs: 20_000 });
  });

  story('is IPv6 too: both move together', { addresses: [`${ADDRESS}/24`, `${ADDRESS6}/64`] }, async (scene) => {
    const client = await scene.client(ADDRESS6);
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
    await scene.audit(rest, [ADDRESS, ADDRESS6]);
    await scene.onlyHolder(next, ADDRESS6);
    const changes = ownerChanges(await scene.endClient());
    assert.equal(changes.length, 1);
    await scene.takenOverByOrders(next);
  });
});
