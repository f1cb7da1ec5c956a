// R8, C20: the commands of resource groups on real nodes. They follow the group's addresses; what fails is started again, and then
// given to the successor; nothing runs where the group is not.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import { networkAddress, nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import type { ScriptQueueStatus } from '../../lib/api/scripts.ts';
import type { ResourceStatus } from '../../lib/runtime/types.ts';
import { QUICK, type Scene, story } from './support/scene.ts';

const WEB = networkAddress(0, 101);
const LOG = `${SANDBOX_DIRECTORY}/commands.log`;
const BROKEN = `${SANDBOX_DIRECTORY}/broken-`;

const shell = (script: string): string[] => ['/bin/sh', '-c', script];
const note = (word: string): string => `echo "$HEARTWIRE_NODE ${word} $HEARTWIRE_COMMAND" >> ${LOG}`;

/** `web` belongs to node 3, then 2, then 1: a script and a server, which does not work while there is a file for its node. */
const fields = {
  ...QUICK.fields,
  resources: [
    {
      group: 'web',
      owner: nodeName(3),
      successors: [nodeName(2), nodeName(1)],
      addresses: [{ address: `${WEB}/24`, network: 'a' }],
      commands: [
        { command: 'disk', start: shell(note('starts')), stop: shell(note('stops')) },
        {
          command: 'server',
          foreground: true,
          start: shell(`${note('starts')}; exec sleep 3600`),
          stop: shell(note('stops')),
          monitor: shell(`test ! -e ${BROKEN}$HEARTWIRE_NODE`),
          monitor_interval: '100ms',
          start_timeout: '1s',
          restarts: 1,
        },
      ],
    },
  ],
};

const log = (scene: Scene): string[] => {
  const path = scene.stage.sandbox.path(LOG);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};

/** Servers that run for a node, whoever has started them. */
function serversOf(scene: Scene, node: number): number {
  const wanted = [`HEARTWIRE_NODE=${nodeName(node)}`, 'HEARTWIRE_COMMAND=server', 'HEARTWIRE_ACTION=start'];
  const own = new Set(scene.cluster.plan.nodes.map(nodeName));
  assert.ok(own.has(nodeName(node)));
  return readdirSync('/proc').filter((name) => {
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      return wanted.every((each) => environment.includes(each)) && environment.includes(`HEARTWIRE_CLUSTER=${scene.cluster.plan.name}`);
    } catch {
      return false;
    }
  }).length;
}

async function runs(scene: Scene, node: number): Promise<ResourceStatus> {
  let seen: ResourceStatus | undefined;
  return waitFor(
    `the commands on ${nodeName(node)}`,
    async () => {
      seen = (await scene.cluster.status(node)).resources[0];
      return seen?.holder === node && seen.commands.every(({ state }) => state === 'running') && seen;
    },
    { deadlineMs: 20_000, seen: () => `${JSON.stringify(seen)}; ${log(scene).join(', ')}` },
  );
}

/** The same, and the next ones would take the group in their order, were its holder to fail now. */
async function runsAndIsSettled(scene: Scene, node: number): Promise<void> {
  await runs(scene, node);
  const isSettled = async (): Promise<boolean> => {
    const statuses = await Promise.all(scene.cluster.running.map((each) => scene.cluster.status(each)));
    return statuses.some(({ resources }) => resources[0]?.holder === node && resources[0].ordersInstalled === true);
  };
  await waitFor('orders for its successors', isSettled, { deadlineMs: 20_000 });
}

