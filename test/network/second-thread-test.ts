// The second beat thread: a first one that stands still, as on a virtual CPU that stalls, is no death; and an owner loses by it
// what it would lose. The thread is stopped for longer than a time-out, and goes on within the second that the other stands in.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { FrozenThread } from './support/frozen-thread.ts';
import { QUICK, story, type Scene } from './support/scene.ts';

const BEATS = 'hw-beat';
const TIMEOUT_MS = QUICK.timeoutUs / 1000;
/** Three time-outs, and well within the second for which the second thread stands in. */
const STANDS_STILL_MS = 3 * TIMEOUT_MS;
const WITH = { heartbeat: { second_thread: true } };
const WITHOUT = { heartbeat: { second_thread: false } };

function pidOf(scene: Scene, node: number): number {
  const { pid } = scene.cluster.daemon(node);
  assert.ok(pid != null);
  return pid;
}

function freezeBeats(scene: Scene, node: number): FrozenThread {
  return FrozenThread.of(pidOf(scene, node), BEATS);
}

async function stoodInMs(scene: Scene, node: number): Promise<number> {
  return (await scene.cluster.status(node)).scheduling.secondThread.longestMs;
}

describe('a first beat thread that stands still', function () {
  before(function () {
    if (process.getuid?.() !== 0 || availableParallelism() < 2 || !FrozenThread.isPossible()) this.skip();
  });

  story('with a second one the node stays a member, and nothing moves', WITH, async (scene) => {
    const [node = 0] = scene.others;
    const mark = await scene.now();
    await FrozenThread.forMs(pidOf(scene, node), BEATS, STANDS_STILL_MS);
    const stood = await stoodInMs(scene, node);
    assert.ok(stood > TIMEOUT_MS, `the second one stood in for ${stood} ms`);
    await scene.nothingMoved(mark);
    scene.nobodyFailed(mark);
    await scene.audit();
  });

  story('with a second one an owner that stands still is replaced all the same, and comes back', WITH, async (scene) => {
    const client = await scene.client();
    const { manager, standby } = scene.formed;
    const frozen = freezeBeats(scene, manager);
    try {
      assert.equal(await scene.nextOwner(client, manager), standby);
    } finally {
      frozen.thaw();
    }
    assert.equal((await scene.audit()).manager, standby);
    await scene.onlyHolder(standby);
    assert.ok((await stoodInMs(scene, manager)) > 0);
    await scene.endClient();
  });

  story('without a second one the node is taken for dead', WITHOUT, async (scene) => {
    const [node = 0] = scene.others;
    const mark = await scene.now();
    const frozen = freezeBeats(scene, node);
    try {
      const lost = (): boolean => scene.cluster.eventsSince(mark).some(({ event }) => event === 'client-lost');
      await waitFor('word of its loss', lost, { deadlineMs: 20_000 });
    } finally {
      frozen.thaw();
    }
    await scene.audit();
  });
});
