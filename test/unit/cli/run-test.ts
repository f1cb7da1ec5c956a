// `heartwire run` as a process: its log, its signals, its exit codes.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyLine } from '../../../lib/config/key-generate.ts';
import { CONFIG_TEXT } from '../support/fake-cluster.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Outcome, RunningCommand } from './command-line.ts';

const FAKE_RUN = fileURLToPath(new URL('fake-run.js', import.meta.url));

describe('run', function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-run-'));
    writeFileSync(join(folder, 'demo.keys'), generateKeyLine(1), { mode: 0o600 });
    writeFileSync(join(folder, 'demo.yaml'), CONFIG_TEXT.replace('authentication: none-insecure', 'key_file: demo.keys'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = (mode: 'plain' | 'early' | 'hang' | 'crash' | 'fail', ...more: string[]): RunningCommand =>
    new RunningCommand(
      [
        mode,
        '--config',
        join(folder, 'demo.yaml'),
        '--node',
        'node1',
        '--socket',
        join(folder, 'control.sock'),
        '--state-directory',
        join(folder, 'state'),
        ...more,
      ],
      FAKE_RUN,
    );
  const running = (command: RunningCommand): Promise<void> => waitUntil('running', () => command.stdout.includes('"running"'));
  const log = ({ stdout }: Outcome): { msg: string; level: number; calls?: string[] }[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; level: number });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`leaves on ${signal}, and ends with 0`, async () => {
      const command = start('plain');
      await running(command);
      command.signal(signal);
      const outcome = await command.ended;
      assert.equal(outcome.code, 0);
      assert.deepEqual(
        log(outcome)
          .map((entry) => entry.msg)
          .slice(-4),
        ['told to stop', 'leaving', 'left', 'calls'],
      );
      assert.deepEqual(log(outcome).at(-1)?.calls, ['start', 'command leave', 'stop']);
      assert.ok(!existsSync(join(folder, 'control.sock')));
    });
  }

  it('ends at once on the second signal', async () => {
    const command = start('hang');
    await running(command);
    command.signal('SIGTERM');
    await waitUntil('leaving', () => command.stdout.includes('"leaving"'));
    command.signal('SIGINT');
    assert.equal((await command.ended).code, 130);
  });

  it('reads the keys again on SIGHUP, and keeps the old ones when they are broken', async () => {
    const command = start('plain');
    await running(command);
    writeFileSync(join(folder, 'demo.keys'), generateKeyLine(2) + generateKeyLine(1));
    command.signal('SIGHUP');
    await waitUntil('new keys', () => command.stdout.includes('"keys reloaded"'));
    writeFileSync(join(folder, 'demo.keys'), 'broken');
    command.signal('SIGHUP');
    await waitUntil('a refusal', () => command.stdout.includes('keys not reloaded'));
    command.signal('SIGTERM');
    const outcome = await command.ended;
    assert.deepEqual(log(outcome).at(-1)?.calls, ['start', 'setKeys 2 1', 'command leave', 'stop']);
  });

  it('does on running what SIGHUP asked before it ran', async () => {
    const command = start('early');
    await running(command);
    await waitUntil('the keys', () => command.stdout.includes('"keys reloaded"'));
    command.signal('SIGTERM');
    const outcome = await command.ended;
    assert.deepEqual(log(outcome).at(-1)?.calls, ['start', 'setKeys 1', 'command leave', 'stop']);
  });

  it('is not ended by SIGHUP while it leaves', async () => {
    const command = start('hang');
    await running(command);
    command.signal('SIGTERM');
    await waitUntil('leaving', () => command.stdout.includes('"leaving"'));
    command.signal('SIGHUP');
    await waitUntil('the keys', () => command.stdout.includes('"keys reloaded"'));
    command.signal('SIGINT');
    assert.equal((await command.ended).code, 130);
  });

  it('says why it does not run, in the log and to people', async () => {
    writeFileSync(join(folder, 'demo.keys'), 'broken');
    const outcome = await start('plain').ended;
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, /^HW_KEY_FILE_SYNTAX.*\nWay out: /);
    assert.equal(log(outcome)[0]?.msg, 'not running');
  });

  it('leaves when it meets an error of its own, so that no address stays behind', async () => {
    const outcome = await start('crash').ended;
    assert.equal(outcome.code, 70);
    assert.deepEqual(log(outcome).at(-1)?.calls?.slice(-2), ['command leave', 'stop']);
    assert.match(outcome.stdout, /out of nowhere/);
  });

  it('ends when the node fails', async () => {
    const outcome = await start('fail').ended;
    assert.equal(outcome.code, 70);
    assert.match(outcome.stdout, /the engine is gone/);
  });
});
