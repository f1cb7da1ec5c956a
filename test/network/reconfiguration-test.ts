// The configuration of a running cluster changes (R2-R7), on real nodes: while a client keeps talking to an address that the
// change does not touch, no packet is lost; whoever dies at whatever step, there is one configuration everywhere.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { StagedCluster } from '../../lib/demo/staged-cluster.ts';
import { networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ConfigurationVersions } from '../../lib/runtime/configuration-versions.ts';
import { ADDRESS, CALM, type Scene, story } from './support/scene.ts';

const KEY = new Uint8Array(32).fill(7);
type Fields = Record<string, unknown>;

const [FIRST, SECOND] = [networkAddress(0, 101), networkAddress(0, 102)];
const addresses = (...hosts: readonly string[]): Fields => ({ addresses: hosts.map((host) => ({ address: `${host}/24`, network: 'a' })) });

/** Before and after this node's part in each round, and around the end. */
const STEPS = ['before 0', 'after 0', 'after 1', 'after 2', 'before 3', 'after 3', 'after 4', 'before activate', 'after activate'];
const VOTERS = [1, 2, 3, 4].map(nodeName);
const HOLDING = { nodeArguments: ['--import', new URL('./fixtures/hold-round.js', import.meta.url).href] };
const DYING = { nodeArguments: ['--import', new URL('./fixtures/die-at-step.js', import.meta.url).href] };

/** The file that all nodes were started with, changed: a new file beside it. */
function edited({ stage, cluster }: Scene, name: string, change: Fields): string {
  const folder = `${SANDBOX_DIRECTORY}/${cluster.plan.name}`;
  const before = parse(readFileSync(stage.sandbox.path(`${folder}/heartwire.yaml`), 'utf8')) as Fields;
  writeFileSync(stage.sandbox.path(`${folder}/${name}.yaml`), stringify({ ...before, ...change }));
  return `${folder}/${name}.yaml`;
}

async function config(scene: Scene, node: number, ...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return scene.cluster.daemon(node).command(['config', ...words]);
}

