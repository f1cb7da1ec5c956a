// Whatever way a process ends, the native threads end with it: no crash, no hang, and the exit code that it had.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runChild } from './support/child.ts';

describe('addon: the end of the process', () => {
  for (const way of [
    'nothing started',
    'stopped, then nothing left to do',
    'stopped, then exit',
    'exit while it runs',
    'exit right after start',
    'exit from the callback',
    'exit with two running and one stopped',
  ]) {
    it(`is clean: ${way}`, async () => {
      const { code, signal, stderr } = await runChild('leave', [way]);
      assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    });
  }

  it('has exit code 1 after an exception that nobody catches', async () => {
    const { code, signal, stderr } = await runChild('leave', ['an exception that nobody catches']);
    assert.deepEqual({ code, signal }, { code: 1, signal: null });
    assert.match(stderr, /nobody catches this/);
  });

  it('is by the signal when that comes in the midst of a start', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/start-and-die.js', import.meta.url))], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      child.kill(signal);
      const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      assert.deepEqual({ code, by }, { code: null, by: signal });
    }
  });
});

describe('addon: the event loop', () => {
  it('is kept alive by a started node, and by nothing after stop()', async () => {
    const { code, signal, stdout } = await runChild('keep-alive');
    assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'event end' });
  });

  it('hears of a callback that throws, and the node goes on', async () => {
    const { code, stdout, stderr } = await runChild('callback-throws');
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: 'uncaughtException: thrown by the callback; and the node went on', stderr: '' },
    );
  });
});
