// The API as a program uses it, on a runtime that is not real.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../../lib/api/cluster.ts';
import { connect } from '../../../lib/api/daemon.ts';
import type { HeartwireEvent } from '../../../lib/api/event.ts';
import { generateKeyLine } from '../../../lib/config/key-generate.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { CONFIG_TEXT, FakeCluster } from '../support/fake-cluster.ts';
import { FakeEngine } from '../support/fake-runtime.ts';
import { healthyStatus } from '../support/statuses.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('Cluster', () => {
  let fake: FakeCluster;
  beforeEach(async () => void (fake = await FakeCluster.join()));
  afterEach(() => fake.close());

  it('starts the node, and leaves by handing over first', async () => {
    assert.deepEqual(fake.runtime.calls, ['start']);
    await Promise.all([fake.cluster.leave(), fake.cluster.leave()]);
    assert.deepEqual(fake.runtime.calls, ['start', 'command leave', 'stop']);
    assert.ok(!existsSync(fake.socket));
  });

  it('stops also when nobody takes over', async () => {
    fake.runtime.refusals.set('leave', HeartwireError.of('HW_REFUSED', { reason: 'nobody answers.' }));
    await fake.cluster.leave();
    assert.equal(fake.runtime.calls.at(-1), 'stop');
    assert.ok(fake.logged.includes('warn left without handing over'));
  });

  it('shows role, members, addresses, manager and standby', () => {
    fake.runtime.facts = {
      ...healthyStatus(),
      nodes: healthyStatus().nodes.map((node) => (node.node === 3 ? { ...node, state: 'failed' } : node)),
    };
    const { cluster } = fake;
    assert.equal(cluster.role, 'manager');
    assert.deepEqual(
      cluster.members.map((node) => node.name),
      ['node1', 'node2'],
    );
    assert.deepEqual(
      cluster.addresses.map((entry) => [entry.address, entry.owner]),
      [['10.77.0.100/24', 1]],
    );
    assert.deepEqual([cluster.manager, cluster.standby, cluster.node], [1, 2, 'node1']);
    assert.deepEqual(
      cluster.status().degraded.map((entry) => entry.reason),
      ['node-failed'],
    );
    assert.deepEqual(JSON.parse(JSON.stringify(cluster.status())), cluster.status(), 'plain JSON');
  });

  it('names nodes by name or id', async () => {
    await fake.cluster.move({ to: 'node3' });
    await fake.cluster.move({ to: 3 });
    await fake.cluster.move({ to: '3' });
    await fake.cluster.move();
    assert.deepEqual(
      fake.runtime.commands,
      [3, 3, 3, null].map((node) => ({ name: 'move', node })),
    );
    await assert.rejects(fake.cluster.setStandby('node4'), { code: 'HW_NODE_UNKNOWN' });
    await assert.rejects(fake.cluster.move({ to: 4 }), { code: 'HW_NODE_UNKNOWN' });
  });

  it('hands on why the cluster refuses', async () => {
    fake.runtime.refusals.set('setStandby', HeartwireError.of('HW_REFUSED', { reason: 'node3 is client only.' }));
    await assert.rejects(fake.cluster.setStandby(3), { code: 'HW_REFUSED', message: 'The cluster refuses this: node3 is client only.' });
  });

  it('tells events by their name, all of them, and in a loop', async () => {
    const named: HeartwireEvent[] = [];
    const all: string[] = [];
    fake.cluster.on('new-manager', (event) => named.push(event));
    fake.cluster.on('event', (event) => all.push(event.event));
    const stop = new AbortController();
    const looped: string[] = [];
    const loop = (async () => {
      for await (const event of fake.cluster.events({ signal: stop.signal })) looped.push(event.event);
    })();
    fake.runtime.tell('new-manager', { epoch: 8 }, 2);
    fake.runtime.tell('link-down', { link: 'a udp eth0', peer: 3 });
    await waitUntil('both', () => looped.length === 2);
    stop.abort();
    await loop;
    fake.runtime.tell('link-up');
    assert.deepEqual(all, ['new-manager', 'link-down', 'link-up']);
    assert.deepEqual(looped, ['new-manager', 'link-down']);
    assert.deepEqual([named[0]?.node, named[0]?.details['epoch']], [2, 8]);
  });

  it('gives events the time of day at which they happened', () => {
    const times: HeartwireEvent[] = [];
    fake.cluster.on('event', (event) => times.push(event));
    const before = Date.now();
    fake.runtime.emit('event', { event: 'managed', atMs: fake.runtime.now - 5000, node: 1, memberId: 1, description: null, details: {} });
    const told = Date.parse(times[0]?.time ?? '');
    assert.ok(told >= before - 5000 && told <= Date.now() - 5000, times[0]?.time);
  });

  it('turns what JSON cannot hold into what it can', () => {
    fake.runtime.emit('event', {
      event: 'new-client',
      atMs: 0,
      node: 2,
      memberId: 2,
      description: { name: 'node2', boot: 1_795_000_001n },
      details: {},
    });
    assert.equal(fake.cluster.recentEvents()[0]?.description?.boot, 1_795_000_001);
    JSON.stringify(fake.cluster.recentEvents());
  });

  it('keeps the last 1000 events', () => {
    for (let count = 0; count < 1005; count++) fake.runtime.tell('role-changed', { count });
    const recent = fake.cluster.recentEvents();
    assert.deepEqual([recent.length, recent[0]?.details['count'], recent.at(-1)?.details['count']], [1000, 5, 1004]);
  });

  it('waits until the node is a member', async () => {
    fake.runtime.facts = { ...healthyStatus(), self: { ...healthyStatus().self, role: 'unmanaged' } };
    const joined = fake.cluster.joined();
    fake.runtime.tell('unmanaged');
    fake.runtime.facts = healthyStatus();
    fake.runtime.tell('managed');
    await joined;
    await fake.cluster.joined();
  });

  it('stops waiting when told to, or when the node leaves', async () => {
    fake.runtime.facts = { ...healthyStatus(), self: { ...healthyStatus().self, role: 'unmanaged' } };
    const stop = new AbortController();
    const aborted = assert.rejects(fake.cluster.joined({ signal: stop.signal }), { code: 'HW_ABORTED' });
    stop.abort();
    await aborted;
    const left = assert.rejects(fake.cluster.joined(), { code: 'HW_NOT_RUNNING' });
    await fake.cluster.leave();
    await left;
    await assert.rejects(fake.cluster.offline(), { code: 'HW_NOT_RUNNING' });
  });

  it('tells when the node fails, and ends what waits for it', async () => {
    const loop = assert.rejects(
      async () => {
        for await (const _ of fake.cluster.events()) assert.fail('nothing happened');
      },
      { code: 'HW_NATIVE' },
    );
    const failed: HeartwireError[] = [];
    fake.cluster.on('failed', (error) => failed.push(error));
    fake.runtime.emit('failed', HeartwireError.of('HW_NATIVE', { reason: 'gone' }));
    await loop;
    assert.deepEqual(
      failed.map((error) => error.code),
      ['HW_NATIVE'],
    );
    await assert.rejects(fake.cluster.move(), { code: 'HW_NOT_RUNNING' });
  });
});

