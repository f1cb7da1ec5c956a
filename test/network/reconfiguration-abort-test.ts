// Changes that people end (R7), and a default configuration that one node gives to all (R2): on real nodes, by the command line.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stringify, parse } from 'yaml';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { networkAddress } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ConfigurationVersions } from '../../lib/runtime/configuration-versions.ts';
import { A, applies, B, C, config, edit, fields, hears, standing, stands } from './support/network-changes.ts';
import { ADDRESS, CALM, type Scene, story } from './support/scene.ts';

const [FIRST, WEB, WEB_LATER] = [networkAddress(0, 101), networkAddress(0, 105), networkAddress(0, 106)];
const HOLDING = { nodeArguments: ['--import', new URL('./fixtures/hold-round.js', import.meta.url).href] };
const DEADLINE = { deadlineMs: 20_000 };
const ROUNDS = ['copy', 'identical', 'set offline', 'beats', 'stop', 'release', 'acquire', 'verify'];

/** A group at node 3, with an address and a command that says in `log` what it did. */
function web(host: string, word: string): Readonly<Record<string, unknown>> {
  const run = (what: string): string[] => ['/bin/sh', '-c', `echo ${what} ${word} >> ${SANDBOX_DIRECTORY}/log`];
  return {
    ...{ group: 'web', seat: 1, owner: 'node3', successors: ['node2', 'node1'] },
    addresses: [{ address: `${host}/24`, network: 'a' }],
    commands: [{ command: 'server', start: run('start'), stop: run('stop') }],
  };
}

/** What kernels and daemons hold, not what the disks say. */
async function holdings({ cluster }: Scene): Promise<string> {
  const addresses = await Promise.all([ADDRESS, FIRST, WEB, WEB_LATER].map(async (each) => (await cluster.holders(each)).join('+')));
  const links = await Promise.all(
    cluster.plan.nodes.map(async (node) => (await cluster.status(node)).links.map(({ network }) => network).join('')),
  );
  return `${addresses.join(',')} ${links.join(',')}`;
}

function defaults({ stage, cluster }: Scene): string[] {
  const digests = cluster.plan.nodes.map(
    (node) => ConfigurationVersions.open(stage.sandbox.path(nodeFiles(cluster.plan, node).state)).default?.settings ?? '',
  );
  return [...new Set(digests)];
}

describe('a change that is ended, and a default configuration for all (R2, R7)', () => {
  story(
    'aborted from whichever node when a member has done its part of a round, of each round: all is as before, and nobody fails (R5-R7)',
    { ...CALM, networks: 3, ...HOLDING, timeoutMs: 120_000, fields: { ...fields([A, B]), resources: [web(WEB, 'one')] } },
    async (scene) => {
      const { stage, cluster } = scene;
      const { manager, standby } = scene.formed;
      const [other = 0] = scene.others;
      const nodes = [standby, manager, other];
      await hears(scene, '0 a, 1 b');
      await waitFor('the group', async () => (await cluster.holders(WEB)).join() === '3', DEADLINE);
      const addresses = [ADDRESS, FIRST].map((host) => ({ address: `${host}/24`, network: 'a' }));
      await edit(scene, 'all', { ...fields([A, B, C]), addresses, resources: [web(WEB_LATER, 'two')] });
      const [disks, held, mark] = [standing(scene), await holdings(scene), await scene.now()];
      for (const [round, name] of ROUNDS.entries()) {
        const [who = 0, by = 0] = [nodes[round % 3], nodes[(round + 1) % 3]];
        const hold = stage.sandbox.path(`${nodeFiles(cluster.plan, who).state}/../hold`);
        writeFileSync(hold, `after ${round}`);
        const applying = config(scene, standby, 'apply', '--yes');
        await waitFor(`node ${who} to have done its part of ${name}`, () => existsSync(`${hold}ing`), DEADLINE);
        const { code, stderr } = await config(scene, by, 'abort');
        assert.equal(code, 0, stderr);
        const applied = await applying;
        assert.match(applied.stderr, /HW_OPERATION_ABORTED.*cancelled at node/, name);
        rmSync(hold);
        rmSync(`${hold}ing`);
        await stands(scene, disks);
        let seen = '';
        await waitFor(`all as before ${name}`, async () => (seen = await holdings(scene)) === held, { ...DEADLINE, seen: () => seen });
      }
      scene.nobodyFailed(mark);
      await scene.stayed(mark);
      assert.match((await config(scene, other, 'abort')).stderr, /HW_REFUSED .*no reconfiguration is under way/);
      await applies(scene);
      await hears(scene, '0 a, 1 b, 2 c');
      await waitFor('the other addresses', async () => (await holdings(scene)).startsWith(`${manager},${manager},,3 `), DEADLINE);
      assert.equal(
        readFileSync(stage.sandbox.path(`${SANDBOX_DIRECTORY}/log`), 'utf8')
          .trim()
          .split('\n')
          .at(-1),
        'start two',
      );
    },
  );

  story(
    'one node was started with another file: `sync` makes its default that of all; what runs stays, until all run the same and it is applied (R2)',
    { startNodes: [1, 2] },
    async (scene) => {
      const { stage, cluster } = scene;
      const file = stage.sandbox.path(`${SANDBOX_DIRECTORY}/${cluster.plan.name}/heartwire.yaml`);
      const before = readFileSync(file, 'utf8');
      writeFileSync(file, stringify({ ...(parse(before) as object), prune_time: '90s' }));
      await cluster.start(3);
      await cluster.formed();
      assert.equal(defaults(scene).length, 2);
      const { code, stdout, stderr } = await config(scene, 3, 'sync');
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^The default configuration of this node is version \d+ on all nodes\.$/m);
      await waitFor('one default configuration', () => defaults(scene).length === 1, DEADLINE);
      for (const node of [1, 2]) assert.match((await config(scene, node, 'diff')).stdout, /prune_time.*60s -> 90s/);
      const early = await config(scene, 1, 'apply', '--yes');
      assert.match(early.stderr, /HW_OPERATION_ABORTED.*node 3: its active configuration is not the one that is to be changed/);
      writeFileSync(file, before);
      await cluster.daemon(3).end('SIGTERM');
      await cluster.start(3);
      await cluster.formed();
      await applies(scene);
      await stands(scene, 'alike');
    },
  );
});
