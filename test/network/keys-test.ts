// The key of a cluster is changed while it runs (docs/configuration.md): each step on all nodes before the next one.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { story, type Scene } from './support/scene.ts';

const line = (id: number, key: Buffer): string => `${id} ${key.toString('base64')}\n`;

describe('a new key', () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];

  story('replaces the old one step by step, and nothing moves', { key: first }, async (scene) => {
    await scene.client();
    const mark = await scene.now();
    await reload(scene, line(1, first) + line(2, second));
    await reload(scene, line(2, second) + line(1, first));
    await reload(scene, line(2, second));
    await scene.nothingMoved(mark);
    assert.deepEqual(ownerChanges(await scene.endClient()), []);
    // Only the new key lets anybody in: a node that starts now has no other.
    const [node] = scene.others as [number];
    await scene.cluster.daemon(node).end('SIGTERM');
    await scene.cluster.start(node);
    const { manager, standby } = await scene.audit();
    assert.deepEqual([manager, standby], [scene.formed.manager, scene.formed.standby]);
  });

  async function reload({ stage, cluster }: Scene, keys: string): Promise<void> {
    writeFileSync(stage.sandbox.path(`${SANDBOX_DIRECTORY}/${cluster.plan.name}/key`), keys, { mode: 0o600 });
    for (const daemon of cluster.daemons) {
      const before = daemon.log.split('keys reloaded').length;
      daemon.kill('SIGHUP');
      await waitFor('the keys read again', () => daemon.log.split('keys reloaded').length > before, { deadlineMs: 20_000 });
    }
  }
});
