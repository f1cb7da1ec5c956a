// Which configuration runs, on real nodes (R1): each holds a durable copy of it, and their checksums tell who runs another.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { ConfigurationVersions } from '../../lib/runtime/configuration-versions.ts';
import { type Scene, story } from './support/scene.ts';

function versions({ stage, cluster }: Scene, node: number): ConfigurationVersions {
  return ConfigurationVersions.open(stage.sandbox.path(nodeFiles(cluster.plan, node).state));
}

describe('the configuration that runs (R1)', () => {
  story('is kept by every node, the same on all; a node killed and started with another tells which part differs', {}, async (scene) => {
    const [manager, other] = [scene.formed.manager, scene.others[0] ?? 0];
    const actives = scene.cluster.plan.nodes.map((node) => versions(scene, node).active);
    for (const active of actives) assert.deepEqual({ ...active, madeAtMs: 0 }, { ...actives[0], version: 1, madeAtMs: 0 });

    const file = scene.stage.sandbox.path(`${SANDBOX_DIRECTORY}/${scene.cluster.plan.name}/heartwire.yaml`);
    writeFileSync(file, `${readFileSync(file, 'utf8')}prune_time: 61s\n`);
    await scene.cluster.daemon(other).end('SIGKILL');
    await scene.cluster.start(other);
    await scene.audit();
    const [theirs, its] = [versions(scene, manager).active, versions(scene, other).active];
    assert.deepEqual([theirs?.version, its?.version], [1, 2]);
    assert.deepEqual([its?.topology, its?.resources], [theirs?.topology, theirs?.resources]);
    assert.notEqual(its?.settings, theirs?.settings);
    assert.deepEqual(
      versions(scene, other).activated.map(({ version }) => version),
      [1, 2],
    );
  });

  story('a node whose copies are damaged says so, and serves all the same', {}, async (scene) => {
    const other = scene.others[0] ?? 0;
    const index = `${nodeFiles(scene.cluster.plan, other).state}/configuration/versions.json`;
    await scene.cluster.daemon(other).end('SIGKILL');
    writeFileSync(scene.stage.sandbox.path(index), '{"format":');
    await scene.cluster.start(other);
    await scene.cluster.formed();
    const { troubles } = await scene.cluster.status(other);
    assert.equal(troubles.length, 1);
    assert.match(troubles[0] ?? '', /^the copy of the configuration cannot be kept: /);
  });
});
