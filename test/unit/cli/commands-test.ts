// Every command as a process of its own, against a daemon whose node is not real.
import assert from 'node:assert/strict';
import { writeParameters } from '../../../lib/runtime/parameter-file.ts';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../lib/config/load.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { healthyStatus, troubledStatus, withAway } from '../support/statuses.ts';
import { waitUntil } from '../support/wait-until.ts';
import { heartwire, RunningCommand } from './command-line.ts';

describe('commands to a daemon', function () {
  this.timeout(60_000);
  let fake: FakeCluster;
  const say = (...words: string[]) => heartwire(...words, '--socket', fake.socket);

  beforeEach(async () => void (fake = await FakeCluster.join()));
  afterEach(() => fake.close());

  it('status: exit code 0 when all is well, 1 when degraded; text and JSON', async () => {
    const healthy = await say('status');
    assert.deepEqual([healthy.code, healthy.stderr], [0, '']);
    assert.match(healthy.stdout, /^cluster {4}demo\nmanager {4}node1, epoch 7\n[^]*\nHealthy\.\n$/);
    fake.runtime.facts = troubledStatus();
    const degraded = await say('status', '--json');
    assert.equal(degraded.code, 1);
    assert.deepEqual(JSON.parse(degraded.stdout), JSON.parse(JSON.stringify(fake.cluster.status())));
  });

  it('status --watch: again at every event, until interrupted', async () => {
    const watching = new RunningCommand(['status', '--watch', '--json', '--interval', '3600000', '--socket', fake.socket]);
    await waitUntil('the first', () => watching.stdout.split('\n').length === 2);
    fake.runtime.facts = { ...healthyStatus(), epoch: 8 };
    fake.runtime.tell('new-manager');
    await waitUntil('the second', () => watching.stdout.split('\n').length === 3);
    watching.signal('SIGINT');
    const { code, stdout } = await watching.ended;
    assert.equal(code, 0);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { epoch: number }).epoch),
      [7, 8],
    );
  });

  it('events: the past ones; --follow: what comes, until the daemon ends', async () => {
    fake.runtime.tell('new-manager', { epoch: 7 });
    fake.runtime.tell('new-standby', {}, 2);
    const past = await say('events');
    assert.match(past.stdout, /^\S+Z new-manager {8}node1 epoch=7\n\S+Z new-standby {8}node2\n$/);
    const following = new RunningCommand(['events', '--follow', '--json', '--recent', '1', '--socket', fake.socket]);
    await waitUntil('the past one', () => following.stdout.includes('new-standby'));
    fake.runtime.tell('standby-lost', {}, 2);
    await waitUntil('the new one', () => following.stdout.includes('standby-lost'));
    await fake.cluster.leave();
    const { code, stdout } = await following.ended;
    assert.equal(code, 3, 'the daemon has gone');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event?: string; error?: { code: string } });
    assert.deepEqual(
      lines.map((line) => line.event ?? line.error?.code),
      ['new-standby', 'standby-lost', 'HW_CONNECTION_LOST'],
    );
  });

  it('offline, online, move, standby, network, address: do it, and say what is so now', async () => {
    const steps: [string[], string][] = [
      [['move', '--to', 'node3'], 'The manager is node3.'],
      [['move'], 'The manager is node2.'],
      [['standby', 'node3'], 'The standby is node3.'],
      [['network', 'b'], 'The active network is b.'],
      [['address', 'add', '10.77.0.101/24', '--network', 'a'], 'Virtual addresses: 10.77.0.100/24.'],
      [['address', 'delete', '10.77.0.101/24'], 'Virtual addresses: 10.77.0.100/24.'],
      [['offline'], 'node1 is offline.'],
      [['online'], 'node1 is client.'],
    ];
    for (const [words, answer] of steps)
      assert.deepEqual(await say(...words), { code: 0, stdout: `${answer}\n`, stderr: '' }, words.join(' '));
    assert.deepEqual(
      fake.runtime.commands.map((command) => command.name),
      ['move', 'move', 'setStandby', 'changeActiveNetwork', 'addVirtualAddress', 'deleteVirtualAddress', 'offline', 'online'],
    );
    const { stdout } = await say('offline', '--json');
    assert.deepEqual(JSON.parse(stdout), { done: true, role: 'offline', manager: 'node2', standby: 'node3' });
  });

  it('publish: facts as numbers, words and text; what is none is refused before anybody hears of it', async () => {
    const { stdout } = await say('publish', 'backup-done', 'bytes=12', 'ok=true', 'by=a b', 'note=');
    assert.equal(stdout, 'All members are told of backup-done.\n');
    const facts = { bytes: 12, ok: true, by: 'a b', note: '' };
    assert.deepEqual(fake.runtime.commands, [{ name: 'publish', event: 'backup-done', facts }]);
    for (const [words, reason] of [
      [['Backup'], /is no name of an event/],
      [['x', 'name=y'], /is no name of a fact/],
      [['x', 'a=1', 'a=2'], /a is there already/],
      [['x', 'word'], /Write name=value/],
      [['x', `a=${'y'.repeat(301)}`], /'a' is too long: 301 characters/],
      [['x', ...Array.from({ length: 33 }, (_, index) => `a${index}=1`)], /33 facts are too many/],
    ] as const) {
      const { code, stderr } = await say('publish', ...words);
      assert.equal(code, 2, words[0]);
      assert.match(stderr, reason);
    }
    assert.equal(fake.runtime.commands.length, 1);
  });

  it('parameters set: each once; names who is away, and gets it later', async () => {
    const set = (...words: string[]) => say('parameters', 'set', ...words);
    const twice = await set('messages.send_window=40', 'messages.send_window=41');
    assert.deepEqual([twice.code, twice.stdout], [2, '']);
    assert.match(twice.stderr, /^HW_USAGE messages\.send_window is given twice/);
    assert.deepEqual(fake.runtime.commands, []);
    assert.match((await set('messages.send_window=40')).stdout, /^Changed on all members: parameters [\d.]+\.\n$/);
    fake.runtime.facts = withAway(2, 3);
    const { stdout } = await set('messages.send_window=40');
    const lines = ['Left out: node2, node3, which are away and get it when they are back.', ''];
    assert.match(stdout, /^Changed on all members that are here: /);
    assert.deepEqual(stdout.split('\n').slice(1), lines);
    const told = JSON.parse((await set('messages.send_window=40', '--json')).stdout) as { leftOut: unknown };
    assert.deepEqual(told.leftOut, ['node2', 'node3']);
  });

  it('pause: says what is missing where no time is known, with exit code 2', async () => {
    const { code, stderr } = await say('pause');
    assert.equal(code, 2);
    assert.match(stderr, /^HW_USAGE Say how long it takes for maintenance \(--for 20s; in programs forMs\)\./);
    assert.deepEqual(fake.runtime.commands, []);
    assert.equal((await say('pause', '--for', '20s')).code, 0);
  });

  it('tell why the cluster refuses, with exit code 5', async () => {
    fake.runtime.refusals.set('move', HeartwireError.of('HW_REFUSED', { reason: 'there is no standby.' }));
    const { code, stdout, stderr } = await say('move');
    assert.deepEqual([code, stdout], [5, '']);
    assert.equal(stderr, 'HW_REFUSED The cluster refuses this: there is no standby.\nWay out: `heartwire status` shows why.\n');
    const json = await say('move', '--json');
    assert.equal((JSON.parse(json.stdout) as { error: { code: string } }).error.code, 'HW_REFUSED');
    assert.equal(json.stderr, '');
  });

  it('refuse strangers with exit code 4', async () => {
    fake.engine.peer = { uid: 65534, gid: 65534, pid: 1 };
    const { code, stderr } = await say('offline');
    assert.equal(code, 4);
    assert.match(stderr, /^HW_FORBIDDEN uid 65534 may not command this daemon\./);
  });
});

