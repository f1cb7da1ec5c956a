// Resource groups of a running cluster change (R4, R6, R7, R8), on real nodes: an address moves between nodes by a change of the
// configuration while clients talk to it and to others; those lose no packet, and it has one owner at any time.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { type ClientSummary, ownerChanges, VipClient } from '../../lib/demo/vip-client.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { ConfigurationVersions } from '../../lib/runtime/configuration-versions.ts';
import { ADDRESS, CALM, QUICK, type Scene, story } from './support/scene.ts';

const [WEB, MAIL, MORE] = [networkAddress(0, 101), networkAddress(0, 102), networkAddress(0, 103)];

type Fields = Record<string, unknown>;
const addresses = (...hosts: string[]): unknown[] => hosts.map((host) => ({ address: `${host}/24`, network: 'a' }));
const group = (name: string, seat: number, holders: readonly number[], hosts: readonly string[], more: Fields = {}): Fields => {
  const [owner = 0, ...successors] = holders;
  return { group: name, seat, owner: nodeName(owner), successors: successors.map(nodeName), addresses: addresses(...hosts), ...more };
};
const resources = (...groups: Fields[]): { fields: Fields } => ({ fields: { ...QUICK.fields, resources: groups } });
const TWO = resources(group('web', 1, [3, 2, 1], [WEB]), group('mail', 2, [2, 1, 3], [MAIL]));

async function config(scene: Scene, node: number, ...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return scene.cluster.daemon(node).command(['config', ...words]);
}

async function succeeds(scene: Scene, node: number, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await config(scene, node, ...words);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

let files = 0;

/** The file that all nodes were started with, changed, as the default configuration. */
async function edit(scene: Scene, change: Fields): Promise<void> {
  const { stage, cluster } = scene;
  const folder = `${SANDBOX_DIRECTORY}/${cluster.plan.name}`;
  const before = parse(readFileSync(stage.sandbox.path(`${folder}/heartwire.yaml`), 'utf8')) as Fields;
  const name = `${folder}/edit${++files}.yaml`;
  writeFileSync(stage.sandbox.path(name), stringify({ ...before, ...change }));
  await succeeds(scene, cluster.running[0] ?? 0, 'edit', name);
}

async function change(scene: Scene, node: number, fields: Fields): Promise<string> {
  await edit(scene, fields);
  return succeeds(scene, node, 'apply', '--yes');
}

/** Waits until the kernels of all nodes have each address where it belongs, and nowhere else. */
async function carried(scene: Scene, wanted: Readonly<Record<string, number | null>>): Promise<void> {
  let seen: (readonly [string, number[]])[] = [];
  await waitFor(
    `addresses at ${JSON.stringify(wanted)}`,
    async () => {
      const hosts = Object.keys(wanted);
      seen = await Promise.all(hosts.map(async (host) => [host, await scene.cluster.holders(host)] as const));
      return seen.every(([host, nodes]) => String(nodes) === String(wanted[host] ?? ''));
    },
    { deadlineMs: 20_000, seen: () => JSON.stringify(seen) },
  );
}

/** All nodes have the same groups, and successors that could take them. */
async function settled(scene: Scene, holders: Readonly<Record<string, number>>): Promise<void> {
  let seen: unknown = null;
  await waitFor(
    `groups at ${JSON.stringify(holders)}`,
    async () => {
      const statuses = await Promise.all(scene.cluster.running.map((node) => scene.cluster.status(node)));
      const all = statuses.map(({ resources: groups }) => Object.fromEntries(groups.map((each) => [each.group, each.holder])));
      seen = all;
      const ready = statuses.some(({ resources: groups }) => groups.every(({ ordersInstalled }) => ordersInstalled === true));
      const words = (each: object): string => JSON.stringify(Object.entries(each).sort());
      return ready && all.every((each) => words(each) === words(holders));
    },
    { deadlineMs: 20_000, seen: () => JSON.stringify(seen) },
  );
}

/** Who answered, and how often nobody did. */
function lostOf(summary: ClientSummary | undefined): [number[], number] {
  const { runs = [], sent = 0, answered = 0 } = summary ?? {};
  return [[...new Set(runs.map(({ node }) => node))], sent - answered];
}

function standing({ stage, cluster }: Scene): string[] {
  const all = cluster.plan.nodes.map((node) => {
    const { active, temporary } = ConfigurationVersions.open(stage.sandbox.path(nodeFiles(cluster.plan, node).state));
    return `${active?.version} ${active?.resources} ${temporary?.protocol}`;
  });
  return [...new Set(all)];
}

const LOG = `${SANDBOX_DIRECTORY}/commands.log`;
const shell = (script: string): string[] => ['/bin/sh', '-c', script];
const note = (words: string): string => `echo "$HEARTWIRE_NODE ${words}" >> ${LOG}`;
const command = (name: string, version: string): Fields => ({
  command: name,
  start: shell(note(`starts ${name}${version}`)),
  stop: shell(note(`stops ${name}`)),
});
const [disk, more] = [command('disk', ''), command('more', '')];
const server = (version: string): Fields => command('server', version);
const brief = (version: string): Fields => ({ ...server(version), start_timeout: '1s', stop_timeout: '1s' });
const GO = `${SANDBOX_DIRECTORY}/go`;
/** Its stop waits for a file. */
const SLOW: Fields = {
  ...command('slow', ''),
  stop: shell(`until [ -e ${GO} ]; do sleep 0.05; done; ${note('stops slow')}`),
  stop_timeout: '60s',
};

/** Waits for these lines of the commands, the next ones; others may follow. */
async function logged({ stage }: Scene, lines: readonly string[]): Promise<void> {
  const path = stage.sandbox.path(LOG);
  const all = (): string[] => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);
  await waitFor(lines.join(', '), () => all().length >= lines.length, { deadlineMs: 20_000, seen: () => all().join(', ') });
  assert.deepEqual(all().slice(0, lines.length), lines);
  writeFileSync(path, '');
}