async function succeeds(scene: Scene, node: number, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await config(scene, node, ...words);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** What each node's disk says: its versions and checksums, and that nothing is left over. */
function standing({ stage, cluster }: Scene): string[] {
  return cluster.plan.nodes.map((node) => {
    const { default: wanted, active, temporary } = ConfigurationVersions.open(stage.sandbox.path(nodeFiles(cluster.plan, node).state));
    return [wanted?.version, active?.version, active?.resources.slice(0, 8), active?.topology.slice(0, 8), temporary?.protocol].join(' ');
  });
}

async function oneConfiguration(scene: Scene): Promise<void> {
  await waitFor('one configuration everywhere', () => new Set(standing(scene)).size === 1, {
    deadlineMs: 20_000,
    seen: () => standing(scene).join(' | '),
  });
}

/** A host that is no node has this address from now on. Returns its MAC address. */
async function strangerTakes({ stage }: Scene, host: string): Promise<string> {
  await stage.run('stranger', ['ip', 'address', 'add', `${host}/24`, 'dev', 'net0']);
  const [link] = JSON.parse(await stage.run('stranger', ['ip', '-json', 'link', 'show', 'net0'])) as { address: string }[];
  return link?.address ?? '';
}

/** The change came to nothing: everywhere the first configuration, the first address alone, and nobody failed. */
async function untouched(scene: Scene, mark: number): Promise<void> {
  await waitFor('no temporary configuration', () => standing(scene).every((each) => each.startsWith('2 1 ') && each.endsWith(' ')), {
    deadlineMs: 20_000,
    seen: () => standing(scene).join(' | '),
  });
  assert.equal(new Set(standing(scene)).size, 1);
  await waitFor('the new address on no node', async () => (await scene.cluster.holders(FIRST)).length === 0, { deadlineMs: 20_000 });
  await scene.audit();
  scene.nobodyFailed(mark);
}

describe('reconfiguration (R2-R7)', () => {
  story(
    'an address comes and another one goes, from whichever node; a client of a third one loses no packet (R2, R6, R7)',
    CALM,
    async (scene) => {
      const client = await scene.client();
      const { manager } = scene.formed;
      const [other = 0] = scene.others;
      const mark = await scene.now();
      await succeeds(scene, other, 'edit', edited(scene, 'two', addresses(ADDRESS, FIRST)));
      assert.deepEqual(await scene.cluster.holders(FIRST), [], 'an edit has no effect on what runs');
      assert.match(await succeeds(scene, manager, 'diff'), /resources {2}acquire {2}address 10\.\d+\.\d+\.101\/24/);
      await succeeds(scene, other, 'apply', '--yes');
      await scene.onlyHolder(manager, FIRST);
      await succeeds(scene, manager, 'edit', edited(scene, 'three', addresses(ADDRESS, SECOND)));
      await succeeds(scene, manager, 'apply', '--yes');
      await scene.onlyHolder(manager, SECOND);
      await waitFor('the first one off', async () => (await scene.cluster.holders(FIRST)).length === 0, { deadlineMs: 20_000 });
      await oneConfiguration(scene);
      await scene.audit(undefined, [ADDRESS, SECOND]);
      assert.equal(client.owner, manager);
      const { sent, answered, runs } = await scene.endClient();
      assert.deepEqual([new Set(runs.map(({ node }) => node)).size, sent - answered], [1, 0], 'no packet lost');
      scene.nobodyFailed(mark);
      const report = JSON.parse(await succeeds(scene, other, 'history', '--json')) as { history: unknown[] };
      assert.equal(report.history.length, 3);
      assert.match(await succeeds(scene, other, 'apply', '--yes'), /Nothing to do/);
    },
  );

  story('an edit of an old version is refused with the difference; a second change is refused (R2, R3)', {}, async (scene) => {
    const [one, two] = [scene.formed.manager, scene.formed.standby];
    await succeeds(scene, one, 'edit', edited(scene, 'two', addresses(ADDRESS, FIRST)));
    const stale = await config(scene, two, 'edit', '--base', '1', edited(scene, 'three', addresses(ADDRESS, SECOND)));
    assert.equal(stale.code, 5);
    assert.match(stale.stderr, /HW_CONFIG_STALE[^]*acquire {2}address 10\.\d+\.\d+\.101/);
    const applied = await Promise.all([one, two].map((node) => config(scene, node, 'apply', '--yes', '--of', '2')));
    assert.ok(applied.some(({ code }) => code === 0));
    // Who asked hears of the end when the other one may not have yet.
    await oneConfiguration(scene);
    const isDone = async (): Promise<boolean> =>
      (JSON.parse((await config(scene, two, 'diff', '--json')).stdout) as { steps: unknown[] }).steps.length === 0;
    await waitFor(`no difference at ${nodeName(two)}`, isDone, { deadlineMs: 20_000 });
  });

  story('a node that starts anew, or was away, runs what the cluster has agreed on (R1, R7)', {}, async (scene) => {
    const { manager } = scene.formed;
    const [other = 0] = scene.others;
    await succeeds(scene, manager, 'edit', edited(scene, 'two', addresses(ADDRESS, FIRST)));
    await scene.cluster.daemon(other).end('SIGKILL');
    await waitFor(
      'the others to go on without it',
      async () => (await scene.cluster.status(manager)).nodes.some(({ node, state }) => node === other && state === 'failed'),
      { deadlineMs: 20_000 },
    );
    await succeeds(scene, manager, 'apply', '--yes');
    await scene.cluster.start(other);
    await scene.cluster.formed();
    await oneConfiguration(scene);
    // Now the one that has applied it dies, too: the file that it starts with again is the old one.
    await scene.cluster.daemon(manager).end('SIGKILL');
    await scene.cluster.start(manager);
    await scene.cluster.formed();
    await oneConfiguration(scene);
    await scene.audit(undefined, [ADDRESS, FIRST]);
  });

  story(
    'a node comes and votes, and another one goes; the client of an address loses no packet, and the new set of voters elects (R4, R5, R7)',
    { ...CALM, stageNodes: 4, nodes: [1, 2, 3], key: KEY },
    async (scene) => {
      const { stage, cluster } = scene;
      const four = new StagedCluster(stage, { ...cluster.plan, nodes: [1, 2, 3, 4] }, 'four');
      const file = (name: string): string => `${SANDBOX_DIRECTORY}/${name}/heartwire.yaml`;
      const client = await scene.client();
      const { manager } = scene.formed;
      const mark = await scene.now();
      await succeeds(scene, manager, 'edit', file('four'));
      const early = await config(scene, manager, 'apply', '--yes');
      assert.match(early.stderr, /node 4 is no member yet/);
      await four.start(4);
      await waitFor(
        'node 4 as a member',
        async () => (await cluster.status(manager)).nodes.some(({ node, state }) => node === 4 && state === 'member'),
        { deadlineMs: 20_000 },
      );
      assert.match(await succeeds(scene, manager, 'diff'), /topology {2}add {2}node node4 \(id 4\)/);
      await succeeds(scene, manager, 'apply', '--yes');
      for (const node of [1, 2, 3, 4]) {
        const isTold = async (): Promise<boolean> => {
          const { quorum } = await (node === 4 ? four : cluster).status(node);
          return String([quorum.voters, quorum.present, quorum.needed]) === '1,2,3,4,4,3' && quorum.quorate !== false;
        };
        await waitFor(`the new voters at ${nodeName(node)}`, isTold, { deadlineMs: 20_000 });
      }
      // One of the first three goes.
      const gone = scene.others[0] ?? 0;
      const before = parse(readFileSync(stage.sandbox.path(file('four')), 'utf8')) as { nodes: { id: number }[] };
      writeFileSync(
        stage.sandbox.path(`${SANDBOX_DIRECTORY}/four/three.yaml`),
        stringify({ ...before, nodes: before.nodes.filter(({ id }) => id !== gone) }),
      );
      await succeeds(scene, manager, 'edit', `${SANDBOX_DIRECTORY}/four/three.yaml`);
      await succeeds(scene, manager, 'apply', '--yes');
      await waitFor('the removed node off line', async () => (await cluster.status(gone)).self.role === 'offline', { deadlineMs: 20_000 });
      await cluster.daemon(gone).end('SIGTERM');
      const { sent, answered, runs } = await scene.endClient();
      assert.deepEqual([new Set(runs.map(({ node }) => node)).size, sent - answered], [1, 0], 'no packet lost');
      scene.nobodyFailed(mark);
      assert.equal(client.owner, manager);
      // Two of the new three elect when the manager dies: the one that was added, and the one that stayed.
      await cluster.daemon(manager).end('SIGKILL');
      const stayed = scene.formed.standby;
      const formed = await waitFor(
        'a new manager',
        async () => {
          const [one, other] = [await cluster.status(stayed), await four.status(4)];
          return one.manager !== null && one.manager !== manager && one.manager === other.manager && one.quorum.quorate !== false
            ? one
            : null;
        },
        { deadlineMs: 20_000 },
      );
      assert.ok([stayed, 4].includes(formed.manager ?? 0));
    },
  );

  story(
    'nodes that stay gain and lose their vote, one at a time; a client loses no packet, and those that vote elect (R5, R7)',
    { ...CALM, nodes: [1, 2, 3, 4], key: KEY, fields: { voters: VOTERS.slice(0, 3) } },
    async (scene) => {
      const client = await scene.client();
      const { manager, standby } = scene.formed;
      const mark = await scene.now();
      const haveVoters = async (nodes: readonly number[], voters: readonly number[], needed: number): Promise<void> => {
        for (const node of nodes) {
          const isTold = async (): Promise<boolean> => {
            const { quorum, nodes: all } = await scene.cluster.status(node);
            const voting = all.filter(({ voter }) => voter).map((each) => each.node);
            const wanted = [voters, voters, voters.length, needed];
            return String([quorum.voters, voting.sort(), quorum.present, quorum.needed]) === String(wanted);
          };
          await waitFor(`the voters ${voters.join(', ')} at ${nodeName(node)}`, isTold, { deadlineMs: 20_000 });
        }
      };
      await succeeds(scene, manager, 'edit', edited(scene, 'all', { voters: VOTERS }));
      assert.match(await succeeds(scene, manager, 'diff'), /topology {2}add {2}voter node4/);
      await succeeds(scene, manager, 'apply', '--yes');
      await haveVoters([1, 2, 3, 4], [1, 2, 3, 4], 3);
      await succeeds(scene, 4, 'edit', edited(scene, 'two', { voters: [VOTERS[manager - 1], VOTERS[3]], quorum: 'majority' }));
      const two = await config(scene, 4, 'apply', '--yes');
      assert.match(two.stderr, /voters change one at a time/);
      // The standby loses its vote, and with it the succession.
      const rest = [1, 2, 3, 4].filter((node) => node !== standby);
      await succeeds(scene, 4, 'edit', edited(scene, 'rest', { voters: rest.map((node) => VOTERS[node - 1]) }));
      await succeeds(scene, 4, 'apply', '--yes');
      await haveVoters([1, 2, 3, 4], rest, 2);
      await waitFor(
        'another standby',
        async () => {
          const status = await scene.cluster.status(manager);
          return status.standby !== null && status.standby !== standby;
        },
        { deadlineMs: 20_000 },
      );
      const isClient = async (): Promise<boolean> => (await scene.cluster.status(standby)).self.role === 'client';
      await waitFor('the former standby as a client', isClient, { deadlineMs: 20_000 });
      assert.equal(client.owner, manager);
      const { sent, answered } = await scene.endClient();
      assert.equal(sent - answered, 0, 'no packet lost');
      scene.nobodyFailed(mark);
      await oneConfiguration(scene);
      // Who stays without a vote starts anew, with a file that still gives it one.
      await scene.cluster.daemon(standby).end('SIGKILL');
      await scene.cluster.start(standby);
      await scene.cluster.formed();
      await haveVoters([standby], rest, 2);
      // Without the manager and that node two of three voters are left.
      await Promise.all([manager, standby].map((node) => scene.cluster.daemon(node).end('SIGKILL')));
      await scene.audit(rest.filter((node) => node !== manager));
    },
  );

  story(
    'another host has the new address: the change is refused with its MAC before anything is touched (R3, R6)',
    { ...CALM, hosts: ['stranger'] },
    async (scene) => {
      const mac = await strangerTakes(scene, FIRST);
      const client = await scene.client();
      const mark = await scene.now();
      await succeeds(scene, scene.formed.manager, 'edit', edited(scene, 'two', addresses(ADDRESS, FIRST)));
      const refused = await config(scene, scene.formed.standby, 'apply', '--yes');
      assert.equal(refused.code, 5, refused.stdout);
      assert.match(refused.stderr, new RegExp(`HW_OPERATION_ABORTED[^]*node \\d: ${FIRST}/24 on a is held by another host \\(${mac}\\)`));
      await untouched(scene, mark);
      assert.equal(client.owner, scene.formed.manager);
      const { sent, answered } = await scene.endClient();
      assert.equal(sent - answered, 0, 'no packet lost');
      // The way out: the other host gives it up.
      await scene.stage.run('stranger', ['ip', 'address', 'delete', `${FIRST}/24`, 'dev', 'net0']);
      await succeeds(scene, scene.formed.standby, 'apply', '--yes');
      await scene.audit(undefined, [ADDRESS, FIRST]);
    },
  );

  story(
    'another host takes the new address in the middle of the change: all is undone, and its MAC named (R6, R7)',
    { hosts: ['stranger'], ...HOLDING },
    async (scene) => {
      const mark = await scene.now();
      const { manager, standby } = scene.formed;
      await succeeds(scene, manager, 'edit', edited(scene, 'two', addresses(ADDRESS, FIRST)));
      const hold = scene.stage.sandbox.path(`${nodeFiles(scene.cluster.plan, standby).state}/../hold`);
      writeFileSync(hold, '2');
      const applying = config(scene, manager, 'apply', '--yes');
      await waitFor('the round of the release', () => existsSync(`${hold}ing`), { deadlineMs: 20_000 });
      const mac = await strangerTakes(scene, FIRST);
      rmSync(hold);
      const { code, stdout, stderr } = await applying;
      assert.equal(code, 5, stdout);
      assert.match(stderr, new RegExp(`HW_OPERATION_ABORTED[^]*${FIRST}/24[^]*${mac}`));
      await untouched(scene, mark);
    },
  );

  // The initiator is a client that was asked for the change itself: whoever asked it hears that it is gone, and not of the outcome.
  for (const who of ['manager', 'client', 'initiator'] as const)
    story(
      `the ${who} dies at each step, and starts anew: one configuration everywhere (R7)`,
      { ...DYING, timeoutMs: 240_000 },
      async (scene) => {
        for (const [index, step] of STEPS.entries()) {
          const { manager } = await scene.cluster.formed();
          const node = who === 'manager' ? manager : (scene.cluster.plan.nodes.find((each) => each !== manager) ?? 0);
          const asked = who === 'initiator' ? node : (scene.cluster.plan.nodes.find((each) => each !== node) ?? 0);
          await succeeds(scene, asked, 'edit', edited(scene, `step${index}`, addresses(ADDRESS, networkAddress(0, 120 + index))));
          writeFileSync(scene.stage.sandbox.path(`${nodeFiles(scene.cluster.plan, node).state}/../die`), step);
          const { code, stderr } = await config(scene, asked, 'apply', '--yes');
          assert.ok((who === 'initiator' ? [0, 3, 5] : [0, 5]).includes(code ?? -1), `${step}: ${code} ${stderr}`);
          await waitFor(`the death of node ${node} at ${step}`, () => !scene.cluster.daemon(node).running, { deadlineMs: 20_000 });
          await scene.cluster.start(node);
          await scene.cluster.formed();
          await oneConfiguration(scene);
          const active = new Set(
            await Promise.all(
              scene.cluster.plan.nodes.map(async (each) =>
                (await scene.cluster.status(each)).addresses.map(({ address }) => address).join(' '),
              ),
            ),
          );
          assert.equal(active.size, 1, [...active].join(' | '));
          const hosts = [...active].flatMap((text) => text.split(' ')).map((address) => address.split('/')[0] ?? '');
          if (code === 0) assert.ok(hosts.includes(networkAddress(0, 120 + index)), `${step}: said to be done`);
          if (code === 5 && /HW_OPERATION_ABORTED/.test(stderr))
            assert.ok(!hosts.includes(networkAddress(0, 120 + index)), `${step}: said to be aborted`);
          await scene.audit(undefined, hosts);
        }
      },
    );
});
