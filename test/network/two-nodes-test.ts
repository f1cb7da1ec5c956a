// Two nodes that would rather risk two owners than have none (X9 `none`, C11): each goes on alone, and they merge.
import assert from 'node:assert/strict';
import { nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ADDRESS, QUICK, story } from './support/scene.ts';

describe('two nodes of the quorum none', () => {
  const fields = { ...QUICK.fields, quorum: 'none' };

  story('the owner falls silent: the other one takes the address', { stageNodes: 2, fields }, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    await scene.stage.setPorts(old, false);
    await scene.cluster.daemon(old).end('SIGKILL');
    const next = await scene.nextOwner(client, old);
    await waitFor('a manager', async () => (await scene.cluster.status(next)).self.role === 'manager', { deadlineMs: 20_000 });
    await scene.stage.heal();
    await scene.cluster.start(old);
    await scene.audit(); // one owner again; who of the two, C4 says where the newcomer has not heard the other in time
    await scene.endClient();
  });

  story('cut off from each other both own it; healed, one does, in a later epoch', { stageNodes: 2, fields }, async (scene) => {
    const { stage, cluster } = scene;
    const { manager, standby, epoch } = scene.formed;
    for (const network of [0, 1]) {
      await stage.fault({ kind: 'partition', groups: [[nodeName(manager)], [nodeName(standby)]], networks: [network] });
    }
    await waitFor('both own it', async () => (await cluster.holders(ADDRESS)).length === 2, { deadlineMs: 20_000 });
    const says = async (): Promise<boolean> => (await cluster.status(standby)).degraded.length > 0;
    await waitFor('word that something is wrong', says, { deadlineMs: 20_000 });
    await stage.heal();
    const merged = await scene.audit();
    assert.ok(merged.epoch > epoch);
    const told = (): boolean => cluster.eventsSince(0).some((event) => event.event === 'split-brain');
    await waitFor('word of the split', told, { deadlineMs: 20_000 });
  });
});
