// Two nodes and a witness (X9): the third vote is asked only where one of the two is silent, and exactly one of them has it.
import assert from 'node:assert/strict';
import { interfaceName, nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { behindRouter } from './support/router.ts';
import { ADDRESS, story, type Scene } from './support/scene.ts';

const WITNESS = 3;
const FAR_ADDRESS = '10.9.0.3';
const PAIR = [1, 2] as const;
/** Two that hear the witness do not speak through it: so they lose each other. */
const RELAYS_OFF = { heartbeat: { relays: false } };
const options = { witness: { node: WITNESS, timeoutUs: 1_000_000 }, timeoutMs: 90_000 };

describe('two nodes and a witness', () => {
  story('the owner is silenced: the other one takes the address with the vote of the witness, and keeps it', options, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    await onlyHolder(scene, next);
    await scene.takenOverByOrders(next);
    assert.equal((await quorumOf(scene, next)).node, WITNESS);
    const isSeen = async (): Promise<boolean> => {
      const witness = await quorumOf(scene, next);
      return witness.heard === true && witness.holds === next && witness.askedMs !== null;
    };
    await waitFor('the vote of the witness in the status', isSeen, { deadlineMs: 20_000 });
    await holdsFor(scene, next);

    await scene.stage.heal();
    const healed = await scene.audit(scene.cluster.plan.nodes);
    assert.equal(healed.manager, next, 'nobody is displaced');
    await promisesNothing(scene);
    assert.deepEqual(
      ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]),
      [[old, next]],
    );
  });

  story('the owner is killed: the other one takes the address after the word of its guardian', options, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.cluster.daemon(old).end('SIGKILL');
    const next = await scene.nextOwner(client, old);
    await onlyHolder(scene, next); // no orphan
    await scene.cluster.start(old);
    assert.equal((await scene.audit(scene.cluster.plan.nodes)).manager, next);
    await scene.endClient();
  });

  story('the nodes are cut off from each other, and speak through the witness: nothing moves (X4)', options, async (scene) => {
    await scene.client();
    const { manager, standby } = scene.formed;
    const mark = await scene.now();
    await scene.stage.fault({ kind: 'partition', groups: [[nodeName(manager)], [nodeName(standby)]] });
    const isRelayed = async (): Promise<boolean> =>
      (await scene.cluster.status(manager)).links.some((link) => link.peers.some((path) => path.node === standby && path.via === WITNESS));
    await waitFor('the standby via the witness', isRelayed, { deadlineMs: 20_000 });
    await scene.nothingMoved(mark);
    scene.nobodyFailed(mark);
    assert.equal((await quorumOf(scene, WITNESS)).holds, null);
    await scene.stage.heal();
    await scene.endClient();
  });

  story(
    'the nodes are cut off from each other, and both hear the witness: exactly one serves',
    { ...options, ...RELAYS_OFF },
    async (scene) => {
      const client = await scene.client();
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      await scene.stage.fault({ kind: 'partition', groups: [[nodeName(manager)], [nodeName(standby)]] });
      const holds = await waitFor('a promise of the witness, and the address there only', () => holderByWitness(scene), {
        deadlineMs: 20_000,
      });
      await waitFor('the other one without a manager', async () => (await scene.cluster.status(otherOf(holds))).self.role === 'unmanaged', {
        deadlineMs: 20_000,
      });
      assert.deepEqual(await scene.cluster.holders(ADDRESS), [holds]);
      await scene.stage.heal();
      const healed = await scene.audit();
      assert.equal(healed.manager, holds);
      await promisesNothing(scene);
      const expected = holds === manager ? [] : [[manager, holds]];
      assert.deepEqual(
        ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]),
        expected,
      );
      assert.ok(scene.cluster.eventsSince(mark).every((event) => event.event !== 'split-brain'));
      assert.equal(client.owner, holds);
    },
  );

  story('the witness dies and comes back while both nodes live: nothing moves, and they say that it is gone', options, async (scene) => {
    await scene.client();
    const { manager, standby } = scene.formed;
    await scene.cluster.daemon(WITNESS).end('SIGKILL');
    for (const node of PAIR) await waitFor(`${nodeName(node)} misses the witness`, () => misses(scene, node), { deadlineMs: 20_000 });
    assert.deepEqual(await scene.cluster.holders(ADDRESS), [manager]);
    await scene.audit(PAIR);
    await scene.cluster.start(WITNESS);
    const back = await scene.audit(scene.cluster.plan.nodes);
    assert.deepEqual([back.manager, back.standby], [manager, standby]);
    for (const node of PAIR) await waitFor('nobody misses it', async () => !(await misses(scene, node)), { deadlineMs: 20_000 });
    const seen = await scene.endClient();
    assert.deepEqual(ownerChanges(seen), []);

    // It has forgotten nothing that counts, and it votes again.
    const client = await scene.client();
    await scene.stage.setPorts(manager, false);
    assert.equal(await scene.nextOwner(client, manager), standby);
    await onlyHolder(scene, standby);
    await scene.endClient();
  });

  story('the witness is dead and the owner falls silent: nobody has the address, until the witness is back', options, async (scene) => {
    const { manager, standby } = scene.formed;
    await scene.cluster.daemon(WITNESS).end('SIGKILL');
    await waitFor('the standby misses the witness', () => misses(scene, standby), { deadlineMs: 20_000 });
    await scene.stage.setPorts(manager, false);
    await waitFor('no holder', async () => (await scene.cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
    await waitFor('a node without a manager', async () => (await scene.cluster.status(standby)).self.role === 'unmanaged', {
      deadlineMs: 20_000,
    });
    const { degraded } = await scene.cluster.status(standby);
    assert.ok(
      degraded.some(({ reason }) => reason === 'witness-missing'),
      'it says so',
    );
    assert.deepEqual(await scene.cluster.holders(ADDRESS), []);
    await scene.cluster.start(WITNESS);
    await onlyHolder(scene, standby, 20_000);
  });

  story('the witness restarts where one node lives by it alone: nobody has the address until it votes again', options, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    const mark = await scene.cluster.status(next).then((status) => status.nowMs);
    await scene.cluster.daemon(WITNESS).end('SIGKILL');
    await scene.cluster.start(WITNESS);
    await waitFor('the end of its lease', () => scene.cluster.eventsSince(mark).some(({ event }) => event === 'quorum-lost'), {
      deadlineMs: 20_000,
    });
    await onlyHolder(scene, next, 20_000);
    await scene.stage.heal();
    assert.equal((await scene.audit(scene.cluster.plan.nodes)).manager, next);
    await scene.endClient();
  });

  const interfaces = { a: interfaceName(0), b: interfaceName(1) };
  const pair = PAIR.map((node) => ({ name: nodeName(node), id: node, interfaces }));
  const name = nodeName(WITNESS);

  const aside = { ...options, fields: { nodes: [...pair, { name, id: WITNESS, interfaces: { b: interfaceName(1) } }] } };
  story('the witness is on the second network only, where no address lives: it votes from there', aside, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    const next = await scene.nextOwner(client, old);
    await onlyHolder(scene, next);
    await holdsFor(scene, next);
    await scene.stage.heal();
    await scene.audit(scene.cluster.plan.nodes);
    for (const node of PAIR) await waitFor('beats over the first network', () => hears(scene, node, otherOf(node)), { deadlineMs: 20_000 });
    await promisesNothing(scene); // nobody lives by it any more
    const mark = await scene.cluster.status(next).then((status) => status.nowMs);
    await scene.stage.fault({ kind: 'partition', groups: [['node1'], ['node2'], ['node3']], networks: [1] });
    await waitFor('a node that misses the witness', () => misses(scene, next), { deadlineMs: 20_000 });
    await onlyHolder(scene, next);
    assert.ok(scene.cluster.eventsSince(mark).every(({ event }) => event !== 'network-switched' && event !== 'quorum-lost'));
    await scene.stage.heal();
    await scene.audit(scene.cluster.plan.nodes);
    await scene.endClient();
  });

  const far = { name, id: WITNESS, interfaces: { a: interfaceName(0) }, bridged: true };
  const away = { ...options, hosts: ['router'], startNodes: PAIR, fields: { nodes: [...pair, far], bridged: [{ address: FAR_ADDRESS }] } };
  story('the witness is behind a router: it is found, votes, and lets a node start alone', away, async (scene) => {
    const { cluster, stage, formed } = scene;
    await behindRouter(stage, WITNESS, FAR_ADDRESS, PAIR);
    await cluster.start(WITNESS);
    await scene.audit(cluster.plan.nodes);
    const client = await scene.client();
    await stage.setPorts(formed.manager, false);
    const next = await scene.nextOwner(client, formed.manager);
    await onlyHolder(scene, next);
    await cluster.daemon(next).end('SIGKILL');
    await waitFor('no holder', async () => (await cluster.holders(ADDRESS)).length === 0, { deadlineMs: 20_000 });
    await cluster.start(next);
    await onlyHolder(scene, next, 30_000);
    await scene.endClient();
  });
});

