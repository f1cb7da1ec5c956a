// Who is at the other end is asked of the kernel: a process of another user, on a socket that it can open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { realEngine } from '../../../lib/api/engine.ts';
import { connect } from '../../../lib/api/daemon.ts';
import { FakeCluster } from '../support/fake-cluster.ts';

const NOBODY = 65534;
const ASK = `
  const socket = require('node:net').connect(process.argv[1], () => socket.write('{"id":1,"command":"offline"}\\n'));
  socket.on('data', (chunk) => { process.stdout.write(chunk); socket.end(); });
  socket.on('error', (error) => process.stdout.write(error.code));
`;

/** What a process gets that asks for `offline`. */
async function ask(socket: string, as: { uid?: number; gid?: number } = {}): Promise<string> {
  const child = spawn(process.execPath, ['-e', ASK, socket], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', ...as });
  let answer = '';
  child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(child, 'close');
  return answer;
}

describe('peer credentials', function () {
  this.timeout(60_000);
  let fake: FakeCluster;

  beforeEach(async () => {
    fake = await FakeCluster.join({}, (engine) => (engine.peerCredentials = realEngine.peerCredentials));
  });

  afterEach(() => fake.close());

  it('let the own user in', async () => {
    assert.deepEqual(JSON.parse(await ask(fake.socket)), { id: 1, result: null });
    const daemon = await connect(fake.socket);
    assert.equal((await daemon.status()).self.role, 'offline');
    daemon.close();
  });

  // Only root can be somebody else.
  const asRoot = process.getuid?.() === 0 ? it : () => {};
  asRoot("keep a stranger out, by the mode of the socket and by the kernel's word", async () => {
    chmodSync(fake.folder, 0o755);
    assert.equal(await ask(fake.socket, { uid: NOBODY, gid: NOBODY }), 'EACCES');
    chmodSync(fake.socket, 0o666);
    const answer = JSON.parse(await ask(fake.socket, { uid: NOBODY, gid: NOBODY })) as { error: { code: string; message: string } };
    assert.deepEqual([answer.error.code, answer.error.message], ['HW_FORBIDDEN', `uid ${NOBODY} may not command this daemon.`]);
    assert.deepEqual(fake.runtime.commands, []);
  });
});