describe('Cluster.join', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-join-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads the file, the keys, and wipes them once the engine has its own', async () => {
    const engine = new FakeEngine();
    writeFileSync(join(folder, 'demo.keys'), generateKeyLine(4), { mode: 0o600 });
    writeFileSync(join(folder, 'demo.yaml'), CONFIG_TEXT.replace('authentication: none-insecure', 'key_file: demo.keys'));
    let during: readonly number[] = [];
    engine.prepare = (runtime) => (during = runtime.options.keys.map((key) => key.key.reduce((sum, byte) => sum + byte, 0)));
    const cluster = await Cluster.joinWith(engine, join(folder, 'demo.yaml'), {
      node: 'node2',
      control: false,
      stateDirectory: join(folder, 'state'),
    });
    assert.ok((during[0] ?? 0) > 0);
    const { options } = engine.joined;
    assert.deepEqual([options.node, options.stateDirectory, options.keys.map((key) => key.id)], ['node2', join(folder, 'state'), [4]]);
    assert.ok(options.keys.every((key) => key.key.every((byte) => byte === 0)));
    writeFileSync(join(folder, 'demo.keys'), generateKeyLine(5) + generateKeyLine(4));
    cluster.reloadKeys();
    assert.equal(engine.joined.calls.at(-1), 'setKeys 5 4');
    writeFileSync(join(folder, 'demo.keys'), 'broken');
    assert.throws(() => cluster.reloadKeys(), { code: 'HW_KEY_FILE_SYNTAX' });
    await cluster.leave();
  });

  it('refuses before it starts anything', async () => {
    const engine = new FakeEngine();
    await assert.rejects(Cluster.joinWith(engine, join(folder, 'none.yaml')), { code: 'HW_CONFIG_UNREADABLE' });
    await assert.rejects(Cluster.joinWith(engine, FakeCluster.config(), { node: 'node7', control: false }), { code: 'HW_NODE_UNKNOWN' });
    await assert.rejects(Cluster.joinWith(engine, FakeCluster.config(), { node: 'node1', control: false, signal: AbortSignal.abort() }), {
      code: 'HW_ABORTED',
    });
    await assert.rejects(
      Cluster.joinWith(engine, { ...FakeCluster.config(), keyFiles: [join(folder, 'none')] }, { node: 'node1', control: false }),
      { code: 'HW_KEY_FILE_FAILED' },
    );
    assert.equal(engine.runtime, null);
  });

  it('leaves nothing open when the engine does not start', async () => {
    const engine = new FakeEngine();
    engine.prepare = (runtime) => (runtime.startError = HeartwireError.of('HW_NATIVE', { reason: 'no' }));
    const socket = join(folder, 'control.sock');
    await assert.rejects(Cluster.joinWith(engine, FakeCluster.config(), { node: 'node1', control: socket }), { code: 'HW_NATIVE' });
    assert.deepEqual(engine.joined.calls, ['start', 'stop']);
    assert.ok(!existsSync(socket));
  });

  it('does not start a second daemon on a socket in use', async () => {
    const first = await FakeCluster.join();
    const engine = new FakeEngine();
    await assert.rejects(Cluster.joinWith(engine, FakeCluster.config(), { node: 'node1', control: first.socket }), {
      code: 'HW_SOCKET_IN_USE',
    });
    assert.deepEqual(engine.joined.calls, ['stop']);
    await (await connect(first.socket)).status();
    await first.close();
  });

  it('leaves when its signal aborts', async () => {
    const stop = new AbortController();
    const fake = await FakeCluster.join({ signal: stop.signal });
    stop.abort();
    await fake.close();
    assert.deepEqual(fake.runtime.calls, ['start', 'command leave', 'stop']);
  });
});
