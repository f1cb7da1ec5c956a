// R9, X3: adapter before node. The stage's second network is laid on the wire of the first, so each node has two
// adapters there: `net0` serves, `net1` stands by. While either works, the address stays at its node.
import assert from 'node:assert/strict';
import { nodeName } from '../../lib/demo/topology.ts';
import { layOnOneWire, TWO_ADAPTERS } from '../../lib/demo/two-adapters.ts';
import { longestGapNs, ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { servesBy, SERVICE, STANDBY } from './support/adapters.ts';
import { ADDRESS, DEADLINE_MS, story, type Scene, unheardOn } from './support/scene.ts';

const ON_ONE_WIRE = { prepare: layOnOneWire, fields: TWO_ADAPTERS } as const;

/** Rules and routes that Heartwire has made, as the kernel shows them. */
async function steering(scene: Scene, node: number): Promise<string> {
  const rules = await scene.stage.run(nodeName(node), ['ip', 'rule', 'show', 'priority', '4857']);
  const routes = await scene.stage.run(nodeName(node), ['ip', 'route', 'show', 'table', 'all', 'proto', '72']);
  return `${rules}${routes}`.trim();
}

/** Waits until a node has told of so many switches of its own, and gives them. */
async function switches(scene: Scene, mark: number, node: number, count: number): Promise<unknown[]> {
  const { events } = scene.cluster.daemon(node);
  const told = (): unknown[] =>
    events.filter(({ event, atMs, node: of }) => event === 'adapter-switched' && of === node && atMs >= mark).map(({ details }) => details);
  await waitFor(`word of ${count} switches`, () => told().length >= count, { deadlineMs: DEADLINE_MS });
  return told();
}

async function sameOwnerAlways(scene: Scene): Promise<void> {
  const summary = await scene.endClient();
  assert.deepEqual(ownerChanges(summary), [], 'no other node has answered');
  process.stdout.write(`      the client was without an answer for ${(longestGapNs(summary) / 1e6).toFixed(2)} ms at most\n`);
}

describe('R9 two adapters on one network', () => {
  story('X3 the service adapter loses its carrier: the standby adapter has the address, no role changes', ON_ONE_WIRE, async (scene) => {
    const client = await scene.client();
    const owner = scene.formed.manager;
    const mark = await scene.now();
    await servesBy(scene, client, owner, SERVICE);
    await scene.stage.setPorts(owner, false, [0]);
    await servesBy(scene, client, owner, STANDBY);
    assert.match(await steering(scene, owner), new RegExp(`from ${ADDRESS} `));
    assert.deepEqual(await switches(scene, mark, owner, 1), [{ network: 'a', interface: STANDBY, standby: true }]);
    await scene.nothingMoved(mark);
    await sameOwnerAlways(scene);
  });

  story('the service adapter is back: the address stays, until the standby adapter fails', ON_ONE_WIRE, async (scene) => {
    const client = await scene.client();
    const owner = scene.formed.manager;
    const mark = await scene.now();
    await scene.stage.setPorts(owner, false, [0]);
    await servesBy(scene, client, owner, STANDBY);
    await unheardOn(scene.cluster, owner, 'a');
    await scene.stage.setPorts(owner, true, [0]);
    await scene.cluster.allHeard();
    await scene.audit();
    await servesBy(scene, client, owner, STANDBY);
    await scene.stage.setPorts(owner, false, [1]);
    await servesBy(scene, client, owner, SERVICE);
    await waitFor('the end of what steered its answers', async () => (await steering(scene, owner)) === '', { deadlineMs: 20_000 });
    assert.equal((await switches(scene, mark, owner, 2)).length, 2);
    await scene.nothingMoved(mark);
    await sameOwnerAlways(scene);
  });

  story('X3 the service adapter falls silent and keeps its carrier', ON_ONE_WIRE, async (scene) => {
    const client = await scene.client();
    const owner = scene.formed.manager;
    const mark = await scene.now();
    await scene.stage.fault({ kind: 'black-hole', node: owner, networks: [0] });
    await servesBy(scene, client, owner, STANDBY);
    await scene.nothingMoved(mark);
    await sameOwnerAlways(scene);
  });

  story('both adapters fail: another node serves, and this one has let go', ON_ONE_WIRE, async (scene) => {
    const client = await scene.client();
    const owner = scene.formed.manager;
    await scene.stage.setPorts(owner, false, [0]);
    await servesBy(scene, client, owner, STANDBY);
    await scene.stage.setPorts(owner, false);
    const next = await scene.nextOwner(client, owner);
    await scene.onlyHolder(next);
    await waitFor('the end of what steered its answers', async () => (await steering(scene, owner)) === '', { deadlineMs: 20_000 });
    assert.equal(ownerChanges(await scene.endClient()).length, 1);
  });

  story(
    'R9 its node is killed after that: a peer takes it, nothing is left, and the next start clears the rule',
    ON_ONE_WIRE,
    async (scene) => {
      const client = await scene.client();
      const owner = scene.formed.manager;
      await scene.stage.setPorts(owner, false, [0]);
      await servesBy(scene, client, owner, STANDBY);
      await scene.cluster.daemon(owner).end('SIGKILL');
      const next = await scene.nextOwner(client, owner);
      await scene.onlyHolder(next); // no orphan
      await scene.stage.setPorts(owner, true, [0]);
      await scene.cluster.start(owner);
      const after = await scene.audit(scene.cluster.plan.nodes);
      assert.equal(after.manager, next);
      const rules = await scene.stage.run(nodeName(owner), ['ip', 'rule', 'show', 'priority', '4857']);
      assert.equal(rules.trim(), '');
      assert.equal(ownerChanges(await scene.endClient()).length, 1);
    },
  );
});
