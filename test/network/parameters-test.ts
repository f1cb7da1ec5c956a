// Communication parameters changed on real nodes while everything runs (P1-P4): all or none, and nobody is taken for dead by it.
import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import type { ParameterReport } from '../../lib/api/parameters.ts';
import type { Overrides } from '../../lib/config/overrides.ts';
import { nodeFiles } from '../../lib/demo/cluster-files.ts';
import { nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { nameOf } from '../../lib/protocol/rounds/state.ts';
import { readParameters } from '../../lib/runtime/parameter-file.ts';
import type { ConfigurationReport, Timings } from '../../lib/runtime/types.ts';
import { ControlClient } from '../../lib/control/client.ts';
import { DEFAULTS, type Scene, story } from './support/scene.ts';

async function ask<Answer>({ stage, cluster }: Scene, node: number, command: 'parameters' | 'timings' | 'configuration'): Promise<Answer> {
  const client = await ControlClient.open(stage.sandbox.path(nodeFiles(cluster.plan, node).socket));
  try {
    return (await client.request({ command })) as Answer;
  } finally {
    client.close();
  }
}

const report = (scene: Scene, node: number): Promise<ParameterReport> => ask(scene, node, 'parameters');

async function values(scene: Scene, node: number): Promise<Record<string, number>> {
  return Object.fromEntries((await report(scene, node)).parameters.map(({ name, cluster }) => [name, cluster]));
}

async function agreedReports(scene: Scene, nodes: readonly number[] = scene.cluster.running): Promise<ParameterReport> {
  return waitFor(
    'the same parameters on all',
    async () => {
      const [first, ...others] = await Promise.all(nodes.map((node) => report(scene, node)));
      const text = JSON.stringify(first);
      return first !== undefined && others.every((each) => JSON.stringify(each) === text) && first;
    },
    { deadlineMs: 20_000, everyMs: 100 },
  );
}

async function set(
  scene: Scene,
  node: number,
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  return scene.cluster.daemon(node).command(['parameters', 'set', ...words]);
}

/** And waits until all show it: who asked hears of the decision when others may not have yet. */
async function mustSet(scene: Scene, node: number, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await set(scene, node, ...words);
  assert.equal(code, 0, stderr);
  await agreedReports(scene);
}

/** Beats that come in at a node in a second, by its own counters. */
async function framesInASecond(scene: Scene, node: number): Promise<number> {
  const before = await ask<Timings>(scene, node, 'timings');
  const after = await waitFor(
    'a second',
    async () => {
      const now = await ask<Timings>(scene, node, 'timings');
      return now.nowMs >= before.nowMs + 2000 && now;
    },
    { deadlineMs: 20_000, everyMs: 100 },
  );
  return ((after.framesReceived - before.framesReceived) / (after.nowMs - before.nowMs)) * 1000;
}

/** Waits until fewer come in: a machine that stood still for a moment lets what it has kept come at once. */
async function fewerFrames(scene: Scene, node: number, perSecond: number): Promise<void> {
  let seen = 0;
  const look = async (): Promise<boolean> => (seen = await framesInASecond(scene, node)) < perSecond;
  await waitFor(`fewer than ${perSecond} frames a second`, look, { deadlineMs: 20_000, seen: () => `${seen}` });
}

/** R1, R2: whoever shows a configuration, of the running cluster or the file of a start, shows what was set. */
async function shownWithConfigurations(scene: Scene, version: string): Promise<void> {
  const { cluster } = scene;
  for (const node of cluster.plan.nodes) {
    const files = nodeFiles(cluster.plan, node);
    const daemon = cluster.daemon(node);
    const { code, stdout, stderr } = await daemon.command(['config', 'diff', '--json']);
    assert.equal(code, 0, stderr);
    const { parameters } = JSON.parse(stdout) as { parameters: Overrides };
    assert.equal(parameters.version, version, files.state);
    assert.deepEqual(
      parameters.values.map(({ name, configured, value }) => [name, configured, value]),
      [
        ['heartbeat.failure_threshold', 10, 12],
        ['messages.retry_time_max', 5000, 7000],
      ],
    );
    assert.match((await daemon.command(['config', 'diff'])).stdout, /messages\.retry_time_max: 7s \(configured: 5s\)/);
  }
}

/** C17: in the active and the default configuration of every node, by the same checksums, and in the history of each. */
async function writtenEverywhere(scene: Scene, version: string): Promise<void> {
  const reports = await Promise.all(scene.cluster.plan.nodes.map((node) => ask<ConfigurationReport>(scene, node, 'configuration')));
  const [first] = reports;
  const digests = new Set(reports.flatMap(({ active, default: wanted }) => [active.digest, wanted.digest]));
  assert.equal(digests.size, 1, 'one configuration everywhere');
  const section =
    /\nparameters:\n {2}- \{name: heartbeat\.failure_threshold, value: 12\}\n {2}- \{name: messages\.retry_time_max, value: 7s\}\n$/;
  for (const { text, history, plan } of reports) {
    assert.match(text, section);
    assert.deepEqual([history.at(-1)?.parameters?.version, plan.differs], [version, []]);
    assert.equal(history.at(-1)?.parameters?.checksum, first?.active.parameters);
  }
}

/** What was set outlives an edit that does not name it, and is not edited. */
async function editedWithout(scene: Scene, node: number): Promise<void> {
  const before = await ask<ConfigurationReport>(scene, node, 'configuration');
  const file = `${nodeFiles(scene.cluster.plan, node).state}/edited.yaml`;
  const write = (text: string): void => writeFileSync(scene.stage.sandbox.path(file), text);
  write(before.text.replace('value: 7s', 'value: 8s'));
  const refused = await scene.cluster.daemon(node).command(['config', 'edit', file]);
  assert.match(refused.stderr, /^HW_REFUSED [^]*its section `parameters` is not what was set; `heartwire parameters set` changes that/);
  const [people] = before.text.split('\n# Set while');
  write(`${people}\nprune_time: 90s\n`);
  const { code, stderr } = await scene.cluster.daemon(node).command(['config', 'edit', file]);
  assert.equal(code, 0, stderr);
  const after = await ask<ConfigurationReport>(scene, node, 'configuration');
  assert.equal(after.default.parameters, before.default.parameters);
  assert.deepEqual([after.plan.differs, after.plan.steps.map(({ name }) => name)], [['settings'], ['prune_time']]);
}

describe('communication parameters', () => {
  story('P1: several change at once on all nodes, from a client, by name; each node keeps them', { ...DEFAULTS }, async (scene) => {
    const mark = await scene.now();
    const client = scene.others[0] ?? 0;
    await mustSet(scene, client, 'heartbeat.interval=50ms', 'messages.send_window=64', 'messages.retry_timer=5ms');
    const { version } = await agreedReports(scene);
    assert.notEqual(version, '0.0');
    for (const node of scene.cluster.plan.nodes) {
      const now = await values(scene, node);
      assert.deepEqual([now['heartbeat.interval'], now['messages.send_window'], now['messages.retry_timer']], [50_000, 64, 5000]);
      const kept = readParameters(scene.stage.sandbox.path(nodeFiles(scene.cluster.plan, node).state));
      assert.deepEqual([nameOf(kept?.version ?? 0n), kept?.settings.length], [version, 3]);
    }
    await scene.nothingMoved(mark);
  });

  story('P1: what one node cannot do is done on none, and says which; then it can be done', { ...DEFAULTS }, async (scene) => {
    const mark = await scene.now();
    const [manager, failing] = [scene.formed.manager, scene.others[0] ?? 0];
    const before = await values(scene, manager);
    // A longer lease must be on its disk before it is promised.
    const inTheWay = scene.stage.sandbox.path(`${nodeFiles(scene.cluster.plan, failing).state}/state.json.new`);
    mkdirSync(inTheWay);
    const { code, stderr } = await set(scene, manager, 'heartbeat.interval=200ms', 'messages.send_window=64');
    assert.equal(code, 5);
    assert.match(stderr, new RegExp(`node ${failing}: .*state\\.json`));
    for (const node of scene.cluster.plan.nodes) assert.deepEqual(await values(scene, node), before);
    rmdirSync(inTheWay);
    await mustSet(scene, manager, 'heartbeat.interval=200ms', 'messages.send_window=64');
    await agreedReports(scene);
    await scene.nothingMoved(mark);
  });

  story(
    'P1: the node that asked is killed on the way: all old or all new, and it has the same when it is back',
    { timeoutMs: 120_000 },
    async (scene) => {
      const client = scene.others[0] ?? 0;
      const other = scene.formed.manager;
      for (const window of [40, 50]) {
        const daemon = scene.cluster.daemon(client);
        const mark = await scene.now();
        const asked = set(scene, client, `messages.send_window=${window}`);
        // At its first step; and when it is done elsewhere.
        const isUnderWay = (): boolean =>
          window === 40
            ? daemon.log.includes('"messages.send_window":40')
            : scene.cluster.daemon(other).events.some(({ event, atMs }) => event === 'parameters-changed' && atMs > mark);
        await waitFor('the change', isUnderWay, { deadlineMs: 20_000, everyMs: 1 });
        await daemon.end('SIGKILL');
        await asked;
        await scene.cluster.start(client);
        await scene.cluster.formed();
        await agreedReports(scene);
      }
      await mustSet(scene, client, 'messages.send_window=70');
      assert.equal((await agreedReports(scene)).parameters.find(({ name }) => name === 'messages.send_window')?.cluster, 70);
    },
  );

  story(
    'P2, P3: an interval ten times as long, and back, under load, raises no verdict',
    { ...DEFAULTS, timeoutMs: 120_000 },
    async (scene) => {
      const mark = await scene.now();
      const burners = [1, 2].map(() => scene.stage.spawn('client', ['node', '-e', 'for (;;);']));
      try {
        const client = scene.others[0] ?? 0;
        const usual = await framesInASecond(scene, client);
        await mustSet(scene, scene.formed.manager, 'heartbeat.interval=1s');
        await fewerFrames(scene, client, usual / 3);
        await mustSet(scene, scene.formed.standby ?? 0, 'heartbeat.interval=default');
        const again = async (): Promise<boolean> => (await framesInASecond(scene, client)) > usual / 3;
        await waitFor('the usual beats again', again, { deadlineMs: 20_000 });
      } finally {
        await Promise.all(burners.map((burner) => burner.end('SIGKILL')));
      }
      scene.nobodyFailed(mark);
      await scene.nothingMoved(mark);
    },
  );

  story('P2: a shorter time-out finds a silent node sooner', { ...DEFAULTS }, async (scene) => {
    const client = scene.others[0] ?? 0;
    await mustSet(scene, client, 'heartbeat.interval=20ms');
    await scene.stage.setPorts(client, false);
    const lost = await waitFor(
      'its loss',
      () => scene.cluster.eventsSince(0).find(({ event, node }) => event === 'client-lost' && node === client),
      {
        deadlineMs: 20_000,
      },
    );
    assert.ok(lost.atMs > 0);
    assert.equal((await ask<Timings>(scene, scene.formed.manager, 'timings')).timeoutUs, 200_000);
  });

  story(
    'P2: a peer that is heard, but answers no beat, has failed where answers are judged',
    { ...DEFAULTS, heartbeat: { relays: false } },
    async (scene) => {
      const { manager, standby } = scene.formed;
      const client = scene.others[0] ?? 0;
      const of = ['--node', nodeName(client)];
      // By its silence alone it would fail after a minute, at either end.
      await mustSet(scene, standby ?? 0, 'heartbeat.failure_threshold=600', ...of);
      await mustSet(scene, standby ?? 0, 'heartbeat.ack_failure_threshold=3', ...of);
      const mark = await scene.now();
      await scene.stage.fault({ kind: 'one-way', node: client, lost: 'in', peer: manager });
      const lost = await waitFor(
        'its loss',
        () =>
          scene.cluster.daemon(manager).events.find(({ event, node, atMs }) => event === 'client-lost' && node === client && atMs > mark),
        { deadlineMs: 30_000 },
      );
      assert.equal(lost.details['reason'], 'it answers no heartbeats');
      const { nodes, links } = await scene.cluster.status(manager);
      assert.equal(nodes.find(({ node }) => node === client)?.state, 'failed', JSON.stringify(links));
    },
  );

  story('P3: a value of one pair holds between those two, and for nobody else', { ...DEFAULTS }, async (scene) => {
    const mark = await scene.now();
    const [manager, client] = [scene.formed.manager, scene.others[0] ?? 0];
    const usual = await framesInASecond(scene, client);
    await mustSet(scene, manager, 'heartbeat.interval=400ms', '--pair', `${nodeName(manager)},${nodeName(client)}`);
    const get = async (...scope: readonly string[]): Promise<string> =>
      (await scene.cluster.daemon(client).command(['parameters', 'get', 'heartbeat.interval', ...scope])).stdout.trim();
    assert.equal(await get('--pair', `${manager},${client}`), '400ms');
    assert.equal(await get('--pair', `${manager},${scene.formed.standby ?? 0}`), '100ms');
    assert.equal(await get(), '100ms');
    await fewerFrames(scene, client, 0.85 * usual); // the standby beats as before
    await scene.nothingMoved(mark);
  });

  story('P3: a heartbeat parameter of one node holds between it and all others, and for no other pair', { ...DEFAULTS }, async (scene) => {
    const mark = await scene.now();
    const [manager, standby, client] = [scene.formed.manager, scene.formed.standby ?? 0, scene.others[0] ?? 0];
    const usual = await framesInASecond(scene, client);
    await mustSet(scene, standby, 'heartbeat.interval=400ms', '--node', nodeName(client));
    const get = async (...scope: readonly string[]): Promise<string> =>
      (await scene.cluster.daemon(standby).command(['parameters', 'get', 'heartbeat.interval', ...scope])).stdout.trim();
    assert.deepEqual(await Promise.all([manager, standby].map((other) => get('--pair', `${client},${other}`))), ['400ms', '400ms']);
    assert.equal(await get('--node', `${client}`), '400ms');
    assert.equal(await get('--pair', `${manager},${standby}`), '100ms');
    assert.equal(await get(), '100ms');
    await fewerFrames(scene, client, 0.6 * usual);
    await mustSet(scene, manager, 'heartbeat.interval=default', '--node', nodeName(client));
    assert.equal(await get('--node', `${client}`), '100ms');
    await scene.nothingMoved(mark);
  });

  story('P2, P3: a local parameter of one node holds there and nowhere else, without a handshake', { ...DEFAULTS }, async (scene) => {
    const mark = await scene.now();
    const [manager, client] = [scene.formed.manager, scene.others[0] ?? 0];
    await mustSet(scene, manager, 'messages.send_window=1', 'messages.queue_overflow_threshold=2', '--node', nodeName(client));
    const { parameters } = await agreedReports(scene);
    const own = parameters
      .filter(({ nodes }) => nodes.length > 0)
      .map(({ name, nodes, cluster, configured }) => [name, nodes, cluster === configured]);
    assert.deepEqual(own, [
      ['messages.queue_overflow_threshold', [{ node: nodeName(client), value: 2 }], true],
      ['messages.send_window', [{ node: nodeName(client), value: 1 }], true],
    ]);
    const get = async (node: number): Promise<string> =>
      (await scene.cluster.daemon(manager).command(['parameters', 'get', 'messages.send_window', '--node', `${node}`])).stdout.trim();
    assert.deepEqual([await get(client), await get(manager)], ['1', '32']);
    // It goes on: a change from that node goes through a window of one.
    await mustSet(scene, client, 'messages.retry_timer=5ms');
    // The threshold is for what programs ask, not for what follows from it: no member takes another for one that takes no messages.
    await mustSet(scene, manager, 'messages.queue_overflow_threshold=1');
    for (const node of scene.cluster.plan.nodes) await mustSet(scene, node, `messages.retry_timer=${5 + node}ms`);
    await scene.nothingMoved(mark);
  });

  story(
    'P4, C17: a node that was away takes the parameters before it is a member; all have them in their configurations, also when all start anew',
    { timeoutMs: 120_000 },
    async (scene) => {
      const away = scene.others[0] ?? 0;
      await scene.cluster.daemon(away).end('SIGKILL');
      await scene.cluster.formed();
      await mustSet(scene, scene.formed.manager, 'heartbeat.failure_threshold=12', 'messages.retry_time_max=7s');
      await scene.cluster.start(away);
      await scene.cluster.formed();
      const there = await agreedReports(scene);
      assert.equal((await values(scene, away))['heartbeat.failure_threshold'], 12);
      await shownWithConfigurations(scene, there.version);
      await writtenEverywhere(scene, there.version);
      await Promise.all(scene.cluster.plan.nodes.map((node) => scene.cluster.daemon(node).end('SIGKILL')));
      await Promise.all(scene.cluster.plan.nodes.map((node) => scene.cluster.start(node)));
      await scene.cluster.formed();
      assert.deepEqual(await agreedReports(scene), there);
      await shownWithConfigurations(scene, there.version);
      await writtenEverywhere(scene, there.version);
      await editedWithout(scene, away);
    },
  );
});
