// V1: processors and memory that come and go, seen in a directory that looks like sysfs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import { hotPlug, machineSize } from '../../../lib/runtime/notices/hot-plug.ts';
import { type NoticeHands, type NoticeType, startSources } from '../../../lib/runtime/notices/source.ts';

const BLOCK_BYTES = 0x8000000;

describe('hot plug (V1)', () => {
  let root = '';
  let end: () => void = () => {};
  let seen: string[] = [];

  const write = (path: string, content: string): void => {
    const file = join(root, 'devices/system', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `${content}\n`);
  };
  const hands: NoticeHands = {
    begins: () => Promise.reject(new Error('it has happened already')),
    ends: () => Promise.resolve(),
    happened: (type, { from, to }) => void seen.push(`${type} ${from} -> ${to}`),
    failed: () => {},
  };
  const register = (notices: Partial<Record<NoticeType, object | null>>): void => {
    end = startSources([hotPlug(root, 5)], notices, () => hands);
  };
  const saw = (what: string): Promise<unknown> => waitFor(what, () => seen.includes(what), { deadlineMs: 10_000 });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'heartwire-sysfs-'));
    seen = [];
    write('cpu/online', '0-1');
    write('memory/block_size_bytes', BLOCK_BYTES.toString(16));
    for (const block of [0, 1]) write(`memory/memory${block}/state`, 'online');
  });
  afterEach(() => {
    end();
    rmSync(root, { recursive: true });
  });

  it('reads processors and memory', async () => {
    assert.deepEqual(await machineSize(root), { processors: '0-1', memoryBytes: 2 * BLOCK_BYTES });
    assert.deepEqual(await machineSize(join(root, 'nothing')), { processors: '', memoryBytes: 0 });
    write('memory/memory2/state', 'offline');
    assert.equal((await machineSize(root)).memoryBytes, 2 * BLOCK_BYTES);
  });

  it('tells what has come and gone', async () => {
    register({ cpu: {}, memory: {} });
    // Written until it is seen: the first look may come after the first change.
    let processors = 2;
    await waitFor('new processors', () => (write('cpu/online', `0-${processors++}`), seen.length > 0), { deadlineMs: 10_000 });
    write('cpu/online', '0');
    await waitFor('their end', () => seen.some((what) => what.startsWith('cpu') && what.endsWith('-> 0')), { deadlineMs: 10_000 });
    write('memory/memory2/state', 'online');
    await saw(`memory ${2 * BLOCK_BYTES} -> ${3 * BLOCK_BYTES}`);
  });

  it('tells of registered types only', async () => {
    register({ cpu: null, memory: {} });
    write('cpu/online', '0-7');
    let block = 2;
    await waitFor('memory', () => (write(`memory/memory${block++}/state`, 'online'), seen.length > 0), { deadlineMs: 10_000 });
    assert.ok(
      seen.every((what) => what.startsWith('memory')),
      seen.join(),
    );
  });

  it('is not started where nothing of it is registered', () => {
    let starts = 0;
    const source = { name: 'counts', types: ['cpu'], start: () => (starts++, () => {}) } as const;
    startSources([source], { cpu: null }, () => hands)();
    startSources([source], {}, () => hands)();
    assert.equal(starts, 0);
  });
});
