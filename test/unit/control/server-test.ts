// The control socket over a real AF_UNIX socket, with a node that is not real.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { bindSocket } from '../../../lib/control/socket-file.ts';
import { REQUEST_BYTES_MAX } from '../../../lib/control/session.ts';
import { CLIENTS_MAX } from '../../../lib/control/server.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { healthyStatus } from '../support/statuses.ts';
import { waitUntil } from '../support/wait-until.ts';

type Answer = { id: number; result?: unknown; error?: { code: string }; event?: { event: string }; status?: { self: { role: string } } };

/** Speaks lines, as any language could. */
class RawClient {
  readonly socket: Socket;
  readonly answers: Answer[] = [];
  closed = false;
  #text = '';

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (chunk: Buffer) => {
      const lines = (this.#text + chunk.toString()).split('\n');
      this.#text = lines.pop() ?? '';
      this.answers.push(...lines.map((line) => JSON.parse(line) as Answer));
    });
    this.socket.on('close', () => (this.closed = true));
    this.socket.on('error', () => {});
  }

  say(...requests: (object | string)[]): void {
    for (const request of requests) this.socket.write(typeof request === 'string' ? request : `${JSON.stringify(request)}\n`);
  }

  async answered(count: number): Promise<Answer[]> {
    await waitUntil(`${count} answers`, () => this.answers.length >= count);
    return this.answers;
  }
}

describe('control socket', () => {
  let fake: FakeCluster;
  let client: RawClient;

  beforeEach(async () => {
    fake = await FakeCluster.join();
    client = new RawClient(fake.socket);
  });

  afterEach(async () => {
    client.socket.destroy();
    await fake.close();
  });

  it('lets nobody in but its owner, from the first moment, and goes with the daemon', async () => {
    assert.equal(lstatSync(fake.socket).mode & 0o777, 0o600);
    await fake.cluster.leave();
    assert.ok(!existsSync(fake.socket));
  });

  it('answers in order, also what came in one piece', async () => {
    client.say({ id: 1, command: 'status' }, { id: 2, command: 'offline' }, { id: 3, command: 'status' });
    const [before, done, after] = await client.answered(3);
    assert.deepEqual([before?.id, done?.id, after?.id], [1, 2, 3]);
    assert.equal((before?.result as { self: { role: string } }).self.role, 'manager');
    assert.equal(done?.result, null);
    assert.equal((after?.result as { self: { role: string } }).self.role, 'offline');
  });

  it('carries every command to the node', async () => {
    client.say(
      { id: 1, command: 'move', to: 'node3' },
      { id: 2, command: 'standby', node: 2 },
      { id: 3, command: 'network', network: 'b' },
      { id: 4, command: 'addAddress', address: '10.77.0.101/24' },
    );
    client.say(
      { id: 5, command: 'deleteAddress', address: '10.77.0.101/24' },
      { id: 6, command: 'offline' },
      { id: 7, command: 'online' },
      { id: 8, command: 'move' },
    );
    assert.ok((await client.answered(8)).every((answer) => answer.result === null));
    assert.deepEqual(fake.runtime.commands, [
      { name: 'move', node: 3 },
      { name: 'setStandby', node: 2 },
      { name: 'changeActiveNetwork', network: 'b' },
      { name: 'addVirtualAddress', address: { address: '10.77.0.101/24', network: 'active' } },
      { name: 'deleteVirtualAddress', address: '10.77.0.101/24' },
      { name: 'offline' },
      { name: 'online' },
      { name: 'move', node: null },
    ]);
  });

  it('refuses what is wrong and goes on with what is right', async () => {
    client.say(
      'nonsense\n',
      '\n',
      { id: 1, command: 'explode' },
      { id: 2, command: 'standby', node: 'nod2' },
      { id: 3, command: 'addAddress', address: '10.77.0.101' },
      { id: 4, command: 'status' },
    );
    const answers = await client.answered(5);
    assert.deepEqual(
      answers.map((answer) => [answer.id, answer.error?.code]),
      [
        [null, 'HW_REQUEST_INVALID'],
        [1, 'HW_REQUEST_INVALID'],
        [2, 'HW_NODE_UNKNOWN'],
        [3, 'HW_ADDRESS_INVALID'],
        [4, undefined],
      ],
    );
    assert.deepEqual(fake.runtime.commands, []);
  });

  it('looks at who asks at every command, not once', async () => {
    client.say({ id: 1, command: 'status' });
    await client.answered(1);
    fake.engine.peer = { uid: 65534, gid: 65534, pid: process.pid };
    client.say({ id: 2, command: 'status' }, { id: 3, command: 'offline' });
    const answers = await client.answered(3);
    assert.deepEqual(
      answers.slice(1).map((answer) => answer.error?.code),
      ['HW_FORBIDDEN', 'HW_FORBIDDEN'],
    );
    assert.deepEqual(fake.runtime.commands, []);
    assert.ok(fake.logged.includes('warn command refused: not permitted'));
  });

  it('tells past events, then all that come', async () => {
    fake.runtime.tell('new-manager', { epoch: 7 });
    fake.runtime.tell('new-standby', {}, 2);
    client.say({ id: 1, command: 'events' }, { id: 2, command: 'events', recent: 1, follow: true });
    await client.answered(4);
    fake.runtime.tell('standby-lost', {}, 2);
    const answers = await client.answered(5);
    assert.deepEqual(
      answers.map((answer) => [answer.id, answer.event?.event]),
      [
        [1, 'new-manager'],
        [1, 'new-standby'],
        [1, undefined],
        [2, 'new-standby'],
        [2, 'standby-lost'],
      ],
    );
  });

  it('sends the status at once, and again when something happens', async () => {
    client.say({ id: 1, command: 'watch', intervalMs: 3_600_000 });
    await client.answered(1);
    fake.runtime.facts = { ...healthyStatus(), self: { ...healthyStatus().self, role: 'client' } };
    fake.runtime.tell('role-changed');
    const answers = await client.answered(2);
    assert.deepEqual(
      answers.map((answer) => answer.status?.self.role),
      ['manager', 'client'],
    );
  });

  it('answers a client that has said all it has to say', async () => {
    client.say({ id: 1, command: 'status' });
    client.socket.end();
    await waitUntil('the end', () => client.closed);
    assert.equal(client.answers[0]?.id, 1);
  });

  it('cuts off who never ends a line', async () => {
    client.say('x'.repeat(REQUEST_BYTES_MAX + 1));
    await waitUntil('the end', () => client.closed);
    assert.equal(client.answers[0]?.error?.code, 'HW_REQUEST_TOO_LONG');
  });

  it('cuts off who does not read, and forgets it', async () => {
    client.socket.pause();
    client.say({ id: 1, command: 'events', recent: 0, follow: true });
    await waitUntil('the stream', () => fake.cluster.listenerCount('event') === 1);
    const details = { text: 'x'.repeat(100_000) };
    await waitUntil('the cut', () => {
      fake.runtime.tell('role-changed', details);
      return fake.cluster.listenerCount('event') === 0;
    });
    assert.ok(fake.logged.includes('warn control client reads too slowly, cut off'));
  });

  it('ends streams with their client', async () => {
    client.say({ id: 1, command: 'watch' });
    await client.answered(1);
    client.socket.destroy();
    await waitUntil('no listener', () => fake.cluster.listenerCount('event') === 0);
  });

  it('serves a bounded number of clients', async () => {
    const others = Array.from({ length: CLIENTS_MAX }, () => new RawClient(fake.socket));
    await waitUntil('a refusal', () => others.some((other) => other.answers[0]?.error?.code === 'HW_TOO_MANY_CLIENTS'));
    for (const other of others) other.socket.destroy();
    await Promise.all(others.map(async (other) => waitUntil('the end', () => other.closed)));
    const late = new RawClient(fake.socket);
    late.say({ id: 1, command: 'status' });
    await waitUntil('room again', () => late.answers.length > 0 || late.closed);
    late.socket.destroy();
  });

  it('answers when the node fails to', async () => {
    fake.runtime.status = () => {
      throw new Error('out of order');
    };
    client.say({ id: 1, command: 'status' });
    assert.equal((await client.answered(1))[0]?.error?.code, 'HW_UNEXPECTED');
  });
});