describe('commands of a resource group (R8, C20)', () => {
  story(
    'the owner is killed: its first successor has address and commands, and what it left is stopped when it is back',
    { name: 'killed', fields },
    async (scene) => {
      await runsAndIsSettled(scene, 3);
      assert.deepEqual(log(scene), ['node3 starts disk', 'node3 starts server']);
      await scene.cluster.daemon(3).end('SIGKILL');
      await runs(scene, 2);
      assert.deepEqual(log(scene).slice(2), ['node2 starts disk', 'node2 starts server']);
      await scene.onlyHolder(2, WEB);
      assert.equal(serversOf(scene, 3), 1, 'nobody has ended it');
      await scene.cluster.start(3);
      await waitFor('its end', () => serversOf(scene, 3) === 0, { deadlineMs: 20_000 });
      await waitFor('the stop commands', () => log(scene).includes('node3 stops disk'), { deadlineMs: 20_000 });
      assert.deepEqual(log(scene).slice(4), ['node3 stops server', 'node3 stops disk']);
      assert.equal(serversOf(scene, 2), 1);
    },
  );

  story('a planned move stops them before the addresses go, and starts them where these are', { name: 'moved', fields }, async (scene) => {
    await runs(scene, 3);
    const moved = await scene.cluster.daemon(2).command(['move', 'web', nodeName(1)]);
    assert.equal(moved.code, 0, moved.stderr);
    await runs(scene, 1);
    assert.deepEqual(log(scene).slice(2), ['node3 stops server', 'node3 stops disk', 'node1 starts disk', 'node1 starts server']);
    assert.equal(serversOf(scene, 3), 0);
    await runsAndIsSettled(scene, 1);
    assert.equal((await scene.cluster.daemon(1).end('SIGTERM')).code, 0);
    await waitFor('a holder', async () => (await scene.cluster.status(3)).resources[0]?.holder === 3, { deadlineMs: 20_000 });
    await runs(scene, 3);
    assert.equal(serversOf(scene, 1), 0);
  });

  /** Node 3 has two: `web`, which fails back at once, and `slow`, whose command takes its time to stop. */
  const both = {
    ...QUICK.fields,
    resources: [
      { ...fields.resources[0], commands: [], fail_back: true, fail_back_after: '100ms' },
      {
        group: 'slow',
        owner: nodeName(3),
        successors: [nodeName(1)],
        commands: [{ command: 'disk', start: shell(note('starts')), stop: shell(`sleep 2; ${note('stops')}`) }],
      },
    ],
  };
  story('a node that goes off line gets none back while its last one still stops', { name: 'goes', fields: both }, async (scene) => {
    const holders = async (node: number): Promise<string> =>
      (await scene.cluster.status(node)).resources.map(({ group, holder }) => `${group} ${holder}`).join(', ');
    await waitFor('both at node 3', async () => (await holders(1)) === 'web 3, slow 3', { deadlineMs: 20_000 });
    await waitFor('the command', () => log(scene).includes('node3 starts disk'), { deadlineMs: 20_000 });
    const mark = await scene.now();
    assert.equal((await scene.cluster.daemon(3).command(['offline'])).code, 0);
    await waitFor('both elsewhere', async () => (await holders(1)) === 'web 2, slow 1', { deadlineMs: 20_000, seen: () => holders(1) });
    assert.ok(log(scene).includes('node3 stops disk'), 'it was not waited for');
    const taken = scene.cluster.eventsSince(mark).filter(({ event, details }) => event === 'group-acquired' && details['group'] === 'web');
    assert.deepEqual([...new Set(taken.map(({ node }) => node))], [2], 'no other node had it meanwhile');
  });

  story(
    'a command that fails is started again, then given to the successor, until somebody sends it back',
    { name: 'fails', fields },
    async (scene) => {
      await runsAndIsSettled(scene, 3);
      const broken = scene.stage.sandbox.path(`${BROKEN}${nodeName(3)}`);
      writeFileSync(broken, '');
      const status = await runs(scene, 2);
      assert.deepEqual(status.failedAt, [3]);
      assert.deepEqual(log(scene).slice(2, 5), ['node3 stops server', 'node3 starts server', 'node3 stops server']);
      for (const name of ['command-failed', 'command-restarted', 'group-moving'])
        await waitFor(`word of ${name}`, () => scene.cluster.eventsSince(0).some(({ event }) => event === name), { deadlineMs: 20_000 });
      rmSync(broken);
      const moved = await scene.cluster.daemon(1).command(['move', 'web', nodeName(3)]);
      assert.equal(moved.code, 0, moved.stderr);
      assert.deepEqual((await runs(scene, 3)).failedAt, []);
      assert.equal(serversOf(scene, 2), 0);
    },
  );
});

