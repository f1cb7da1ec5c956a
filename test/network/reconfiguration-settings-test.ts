// Settings that need no restart change with the configuration (R5): times of the protocols, and the scripts of a node.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { applies, config, edit } from './support/network-changes.ts';
import { story } from './support/scene.ts';

const MARK = `${SANDBOX_DIRECTORY}/script-of`;

describe('settings that change while the cluster runs (R5, R8)', () => {
  story('a lost node is forgotten by the new prune time, and the new script runs on every node (R5, R8, C16)', {}, async (scene) => {
    const { cluster, stage, formed } = scene;
    const [other = 0] = scene.others;
    const run = ['/bin/sh', '-c', `touch ${MARK}-$HEARTWIRE_NODE`];
    const times = { prune_time: '2s', incorporation_timeout: '4s' };
    await edit(scene, 'port', { http: { port: 9191 } });
    const refused = await config(scene, formed.manager, 'apply', '--yes');
    assert.match(refused.stderr, /http\.port differs, too \(nodes take it at their start\)/);
    await edit(scene, 'settings', { ...times, scripts: [{ events: ['client-lost'], run }] });
    await applies(scene);
    const mark = await scene.now();
    await cluster.daemon(other).end('SIGKILL');
    const left = [formed.manager, formed.standby];
    for (const node of left)
      await waitFor(`the script at ${nodeName(node)}`, () => existsSync(stage.sandbox.path(`${MARK}-${nodeName(node)}`)), {
        deadlineMs: 20_000,
      });
    const isForgotten = (): boolean => cluster.eventsSince(mark).some(({ event, node }) => event === 'node-pruned' && node === other);
    await waitFor(`node ${other} to be forgotten`, isForgotten, { deadlineMs: 20_000 });
    await cluster.start(other);
    await scene.audit(cluster.plan.nodes);
  });
});