describe('commands without a daemon', function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('say so with exit code 3', async () => {
    const { code, stderr } = await heartwire('status', '--socket', join(folder, 'none.sock'));
    assert.equal(code, 3);
    assert.match(stderr, /^HW_NO_DAEMON .*ENOENT.*\nWay out: Start one with `heartwire run`/);
  });

  it('refuse wrong words with exit code 2, in the shape of any error', async () => {
    const wrong = [
      ['explode'],
      ['status', '--colour'],
      ['standby'],
      ['status', '--interval', 'soon'],
      ['events', '--recent', '-1'],
      ['key', 'generate', '--id', '256'],
      ['status', '--socket', 'a', '--cluster', 'b'],
      ['config', 'check', 'a', 'b'],
    ];
    for (const words of wrong) {
      const { code, stdout, stderr } = await heartwire(...words);
      assert.deepEqual([code, stdout], [2, ''], words.join(' '));
      assert.match(stderr, /^HW_USAGE .*\.\nWay out: /, words.join(' '));
    }
    const json = await heartwire('statsu', '--json');
    assert.match((JSON.parse(json.stdout) as { error: { message: string } }).error.message, /Did you mean status\?/);
  });

  it('show help and version', async () => {
    const help = await heartwire('--help');
    assert.equal(help.code, 0);
    for (const command of [
      'run',
      'witness',
      'status',
      'events',
      'move',
      'offline',
      'online',
      'standby',
      'network',
      'address',
      'config',
      'key',
      'disk',
      'demo',
    ])
      assert.match(help.stdout, new RegExp(`^  ${command}\\b`, 'm'));
    assert.match((await heartwire('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('key generate: to a file with mode 0600, to a pipe, and further ones', async () => {
    const file = join(folder, 'demo.keys');
    assert.deepEqual(await heartwire('key', 'generate', file), {
      code: 0,
      stdout: `Key 1 is in ${file} (mode 0600). Copy the file to every node of the cluster.\n`,
      stderr: '',
    });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = await heartwire('key', 'generate', file);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /^HW_KEY_FILE_EXISTS /);
    const more = await heartwire('key', 'generate', file, '--append', '--json');
    assert.deepEqual(JSON.parse(more.stdout), { file, id: 2, mode: '0600' });
    assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, 3);
    const piped = await heartwire('key', 'generate', '--id', '7');
    assert.match(piped.stdout, /^7 [A-Za-z0-9+/]{43}=\n$/);
    assert.equal((await heartwire('key', 'generate', '--append')).code, 2);
  });

  it('config check: what is wrong with line and column, what is doubtful, what is right', async () => {
    const file = join(folder, 'demo.yaml');
    const example = await heartwire('config', 'example');
    writeFileSync(file, example.stdout);
    const right = await heartwire('config', 'check', file);
    assert.equal(right.code, 0);
    assert.match(
      right.stdout,
      /demo\.yaml is valid: cluster demo, nodes node1, node2, node3, networks a, b, 2 of 3 voters must agree, a beat every 10ms, failure after 50ms\.\n/,
    );
    assert.match(right.stdout, /is none of its nodes, so its interfaces were not looked at; name one with --node\.\n$/);
    const here = await heartwire('config', 'check', file, '--node', 'node2', '--json');
    const { valid, node, warnings } = JSON.parse(here.stdout) as { valid: boolean; node: string; warnings: string[] };
    assert.deepEqual([valid, node], [true, 'node2']);
    assert.ok(
      warnings.some((warning) => warning.includes('/etc/heartwire/demo.keys')),
      'the key file is not there',
    );
    assert.doesNotMatch(right.stdout, /set while it runs/);
    // What was set in the running cluster holds on this machine, whatever the file says.
    writeFileSync(file, example.stdout.replace('state_directory: /var/lib/heartwire', `state_directory: ${folder}`));
    writeParameters(folder, { version: 17n, settings: [{ name: 'heartbeat.interval', node: null, pair: null, value: 20_000 }] });
    const set = await heartwire('config', 'check', file, '--node', 'node2');
    assert.match(
      set.stdout,
      /a beat every 20ms.*\nset while it ran.* \(parameters 0\.17\):\n {2}heartbeat\.interval: 20ms \(configured: 10ms\)\n$/,
    );
    writeFileSync(join(folder, 'parameters.json'), '{');
    const unreadable = await heartwire('config', 'check', file, '--node', 'node2');
    assert.match(unreadable.stdout, /warning state_directory: the parameters that were set cannot be read/);
    writeFileSync(file, example.stdout.replace('timeout: 50ms', 'timeout: 50'));
    const wrong = await heartwire('config', 'check', file);
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(
      wrong.stderr,
      /^HW_CONFIG_INVALID The configuration is not valid:\n.*demo\.yaml:\d+:12: heartbeat\.timeout: 50 has no unit\./,
    );
    assert.equal((await heartwire('config', 'check', file, '--json')).code, 2);
  });

  it('config diff and history: from one file to another, from what runs here to a file, and what has run', async () => {
    const [older, newer] = [join(folder, 'older.yaml'), join(folder, 'newer.yaml')];
    const { stdout: example } = await heartwire('config', 'example');
    writeFileSync(older, example);
    writeFileSync(newer, example.replace('timeout: 50ms', 'timeout: 100ms'));
    const diff = await heartwire('config', 'diff', older, newer);
    assert.deepEqual([diff.code, diff.stderr], [0, '']);
    assert.match(
      diff.stdout,
      /^from \S+older\.yaml to \S+newer\.yaml\n[^]*\nsettings {2}change {2}heartbeat\.timeout: 50ms -> 100ms\nunchanged: node/,
    );
    const state = ['--state-directory', join(folder, 'state')];
    const none = await heartwire('config', 'diff', newer, ...state);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /^HW_USAGE No configuration has run here yet/);
    assert.equal((await heartwire('config', 'history', newer, ...state)).stdout, 'No configuration has run here yet.\n');
    for (const file of [older, newer, older]) ConfigurationVersions.open(join(folder, 'state')).start(loadConfig(file).config, 1000);
    const here = await heartwire('config', 'diff', newer, ...state, '--json');
    const { from, differs, steps } = JSON.parse(here.stdout) as { from: string; differs: string[]; steps: { name: string }[] };
    assert.deepEqual([from, differs], ['version 3', ['settings']]);
    assert.deepEqual(steps.map(({ name }) => name).at(-1), 'heartbeat.timeout');
    assert.match((await heartwire('config', 'diff', older, ...state)).stdout, /\nNo difference\.\n$/);
    const history = await heartwire('config', 'history', newer, ...state);
    assert.match(history.stdout, /^ {2}version {2}since [^]*\n {2}3 {8}1970-01-01T00:00:01\.000Z {2}[0-9a-f]{12} /);
    const list = JSON.parse((await heartwire('config', 'history', newer, ...state, '--json')).stdout) as {
      active: number;
      history: { version: number; settings: string }[];
    };
    assert.deepEqual([list.active, list.history.map(({ version }) => version)], [3, [1, 2, 3]]);
    assert.equal(list.history[0]?.settings, list.history[2]?.settings);
    writeParameters(join(folder, 'state'), {
      version: 17n,
      settings: [{ name: 'heartbeat.interval', node: null, pair: null, value: 20_000 }],
    });
    const kept = await heartwire('config', 'diff', older, ...state);
    assert.match(kept.stdout, /\nNo difference\.\nset while it ran[^]*\n {2}heartbeat\.interval: 20ms \(configured: 10ms\)\n$/);
  });

  it('witness: only where the configuration names one', async () => {
    const file = join(folder, 'demo.yaml');
    const { stdout: example } = await heartwire('config', 'example');
    writeFileSync(file, example);
    const without = await heartwire('witness', '--config', file);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /^HW_NO_WITNESS .*: The configuration names no witness \(quorum: majority\)\./);
    writeFileSync(file, `${example}witness: { node: node3 }\n`);
    assert.match((await heartwire('config', 'check', file)).stdout, /2 of 3 voters must agree \(node3 is the witness\)/);
    const keyless = await heartwire('witness', '--config', file, '--socket', join(folder, 'control.sock'));
    assert.match(keyless.stderr, /^HW_KEY_FILE_FAILED /, 'it gets as far as its key');
  });

  it('disk init: prepares what is empty, and overwrites only what may be lost', async () => {
    const [file, disk] = [join(folder, 'demo.yaml'), join(folder, 'disk')];
    const { stdout: example } = await heartwire('config', 'example');
    writeFileSync(file, example);
    writeFileSync(disk, Buffer.alloc(256 * 1024));
    const three = await heartwire('disk', 'init', disk, '--config', file);
    assert.match(three.stderr, /^HW_DISK_VOTERS .*node1, node2, node3/);
    writeFileSync(file, example.replace(/\n.*name: node3.*\n/, `\n\ndisk: { device: ${disk} }\n`));
    const done = await heartwire('disk', 'init', disk, '--config', file);
    assert.deepEqual(done, { code: 0, stdout: `${disk} is the third vote of node1 and node2 in cluster demo.\n`, stderr: '' });
    assert.equal(readFileSync(disk).subarray(0, 8).toString(), 'HWDISK01');
    const again = await heartwire('disk', 'init', disk, '--config', file);
    assert.deepEqual([again.code, again.stderr.split(' ')[0]], [2, 'HW_DISK_NOT_EMPTY']);
    const forced = await heartwire('disk', 'init', disk, '--config', file, '--force', '--json');
    assert.deepEqual(JSON.parse(forced.stdout), { device: disk, cluster: 'demo', nodes: ['node1', 'node2'] });
    const absent = await heartwire('disk', 'init', join(folder, 'absent'), '--config', file);
    assert.deepEqual([absent.code, absent.stderr.split(' ')[0]], [6, 'HW_DISK_FAILED']);
  });

  it('config schema: a JSON schema', async () => {
    const schema = JSON.parse((await heartwire('config', 'schema')).stdout) as {
      $schema: string;
      required: string[];
      additionalProperties: boolean;
    };
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    assert.deepEqual([schema.required, schema.additionalProperties], [['cluster', 'networks', 'nodes'], false]);
  });
});