const SCRIPTS = `${SANDBOX_DIRECTORY}/scripts.log`;
const scripts = [
  { events: ['client-lost', 'group-acquired'], run: shell(`sleep 0.05; echo "$HEARTWIRE_NODE 1 $HEARTWIRE_EVENT" >> ${SCRIPTS}`) },
  { events: ['*'], run: shell(`echo "$HEARTWIRE_NODE 2 $HEARTWIRE_EVENT" >> ${SCRIPTS}`) },
];

const PUBLISHED = `${SANDBOX_DIRECTORY}/published.log`;
const published = [{ events: ['program-event'], run: shell(`read -r event; echo "$HEARTWIRE_NODE $event" >> ${PUBLISHED}`) }];

describe('scripts on events (R8)', () => {
  story(
    'run on every node, in the order of its events, one at a time',
    { name: 'scripts', fields: { ...fields, scripts } },
    async (scene) => {
      await runsAndIsSettled(scene, 3);
      await scene.cluster.daemon(3).end('SIGKILL');
      await runs(scene, 2);
      const { manager } = await scene.cluster.formed([1, 2]);
      const queueOf = async (): Promise<ScriptQueueStatus> =>
        JSON.parse((await scene.cluster.daemon(manager).command(['events', '--queue', '--json'])).stdout) as ScriptQueueStatus;
      await waitFor(
        'an empty queue',
        async () => {
          const { running, waiting, ended } = await queueOf();
          return running === null && waiting.length === 0 && ended > 5;
        },
        { deadlineMs: 20_000 },
      );
      let ran: string[] = [];
      const isInOrder = (): boolean => {
        const lines = readFileSync(scene.stage.sandbox.path(SCRIPTS), 'utf8').trim().split('\n');
        ran = lines.filter((line) => line.startsWith(nodeName(manager))).map((line) => line.slice(nodeName(manager).length + 1));
        const told = scene.cluster.daemon(manager).events.map(({ event }) => event);
        const expected = told.flatMap((event) =>
          scripts[0]?.events.includes(event) === true ? [`1 ${event}`, `2 ${event}`] : [`2 ${event}`],
        );
        const hasBoth = ran.includes('1 client-lost') && ran.includes('1 group-acquired');
        return hasBoth && String(ran.slice(-10)) === String(expected.slice(0, ran.length).slice(-10));
      };
      // What is told and what has run are read one after the other: news may come between.
      await waitFor('the same order', isInOrder, { deadlineMs: 20_000, seen: () => ran.join(', ') });
      assert.equal((await queueOf()).failed, 0);
    },
  );

  story(
    'run on events that clients publish at any node, at every node in one order',
    { name: 'published', fields: { ...fields, scripts: published } },
    async (scene) => {
      await runsAndIsSettled(scene, 3);
      const publish = async (node: number, count: number): Promise<void> => {
        const { code, stderr } = await scene.cluster.daemon(node).command(['publish', 'backup-done', `count=${count}`]);
        assert.equal(code, 0, stderr);
      };
      await Promise.all(Array.from({ length: 9 }, (_, count) => publish((count % 3) + 1, count)));
      const ran = (node: number): string[] =>
        readFileSync(scene.stage.sandbox.path(PUBLISHED), 'utf8')
          .split('\n')
          .filter((line) => line.startsWith(`${nodeName(node)} `))
          .map((line) => /"name":"backup-done","count":(\d)/.exec(line)?.[1] ?? line);
      await waitFor('all at every node', () => [1, 2, 3].every((node) => ran(node).length === 9), { deadlineMs: 20_000 });
      assert.deepEqual(ran(2), ran(1));
      assert.deepEqual(ran(3), ran(1));
      assert.deepEqual(ran(1).sort(), [...'012345678']);
      const refused = await scene.cluster.daemon(1).command(['publish', 'Backup']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^HW_USAGE 'Backup' is no name of an event/);
    },
  );
});