describe('resource groups that change (R4, R6, R7, R8)', () => {
  story(
    'an address moves to another group, then with its group to another owner, then to the manager; clients of others lose no packet (R6, R7)',
    { ...TWO, ...CALM },
    async (scene) => {
      const { stage, formed } = scene;
      await settled(scene, { web: 3, mail: 2 });
      const mark = await scene.now();
      const moving = await scene.clientOf(WEB, 3);
      const still = [ADDRESS, MAIL].map((to) => new VipClient(stage, { to, intervalUs: 2000 }));
      await waitFor('answers for both', () => still[0]?.owner === formed.manager && still[1]?.owner === 2, { deadlineMs: 20_000 });

      const { resources: shared } = resources(group('web', 1, [3, 2, 1], [MORE]), group('mail', 2, [2, 1, 3], [MAIL, WEB])).fields;
      await edit(scene, { resources: shared });
      const plan = await succeeds(scene, 1, 'diff');
      assert.match(plan, /resources {2}release {2}group address \S+\.101\/24 of web/);
      assert.match(plan, /resources {2}acquire {2}group address \S+\.101\/24 of mail/);
      assert.doesNotMatch(await succeeds(scene, 1, 'apply', '--yes'), /Not there yet/);
      await carried(scene, { [WEB]: 2, [MORE]: 3, [MAIL]: 2 });
      assert.deepEqual(lostOf(await still[1]?.stop()), [[2], 0], 'the other address of the group that it came to');

      await change(scene, 3, { resources: [group('web', 1, [3, 2, 1], [MORE]), group('mail', 2, [1, 2, 3], [MAIL, WEB])] });
      await settled(scene, { web: 3, mail: 1 });
      await carried(scene, { [WEB]: 1, [MORE]: 3, [MAIL]: 1 });

      const { manager } = formed;
      const own = addresses(ADDRESS, WEB);
      await change(scene, 2, { addresses: own, resources: [group('web', 1, [3, 2, 1], [MORE]), group('mail', 2, [1, 2, 3], [MAIL])] });
      await carried(scene, { [WEB]: manager, [MORE]: 3, [MAIL]: 1 });
      await settled(scene, { web: 3, mail: 1 });
      await waitFor('answers of the manager', () => moving.owner === manager, { deadlineMs: 20_000 });
      assert.deepEqual(lostOf(await still[0]?.stop()), [[manager], 0], 'no packet lost');
      const owners = ownerChanges(await scene.endClient()).map(({ from, to }) => [from, to]);
      const expected = [3, 2, 1, manager].filter((node, place, all) => node !== all[place - 1]);
      assert.deepEqual(
        owners,
        expected.slice(1).map((node, place) => [expected[place], node]),
        'no answer of an old owner after the first of the new one',
      );
      scene.nobodyFailed(mark);
      await waitFor('one configuration everywhere', () => standing(scene).length === 1, { deadlineMs: 20_000 });
      await scene.audit();
    },
  );

  story(
    'commands that differ are stopped and started, others go on; a group goes, and another one comes in its seat (R4, R6, R8)',
    { ...resources(group('web', 1, [3, 2, 1], [WEB], { commands: [disk, server('1')] })), name: 'commands', timeoutMs: 120_000 },
    async (scene) => {
      await settled(scene, { web: 3 });
      await logged(scene, ['node3 starts disk', 'node3 starts server1']);
      const before = (await scene.cluster.status(3)).resources[0]?.epoch ?? 0;
      await edit(scene, { resources: [group('web', 1, [3, 2, 1], [WEB], { commands: [disk, server('2'), more] })] });
      const plan = await succeeds(scene, 1, 'diff');
      assert.match(plan, /resources {2}restart {2}group command server of web: start .*\nresources {2}start {4}group command more of web/);
      await succeeds(scene, 1, 'apply', '--yes');
      await logged(scene, ['node3 stops server', 'node3 starts server2', 'node3 starts more']);

      const shop = group('shop', 1, [1, 2, 3], [WEB], { commands: [server('3')] });
      await edit(scene, { resources: [shop, group('mail', 4, [2, 3, 1], [MAIL])] });
      assert.match(await succeeds(scene, 1, 'diff'), /stop {5}group command disk of web\n.*stop {5}group command more of web/);
      await succeeds(scene, 2, 'apply', '--yes');
      await settled(scene, { shop: 1, mail: 2 });
      await carried(scene, { [WEB]: 1, [MAIL]: 2 });
      await logged(scene, ['node3 stops more', 'node3 stops server', 'node3 stops disk']);
      const isUp = async (): Promise<boolean> => (await scene.cluster.status(1)).resources[0]?.commands[0]?.state === 'running';
      await waitFor('the command of the group that came', isUp, { deadlineMs: 20_000 });
      const after = (await scene.cluster.status(1)).resources[0]?.epoch ?? 0;
      assert.ok(after > before, `its epochs go on: ${before}, then ${after}`);
      await scene.cluster.daemon(1).end('SIGKILL');
      await carried(scene, { [WEB]: 2, [MAIL]: 2 });
      await scene.cluster.start(1);
      scene.formed = await scene.cluster.formed();
      await waitFor('one configuration everywhere', () => standing(scene).length === 1, { deadlineMs: 20_000 });
    },
  );

  story(
    'another owner whose predecessor is slow to stop: the change is done, and says that the group is not there yet (R6, R8)',
    { ...resources(group('web', 1, [3, 2, 1], [WEB], { commands: [SLOW] })), name: 'slow', timeoutMs: 120_000 },
    async (scene) => {
      await settled(scene, { web: 3 });
      await logged(scene, ['node3 starts slow']);
      const said = await change(scene, 2, { resources: [group('web', 1, [1, 2, 3], [WEB], { commands: [SLOW] })] });
      assert.match(said, /Version 2 is active on all nodes/);
      assert.match(said, /Not there yet: group web is not at its new owner yet/);
      await carried(scene, { [WEB]: 3 });
      writeFileSync(scene.stage.sandbox.path(GO), '');
      await settled(scene, { web: 1 });
      await carried(scene, { [WEB]: 1 });
      await logged(scene, ['node3 stops slow', 'node1 starts slow']);
    },
  );

  story(
    'a command that does not stop in its time ends the change, and all is as before; then it stops, and the change is done (R6, R7)',
    {
      ...resources(group('web', 1, [3, 2, 1], [WEB], { commands: [brief('1')] })),
      ...{ name: 'stuck', timeoutMs: 120_000 },
      nodeArguments: ['--import', new URL('./fixtures/stuck-command.js', import.meta.url).href],
    },
    async (scene) => {
      const { cluster, stage } = scene;
      await settled(scene, { web: 3 });
      await logged(scene, ['node3 starts server1']);
      const stuck = stage.sandbox.path(`${nodeFiles(cluster.plan, 3).state}/../stuck`);
      writeFileSync(stuck, '');
      await edit(scene, { resources: [group('web', 1, [3, 2, 1], [MORE], { commands: [brief('2')] })] });
      const { code, stderr } = await config(scene, 1, 'apply', '--yes');
      assert.equal(code, 5, stderr);
      assert.match(stderr, /the command server of web has not stopped yet/);
      await logged(scene, ['node3 stops server', 'node3 starts server1']);
      await carried(scene, { [WEB]: 3, [MORE]: null });
      await waitFor('one configuration everywhere', () => standing(scene).length === 1, { deadlineMs: 20_000 });

      rmSync(stuck);
      await succeeds(scene, 1, 'apply', '--yes');
      await carried(scene, { [WEB]: null, [MORE]: 3 });
      await logged(scene, ['node3 stops server', 'node3 starts server2']);
    },
  );

  story(
    'the holder of an address that moves dies at steps of the change: done or not done, and one owner (R6, R7)',
    { ...TWO, nodeArguments: ['--import', new URL('./fixtures/die-at-step.js', import.meta.url).href], timeoutMs: 180_000 },
    async (scene) => {
      const { cluster, stage } = scene;
      const both = [group('web', 1, [3, 2, 1], [MORE]), group('mail', 2, [2, 1, 3], [MAIL, WEB])];
      for (const step of ['after 2', 'before activate']) {
        await settled(scene, { web: 3, mail: 2 });
        await edit(scene, { resources: both });
        writeFileSync(stage.sandbox.path(`${nodeFiles(cluster.plan, 3).state}/../die`), step);
        const { code, stderr } = await config(scene, 1, 'apply', '--yes');
        await waitFor(`the death of node 3 at ${step}`, () => !cluster.daemon(3).running, { deadlineMs: 20_000 });
        const isDone = step === 'before activate';
        assert.equal(code, isDone ? 0 : 5, stderr);
        if (!isDone) assert.match(stderr, /node 3 votes and is not here/);
        await carried(scene, isDone ? { [WEB]: 2, [MORE]: 2 } : { [WEB]: 2, [MORE]: null });
        await cluster.start(3);
        scene.formed = await cluster.formed();
        await waitFor('one configuration everywhere', () => standing(scene).length === 1, {
          deadlineMs: 20_000,
          seen: () => standing(scene).join(' | '),
        });
        const back = await cluster.daemon(3).command(['move', 'web', nodeName(3)]);
        assert.equal(back.code, 0, back.stderr);
      }
      await carried(scene, { [WEB]: 2, [MORE]: 3, [MAIL]: 2 });
    },
  );
});
