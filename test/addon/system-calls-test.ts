// The few system calls that Node does not offer.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { native } from '../../lib/native.ts';
import { runChild } from './support/child.ts';

describe('addon: system calls', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-addon-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('bootTimeNs is the clock that counts suspension too, and never goes back', () => {
    const before = native.bootTimeNs();
    const uptimeNs = BigInt(Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e9));
    const after = native.bootTimeNs();
    assert.ok(after >= before);
    // /proc/uptime has hundredths of a second, and may be that of a container.
    if (Math.abs(Number(uptimeNs - before)) < 3600e9) assert.ok(uptimeNs >= before - 20_000_000n && uptimeNs <= after + 20_000_000n);
  });

  it('interfaceInfo knows loopback, and what is not there', () => {
    const info = native.interfaceInfo('lo');
    assert.ok(info);
    assert.equal(info.index, 1);
    assert.equal(info.mac, '00:00:00:00:00:00');
    assert.equal(info.carrier, true);
    assert.ok(info.addresses.some((each) => each.address === '127.0.0.1' && each.prefixLength === 8));
    assert.equal(native.interfaceInfo('nosuch0'), null);
    assert.equal(native.interfaceInfo(''), null);
    assert.equal(native.interfaceInfo('a name far longer than any interface'), null);
    assert.throws(() => native.interfaceInfo(7 as never), { code: 'HW_BAD_ARGUMENT', message: 'name must be a string' });
  });

  it('peerCredentials knows who has connected', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const client = connect(path);
    const [accepted] = (await once(server, 'connection')) as [Socket & { _handle: { fd: number } }];
    assert.deepEqual(native.peerCredentials(accepted._handle.fd), { uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid });
    client.destroy();
    accepted.destroy();
    server.close();
  });

  it('peerCredentials refuses what is no socket', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const lock = native.lockFile(file) as number;
    assert.throws(() => native.peerCredentials(lock), { code: 'HW_NATIVE', message: /^SO_PEERCRED: / });
    closeSync(lock);
    assert.throws(() => native.peerCredentials(-1), { code: 'HW_BAD_ARGUMENT' });
  });

  it('lockFile refuses a second process until the first has ended', async () => {
    const path = join(folder, 'lock');
    const script = fileURLToPath(new URL('fixtures/hold-lock.js', import.meta.url));
    const holder: ChildProcess = spawn(process.execPath, [script, path, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(holder, 'exit');
    try {
      const [said] = (await once(holder.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
      assert.equal(String(said), 'locked\n');
      assert.equal(native.lockFile(path), null);
      assert.equal((await runChild('hold-lock', [path])).stdout, 'refused\n');
    } finally {
      holder.kill('SIGKILL'); // also where the test fails
    }
    await ended;
    const lock = native.lockFile(path);
    assert.ok(lock !== null && lock > 2);
    assert.equal(native.lockFile(path), null, 'a second time in one process too');
    closeSync(lock);
  });

  it('lockFile says where it fails, and follows no link', () => {
    assert.throws(() => native.lockFile(join(folder, 'no', 'lock')), {
      code: 'HW_STATE_DIRECTORY',
      message: /no\/lock: No such file or directory$/,
    });
    symlinkSync('elsewhere', join(folder, 'link'));
    assert.throws(() => native.lockFile(join(folder, 'link')), { code: 'HW_STATE_DIRECTORY' });
  });

  it('sdNotify reaches the socket of the service manager, and says whether there was one', async () => {
    const path = join(folder, 'notify');
    const manager = spawn('socat', ['-u', `UNIX-RECVFROM:${path}`, 'STDOUT'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const received = once(manager.stdout, 'data');
      const told = async (): Promise<boolean> => (await runChild('notify', [], { environment: { NOTIFY_SOCKET: path } })).stdout === 'true';
      const deadline = Date.now() + 20_000;
      while (!(await told())) assert.ok(Date.now() < deadline, 'socat (package socat) opens the socket');
      assert.equal(String(((await received) as [Buffer])[0]), 'READY=1');
    } finally {
      manager.kill('SIGKILL'); // it ends by itself only once it was told
    }
    assert.equal((await runChild('notify', [], { environment: { NOTIFY_SOCKET: join(folder, 'nobody') } })).stdout, 'false');
    assert.equal((await runChild('notify', [], { environment: { NOTIFY_SOCKET: '' } })).stdout, 'false');
  });

  it('WireProbe asks an interface, says who cannot be asked, and refuses what it does not know', function () {
    if (process.getuid?.() !== 0) return this.skip();
    const probe = new native.WireProbe('lo');
    assert.equal(probe.ethernet(), false);
    probe.ask('127.0.0.1');
    probe.ask('::1');
    assert.deepEqual(probe.heard(), []);
    assert.throws(() => probe.ask('10.0.0.1/24'), { code: 'HW_BAD_ARGUMENT' });
    assert.throws(() => probe.ask(7 as never), { code: 'HW_BAD_ARGUMENT' });
    probe.close();
    probe.close();
    assert.throws(() => probe.heard(), { code: 'HW_NOT_RUNNING' });
    assert.throws(() => new native.WireProbe('nosuch0'), { code: 'HW_NATIVE', message: /^nosuch0: No such device/ });
    assert.throws(() => new native.WireProbe(7 as never), { code: 'HW_BAD_ARGUMENT' });
  });
});