const otherOf = (node: number): number => PAIR.find((other) => other !== node) as number;

async function quorumOf(
  scene: Scene,
  node: number,
): Promise<NonNullable<Awaited<ReturnType<Scene['cluster']['status']>>['quorum']['witness']>> {
  const { witness } = (await scene.cluster.status(node)).quorum;
  assert.ok(witness !== null);
  return witness;
}

async function holdsFor(scene: Scene, node: number): Promise<void> {
  const holds = async (): Promise<boolean> => (await quorumOf(scene, WITNESS)).holds === node;
  await waitFor(`a promise to ${nodeName(node)}`, holds, { deadlineMs: 20_000 });
}

/** The one that the witness has promised itself to, and that alone has the address; null: not so yet. */
async function holderByWitness(scene: Scene): Promise<number | null> {
  const { holds } = await quorumOf(scene, WITNESS);
  return String(await scene.cluster.holders(ADDRESS)) === String(holds) ? holds : null;
}

/** Over network 0. */
async function hears(scene: Scene, node: number, other: number): Promise<boolean> {
  const [first] = (await scene.cluster.status(node)).links;
  return first?.peers.some((peer) => peer.node === other && peer.up) ?? false;
}

async function misses(scene: Scene, node: number): Promise<boolean> {
  return (await scene.cluster.status(node)).degraded.some(({ reason }) => reason === 'witness-missing');
}

/** Both nodes live: the witness is free for whoever will need it. */
async function promisesNothing(scene: Scene): Promise<void> {
  await waitFor('a witness that promises nothing', async () => (await quorumOf(scene, WITNESS)).holds === null, { deadlineMs: 20_000 });
}

async function onlyHolder(scene: Scene, node: number, deadlineMs = 20_000): Promise<void> {
  await waitFor(`the address at ${nodeName(node)} only`, async () => String(await scene.cluster.holders(ADDRESS)) === String(node), {
    deadlineMs,
  });
}