describe('the place of the control socket', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-socket-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is freed of what a killed daemon left behind', async () => {
    const path = join(folder, 'a', 'control.sock');
    const first = createServer();
    await bindSocket(first, path, null);
    const twin = createServer();
    await assert.rejects(bindSocket(twin, path, null), { code: 'HW_SOCKET_IN_USE' });
    rmSync(path);
    await leaveStale(path);
    await bindSocket(twin, path, null);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    for (const server of [first, twin]) server.close();
  });

  it('is not taken from a file, and not from nowhere', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'mine');
    await assert.rejects(bindSocket(createServer(), path, null), { code: 'HW_SOCKET_FAILED' });
    await assert.rejects(bindSocket(createServer(), join(folder, 'x'.repeat(200)), null), { code: 'HW_SOCKET_FAILED' });
    assert.ok(existsSync(path));
  });

  it('is made in a worker thread too, where the umask is not ours', async () => {
    const path = join(folder, 'control.sock');
    const code = `import(process.argv[2]).then(async ({ bindSocket }) => {
      const server = require('node:net').createServer();
      await bindSocket(server, process.argv[3], null);
      require('node:worker_threads').parentPort.once('message', () => server.close());
      require('node:worker_threads').parentPort.postMessage('bound');
    });`;
    const worker = new Worker(code, { eval: true, argv: [new URL('../../../lib/control/socket-file.js', import.meta.url).href, path] });
    await once(worker, 'message');
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    worker.postMessage('end');
    await once(worker, 'exit');
  });

  it('opens for the group that is named, and refuses one that is not there', async () => {
    const path = join(folder, 'control.sock');
    await assert.rejects(bindSocket(createServer(), path, 'no-such-group'), { code: 'HW_GROUP_UNKNOWN' });
    const server = createServer();
    await bindSocket(server, path, 'root');
    assert.deepEqual([lstatSync(path).mode & 0o777, lstatSync(path).gid], [0o660, 0]);
    server.close();
  });
});

/** A socket file that nobody listens on: bound by a process that is gone. */
async function leaveStale(path: string): Promise<void> {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  await once(child, 'exit');
  assert.ok(lstatSync(path).isSocket());
  chmodSync(path, 0o600);
}
