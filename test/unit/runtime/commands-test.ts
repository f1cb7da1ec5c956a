// Processes of commands: what they started is found and ended whatever it did to hide, what takes too long is ended, and what a
// killed daemon has left is on its disk.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandProcess, type ProcessOptions } from '../../../lib/runtime/commands/command-process.ts';
import { CommandRecord } from '../../../lib/runtime/commands/command-record.ts';
import { endMarked, MARK, markedProcesses } from '../../../lib/runtime/commands/marked-processes.ts';
import { waitUntil } from '../support/wait-until.ts';

const SHELL = '/bin/sh';

function run(script: string, options: Partial<ProcessOptions> = {}): { process: CommandProcess; said: string[] } {
  const said: string[] = [];
  const process = new CommandProcess({
    argv: [SHELL, '-c', script],
    environment: {},
    timeoutMs: 20_000,
    say: (line) => said.push(line),
    ...options,
  });
  return { process, said };
}

describe('a process of a command', () => {
  it('says how it has ended, and what it said on the way', async () => {
    const { process, said } = run('echo one; echo $NAME >&2; exit 3', { environment: { NAME: 'two' } });
    assert.deepEqual(await process.ended, { ok: false, reason: 'exit code 3' });
    await waitUntil('both lines', () => said.length === 2);
    assert.deepEqual([...said].sort(), ['one', 'two']);
    assert.equal((await run('exit 0').process.ended).ok, true);
  });

  it('that cannot be started has failed', async () => {
    const outcome = await run('', { argv: ['/nowhere/at/all'] }).process.ended;
    assert.equal(outcome.ok, false);
    assert.match(outcome.reason, /ENOENT/);
  });

  it('past its time is ended with all of its group, also where it does not want to', async () => {
    const mark = randomUUID();
    const { process } = run("trap '' TERM; sleep 60 & wait; sleep 60", { timeoutMs: 100, environment: { [MARK]: mark } });
    assert.deepEqual(await process.ended, { ok: false, reason: 'it was not done within 100 ms' });
    await waitUntil('its end', () => markedProcesses(mark).length === 0);
  });

  it('is given what it is to read, and may leave it unread', async () => {
    const { process, said } = run('cat', { input: '{"event":"x"}\n' });
    assert.equal((await process.ended).ok, true);
    await waitUntil('the line', () => said.length === 1);
    assert.deepEqual(said, ['{"event":"x"}']);
    assert.equal((await run('exit 0', { input: 'x'.repeat(1_000_000) }).process.ended).ok, true);
  });
});

describe('marked processes', () => {
  it('are found in sessions of their own and ended, the stubborn by SIGKILL; others are left alone', async () => {
    const [mark, other] = [randomUUID(), randomUUID()];
    const trapped = join(tmpdir(), mark); // written once it ignores SIGTERM
    const stubborn = `setsid sh -c "trap '' TERM; touch ${trapped}; while :; do sleep 1; done" >/dev/null 2>&1 & exit 0`;
    await run(stubborn, { environment: { [MARK]: mark } }).process.ended;
    await waitUntil('the stubborn one', () => existsSync(trapped));
    rmSync(trapped);
    const stranger = run('sleep 60', { environment: { [MARK]: other } });
    await waitUntil('both', () => markedProcesses(mark).length > 0 && markedProcesses(other).length > 0);
    assert.equal(await endMarked(mark, 100), true);
    assert.deepEqual(markedProcesses(mark), []);
    assert.equal(markedProcesses(other).length > 0, true);
    assert.equal(await endMarked(other, 5000), false);
    assert.equal((await stranger.process.ended).ok, false);
  });
});

describe('the record of commands', () => {
  const directory = mkdtempSync(join(tmpdir(), 'heartwire-commands-'));
  after(() => rmSync(directory, { recursive: true }));

  it('is there after a start, and says when it cannot be understood', () => {
    const troubles: (string | null)[] = [];
    const open = (): CommandRecord => new CommandRecord(directory, (reason) => troubles.push(reason));
    const entry = { group: 'web', command: 'server', mark: randomUUID(), pid: 7, startedMs: 5 };
    const record = open();
    record.set({ ...entry, pid: null });
    record.set(entry);
    record.set({ ...entry, command: 'other' });
    assert.deepEqual(open().of('web', 'server'), entry);
    record.delete('web', 'other');
    assert.deepEqual(open().running, [entry]);
    writeFileSync(join(directory, 'commands.json'), '{');
    assert.deepEqual(open().running, []);
    assert.notEqual(troubles.at(-1), null);
    assert.equal(readFileSync(join(directory, 'commands.json'), 'utf8'), '{');
  });
});
