// An event loop that does not turn while the beat thread goes on (safety.md, 'Fit to serve'): what the policy says
// happens, and failover needs no JavaScript.
import assert from 'node:assert/strict';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { QUICK, story, type Scene } from './support/scene.ts';

const FIXTURE = new URL('./fixtures/block-event-loop.js', import.meta.url).href;

const blocking = (ms: number): readonly string[] => ['--import', `${FIXTURE}?ms=${ms}`];
/** The time-out is one that an event loop keeps which merely shares its processor with many: what it blocks for is far longer. */
const policy = (name: string): Readonly<Record<string, unknown>> => ({ ...QUICK.fields, stalled: { timeout: '2s', policy: name } });

function block(scene: Scene, node: number): void {
  assert.ok(scene.cluster.daemon(node).kill('SIGUSR2'));
}

/** As another node sees it. */
async function seenStalled(scene: Scene, node: number, stalled: boolean, by: number): Promise<void> {
  const see = async (): Promise<boolean> =>
    (await scene.cluster.status(by)).nodes.find((other) => other.node === node)?.stalled === stalled;
  await waitFor(`node ${node} ${stalled ? 'stalled' : 'well'} in the eyes of ${by}`, see, { deadlineMs: 20_000 });
}

describe('an event loop that does not turn', () => {
  story(
    'policy report: nothing moves, and everybody is told',
    { fields: policy('report'), nodeArguments: blocking(8000) },
    async (scene) => {
      const client = await scene.client();
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      block(scene, manager);
      await seenStalled(scene, manager, true, standby);
      assert.equal(client.owner, manager);
      await seenStalled(scene, manager, false, standby);
      await scene.nothingMoved(mark);
      await scene.told(mark, standby, 'node-stalled');
      await scene.told(mark, standby, 'node-recovered');
      assert.deepEqual(ownerChanges(await scene.endClient()), []);
    },
  );

  story(
    'policy release: the role goes to a node that turns, and the owner comes back as a client',
    { fields: policy('release'), nodeArguments: blocking(8000) },
    async (scene) => {
      const client = await scene.client();
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      block(scene, manager);
      const next = await scene.nextOwner(client, manager);
      assert.equal(next, standby);
      await scene.onlyHolder(next);
      const healed = await scene.audit();
      assert.equal(healed.manager, next);
      scene.nobodyFailed(mark);
      const changes = ownerChanges(await scene.endClient());
      assert.deepEqual(
        changes.map(({ from, to }) => [from, to]),
        [[manager, next]],
      );
    },
  );

  story(
    'of owner and successor, for 10 s, and then the owner dies silently: the successor takes over all the same',
    { fields: policy('report'), nodeArguments: blocking(10_000) },
    async (scene) => {
      const client = await scene.client();
      const { manager, standby } = scene.formed;
      const third = scene.others[0] ?? 0;
      block(scene, manager);
      block(scene, standby);
      await seenStalled(scene, standby, true, third);
      await scene.stage.setPorts(manager, false);
      const next = await scene.nextOwner(client, manager);
      assert.equal(next, standby);
      assert.equal((await scene.cluster.status(third)).nodes.find((node) => node.node === standby)?.stalled, true, 'it is still blocked');
      await scene.audit([standby, third]);
      await scene.endClient();
    },
  );
});
