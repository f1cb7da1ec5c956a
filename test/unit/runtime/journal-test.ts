// What a node must not forget: it grows, it survives a restart, it is written before it counts, and one process has it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '../../../lib/runtime/journal.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

describe('journal', () => {
  let folder = '';
  let directory = '';
  const opened: Journal[] = [];
  const open = (): Journal => {
    const journal = Journal.open(directory);
    opened.push(journal);
    return journal;
  };
  const close = (): void => opened.pop()?.close();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-journal-'));
    directory = join(folder, 'deep', 'state');
  });
  afterEach(() => {
    while (opened.length > 0) close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('begins empty, in a directory for its owner only', () => {
    const journal = open();
    assert.deepEqual([journal.memberId, journal.longestLeaseUs, journal.reserved(0)], [null, 0, 0n]);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  it('gives a larger boot number at each start, also when the clock goes back', () => {
    const boots: bigint[] = [];
    for (const nowSeconds of [1_800_000_000.9, 1_800_000_000.9, 1_700_000_000, -5, 1_900_000_000]) {
      boots.push(open().nextBoot(nowSeconds));
      close();
    }
    assert.deepEqual(boots, [1_800_000_000n, 1_800_000_001n, 1_800_000_002n, 1_800_000_003n, 1_900_000_000n]);
  });

  it('gives a larger boot number than before when the directory was lost', () => {
    const before = open().nextBoot(1_800_000_000);
    close();
    rmSync(directory, { recursive: true });
    assert.ok(open().nextBoot(1_800_000_060) > before);
  });

  it('remembers all over a restart', () => {
    const journal = open();
    journal.keepMemberId(12);
    journal.allowLease(900_000);
    journal.allowLease(300_000);
    journal.reserve(0, 7n);
    journal.reserve(3, (1n << 64n) - 1n);
    close();
    const again = open();
    assert.deepEqual([again.memberId, again.longestLeaseUs], [12, 900_000]);
    assert.deepEqual(
      [0, 3, 1].map((seat) => again.reserved(seat)),
      [7n, (1n << 64n) - 1n, 0n],
    );
  });

  it('never takes back what is reserved', () => {
    const journal = open();
    journal.reserve(0, 7n);
    journal.reserve(0, 5n);
    assert.equal(journal.reserved(0), 7n);
  });

  it('is locked: a second one is refused until the first is closed', () => {
    open();
    assert.throws(() => Journal.open(directory), { code: 'HW_STATE_LOCKED', place: directory });
    close();
    open();
  });

  it('takes what a crash has left beside it for nothing', () => {
    open().reserve(0, 7n);
    close();
    writeFileSync(join(directory, 'state.json.new'), '{"version":1,"boot":99,"reser');
    const journal = open();
    assert.equal(journal.reserved(0), 7n);
    journal.reserve(0, 8n);
    assert.equal((JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as { reserved: object }).reserved['0' as never], '8');
  });

  it('refuses a file that it does not understand, says where, leaves it as it is, and lets the lock go', () => {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'state.json');
    const good = { version: 1, boot: 1, memberId: null, reserved: {}, longestLeaseUs: 0 };
    const broken = [
      '',
      '{',
      'null',
      '[]',
      JSON.stringify({ ...good, version: 2 }),
      JSON.stringify({ ...good, boot: -1 }),
      JSON.stringify({ ...good, reserved: { 0: '-3' } }),
    ];
    for (const text of broken) {
      writeFileSync(path, text);
      assert.throws(() => Journal.open(directory), { code: 'HW_STATE_DIRECTORY', place: path }, text);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    writeFileSync(path, JSON.stringify(good));
    open();
  });

  it('refuses a place that cannot be a directory', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => Journal.open(join(folder, 'file', 'state')), { code: 'HW_STATE_DIRECTORY', message: /ENOTDIR/ });
  });

  it('reserves nothing that it cannot write: something stands in the way', () => {
    const journal = open();
    const first = journal.nextBoot(1);
    journal.reserve(0, 7n);
    const obstacle = join(directory, 'state.json.new');
    mkdirSync(obstacle);
    assert.throws(() => journal.reserve(0, 8n), { code: 'EISDIR' });
    assert.throws(() => journal.nextBoot(1), { code: 'EISDIR' });
    assert.throws(() => journal.allowLease(1), { code: 'EISDIR' });
    assert.throws(() => journal.keepMemberId(1), { code: 'EISDIR' });
    assert.deepEqual([journal.reserved(0), journal.longestLeaseUs, journal.memberId], [7n, 0, null]);
    rmSync(obstacle, { recursive: true });
    journal.reserve(0, 8n);
    assert.equal(journal.nextBoot(1), first + 1n);
    close();
    assert.equal(open().reserved(0), 8n);
  });

  it('reserves nothing in a directory that is read-only', () => {
    const journal = open();
    chmodSync(directory, 0o500);
    if (isRoot) process.seteuid?.(NOBODY); // Nothing is read-only to root.
    try {
      assert.throws(() => journal.reserve(0, 8n), { code: 'EACCES' });
      assert.equal(journal.reserved(0), 0n);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(directory, 0o700);
    }
  });

  it('reserves nothing that it cannot write: the disk is full', function () {
    if (!isRoot) this.skip(); // Mounting is root's.
    mkdirSync(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', directory]);
    try {
      const journal = open();
      journal.reserve(0, 7n);
      const filler = join(directory, 'filler');
      assert.throws(() => writeFileSync(filler, Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
      assert.throws(() => journal.reserve(0, 8n), { code: 'ENOSPC' });
      assert.equal(journal.reserved(0), 7n);
      rmSync(filler);
      journal.reserve(0, 9n);
      close();
      assert.equal(open().reserved(0), 9n);
    } finally {
      while (opened.length > 0) close();
      execFileSync('umount', [directory]);
    }
  });
});
