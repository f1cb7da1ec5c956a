// What a person tells the cluster to do, through the real command line.
import assert from 'node:assert/strict';
import type { ParameterReport } from '../../lib/api/parameters.ts';
import type { Tuning } from '../../lib/tune/propose.ts';
import { nodeName } from '../../lib/demo/topology.ts';
import { ownerChanges } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { DEFAULTS, story } from './support/scene.ts';

describe('a command', () => {
  story('moves the address to a named node at once, and the old owner stays a member', { ...DEFAULTS }, async (scene) => {
    const client = await scene.client();
    const old = scene.formed.manager;
    const [target] = scene.others as [number];
    const mark = await scene.now();
    assert.equal((await scene.cluster.daemon(old).command(['move', '--to', nodeName(target)])).code, 0);
    await waitFor(`answers from ${nodeName(target)}`, () => client.owner === target, { deadlineMs: 20_000 });
    const formed = await scene.audit();
    assert.equal(formed.manager, target);
    assert.ok(formed.epoch > scene.formed.epoch);
    scene.nobodyFailed(mark);
    const changes = ownerChanges(await scene.endClient());
    assert.deepEqual(
      changes.map(({ from, to }) => [from, to]),
      [[old, target]],
    );
  });

  story('measures the cluster and proposes timings', {}, async (scene) => {
    const { code, stdout } = await scene.cluster
      .daemon(scene.formed.manager)
      .command(['tune', '--for', '5s', '--mistakes', '1/day', '--json']);
    assert.ok(code === 0 || code === 1, `exit code ${code}`);
    const tuning = JSON.parse(stdout) as Tuning;
    assert.equal(tuning.peers, 2);
    assert.ok(tuning.silences > 10, `${tuning.silences} signs of life`);
    assert.ok(tuning.current.mistakesPerHour >= 0 && tuning.roundTripUs > 0 && tuning.silenceUs.max >= tuning.silenceUs.p50);
  });

  story('X10: measures the cluster and has all members take what it proposes', { ...DEFAULTS }, async (scene) => {
    // So many mistakes are wished that some may be made from now on; that the change itself makes none, the P2 and P3 stories show.
    const { code, stdout } = await scene.cluster
      .daemon(scene.formed.manager)
      .command(['tune', '--for', '5s', '--mistakes', '1000/hour', '--apply', '--json']);
    assert.equal(code, 0);
    const { applied, recommended } = JSON.parse(stdout) as Tuning & { readonly applied: string | null };
    assert.ok(recommended !== null && applied !== null, stdout);
    for (const node of scene.cluster.plan.nodes) {
      const list = async (): Promise<ParameterReport> =>
        JSON.parse((await scene.cluster.daemon(node).command(['parameters', 'list', '--json'])).stdout) as ParameterReport;
      // Who asked hears of the decision when others may not have yet.
      const { parameters } = await waitFor<ParameterReport>(
        `what was applied at ${nodeName(node)}`,
        async (): Promise<ParameterReport | false> => {
          const report = await list();
          return report.version === applied && report;
        },
        { deadlineMs: 20_000 },
      );
      assert.equal(parameters.find(({ name }) => name === 'heartbeat.interval')?.cluster, recommended.intervalUs);
    }
  });

  story(
    'takes the manager offline: it hands over, others see it offline and not failed; online it is a client',
    { ...DEFAULTS },
    async (scene) => {
      const client = await scene.client();
      const old = scene.formed.manager;
      const mark = await scene.now();
      assert.equal((await scene.cluster.daemon(old).command(['offline'])).code, 0);
      const next = await scene.nextOwner(client, old);
      const rest = scene.cluster.plan.nodes.filter((node) => node !== old);
      await scene.audit(rest);
      assert.equal((await scene.cluster.status(old)).self.role, 'offline');
      await scene.onlyHolder(next);
      const isOffline = async (): Promise<boolean> =>
        (await scene.cluster.status(next)).nodes.find((node) => node.node === old)?.state === 'offline';
      await waitFor('the old owner off line', isOffline, { deadlineMs: 20_000 });
      scene.nobodyFailed(mark);

      assert.equal((await scene.cluster.daemon(old).command(['online'])).code, 0);
      assert.equal((await scene.audit()).manager, next);
      assert.equal((await scene.cluster.status(old)).self.role, 'client');
      const changes = ownerChanges(await scene.endClient());
      assert.equal(changes.length, 1);
    },
  );

  story('takes the standby offline: another stands by, and the address stays', {}, async (scene) => {
    const { manager, standby } = scene.formed;
    const mark = await scene.now();
    assert.equal((await scene.cluster.daemon(standby).command(['offline'])).code, 0);
    const formed = await scene.audit(scene.cluster.plan.nodes.filter((node) => node !== standby));
    assert.deepEqual([formed.manager, formed.standby], [manager, scene.others[0]]);
    assert.ok(scene.cluster.eventsSince(mark).every(({ event }) => event !== 'address-released'));
  });

  story('asks for the status, which is healthy in a whole cluster and not in a broken one', {}, async (scene) => {
    const healthy = await scene.cluster.daemon(1).command(['status', '--json']);
    const status = JSON.parse(healthy.stdout) as { manager: unknown; degraded?: unknown };
    assert.ok(status.manager !== null, healthy.stdout);
    await scene.stage.setPorts(3, false);
    await waitFor('a degraded status', async () => (await scene.cluster.daemon(1).command(['status', '--json'])).code === 1, {
      deadlineMs: 20_000,
      everyMs: 200,
    });
  });
});
