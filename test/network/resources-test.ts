// R8: resource groups on real nodes. Each has an owner, successors in their order, and a seat of its own, so what holds for the
// manager's address (X2) holds for each of theirs, whoever manages.
import assert from 'node:assert/strict';
import type { ResourceStatus } from '../../lib/runtime/types.ts';
import { networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { QUICK, type Scene, story } from './support/scene.ts';

const WEB = networkAddress(0, 101);
const MAIL = networkAddress(0, 102);

interface GroupFields {
  readonly fail_back?: boolean;
  readonly fail_back_after?: string;
}

/** `web` belongs to node 3, then 2, then 1; `mail` to node 2, then 3. */
function groups(changes: GroupFields = {}): { fields: Record<string, unknown> } {
  const address = (text: string): unknown[] => [{ address: `${text}/24`, network: 'a' }];
  const web = { group: 'web', owner: nodeName(3), successors: [nodeName(2), nodeName(1)], addresses: address(WEB), ...changes };
  const mail = { group: 'mail', owner: nodeName(2), successors: [nodeName(3)], addresses: address(MAIL) };
  return { fields: { ...QUICK.fields, resources: [web, mail] } };
}

/** Waits until `node` holds the group in the eyes of `nodes`, and its kernel alone has the address. */
async function held(scene: Scene, group: string, node: number, nodes: readonly number[] = scene.cluster.running): Promise<ResourceStatus> {
  const address = group === 'web' ? WEB : MAIL;
  let seen = '';
  return waitFor(
    `${nodeName(node)} to hold ${group}`,
    async () => {
      const statuses = await Promise.all(
        nodes.map(async (each) => (await scene.cluster.status(each)).resources.find((one) => one.group === group)),
      );
      const holders = (await scene.cluster.holders(address)).filter((each) => nodes.includes(each));
      seen = `seen as held by ${statuses.map((status) => String(status?.holder)).join(' ')}; the address is at ${holders.join(' ')}`;
      const [first] = statuses;
      const settled = statuses.some((status) => status?.ordersInstalled === true);
      return settled && statuses.every((status) => status?.holder === node) && String(holders) === String(node) && first;
    },
    { deadlineMs: 20_000, seen: () => seen },
  );
}

/** A voter that has just started votes for nobody for a lease, so it succeeds nobody, and its own successors come first. */
async function allVote({ cluster }: Scene): Promise<void> {
  const isSilent = async (node: number): Promise<boolean> => (await cluster.status(node)).quorum.silentUntilMs !== null;
  await waitFor('all votes', async () => !(await Promise.all(cluster.running.map(isSilent))).includes(true), { deadlineMs: 20_000 });
}

/** A voter that is back counts for no successor before the holder has gone above what it may have promised, and orders say so. */
async function raised(scene: Scene, group: string, node: number, above: number): Promise<void> {
  const isRaised = async (): Promise<boolean> => ((await held(scene, group, node)).epoch ?? 0) > above;
  await waitFor(`${group} in a later epoch than ${above}`, isRaised, { deadlineMs: 20_000 });
}

describe('a resource group (R8)', () => {
  story('is where it belongs, and every node may own one and back up others', groups(), async (scene) => {
    const web = await held(scene, 'web', 3);
    await held(scene, 'mail', 2);
    assert.deepEqual([web.owner, web.successors, web.failBackAfterMs], [3, [2, 1], null]);
    await scene.audit();
  });

  // Each successor gets an interval before the next one asks: here one that no busy machine stands still for.
  const unhurried = { ...groups(), intervalUs: 100_000, timeoutUs: 500_000 };
  story('goes to its successors in their order, whoever manages, and stays there', unhurried, async (scene) => {
    await held(scene, 'web', 3);
    const client = await scene.clientOf(WEB, 3);
    await allVote(scene);
    await scene.cluster.daemon(3).end('SIGKILL');
    const before = await Promise.all([held(scene, 'web', 2, [1, 2]), held(scene, 'mail', 2, [1, 2])]);
    await scene.cluster.start(3);
    await scene.cluster.formed();
    const back = await held(scene, 'web', 2);
    assert.equal(back.failBackAfterMs, null, 'the owner displaces nobody');
    await allVote(scene);
    for (const { group, epoch } of before) await raised(scene, group, 2, epoch ?? 0);
    await scene.stage.setPorts(2, false);
    await held(scene, 'web', 3, [1, 3]);
    await held(scene, 'mail', 3, [1, 3]);
    await waitFor('answers of node 3', () => client.owner === 3, { deadlineMs: 20_000 });
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [
        [3, 2],
        [2, 3],
      ],
      'no answer of an old holder after the first of the new one',
    );
  });

  story('returns to its owner, by plan, when it is configured so', groups({ fail_back: true, fail_back_after: '1s' }), async (scene) => {
    await held(scene, 'web', 3);
    await allVote(scene);
    await scene.cluster.daemon(3).end('SIGKILL');
    await held(scene, 'web', 2, [1, 2]);
    await scene.cluster.start(3);
    await held(scene, 'web', 3);
    const told = (): boolean =>
      scene.cluster.eventsSince(0).some(({ event, details }) => event === 'group-moving' && details['reason'] === 'fail back');
    await waitFor('word of it', told, { deadlineMs: 20_000 });
  });

  story('moves by plan when it is told to, or when its holder leaves', groups(), async (scene) => {
    await held(scene, 'web', 3);
    const client = await scene.clientOf(WEB, 3);
    const mark = await scene.now();
    const moved = await scene.cluster.daemon(2).command(['move', 'web', nodeName(1)]);
    assert.equal(moved.code, 0, moved.stderr);
    await waitFor('answers of node 1', () => client.owner === 1, { deadlineMs: 20_000 });
    await held(scene, 'web', 1);
    const wrong = await scene.cluster.daemon(2).command(['move', 'mail', nodeName(1)]);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /node 1 is neither owner nor successor of mail/);
    assert.equal((await scene.cluster.daemon(2).command(['offline'])).code, 0);
    await held(scene, 'mail', 3, [1, 3]);
    const alarms = scene.cluster.eventsSince(mark).filter(({ event }) => event === 'client-lost' || event === 'quorum-lost');
    assert.deepEqual(alarms, []);
    await scene.endClient();
  });

  // One fibre of a pair is broken. Other holders beat, too: it hears them there, and nobody answers it there.
  story('leaves a holder that is not heard any more on its network, although it hears there', groups(), async (scene) => {
    await held(scene, 'web', 3);
    await held(scene, 'mail', 2);
    const client = await scene.clientOf(WEB, 3);
    await allVote(scene);
    const mark = await scene.now();
    await scene.stage.fault({ kind: 'one-way', node: 3, lost: 'out', networks: [0] });
    await waitFor('answers of node 2', () => client.owner === 2, { deadlineMs: 20_000 });
    await held(scene, 'web', 2);
    await scene.told(mark, 3, 'owner-unfit');
    const lost = scene.cluster.eventsSince(mark).filter(({ event }) => event === 'client-lost');
    assert.deepEqual(lost, [], 'the other network carries it: nobody is taken for dead');
    await scene.endClient();
  });

  story('is silenced when its holder is stopped, and answers nowhere twice', groups(), async (scene) => {
    await held(scene, 'web', 3);
    await scene.clientOf(WEB, 3);
    await allVote(scene);
    const daemon = scene.cluster.daemon(3);
    assert.ok(daemon.kill('SIGSTOP'));
    await waitFor('the group at node 2', async () => (await scene.cluster.status(2)).resources[0]?.holder === 2, { deadlineMs: 20_000 });
    assert.ok(daemon.kill('SIGCONT'));
    await scene.cluster.formed();
    await held(scene, 'web', 2);
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[3, 2]],
    );
  });
});
