// The voter's register and its disk: quiet and promised after a start, disk before register, no vote on a disk that fails.
import assert from 'node:assert/strict';
import type { NativeNode } from '../../../lib/native.ts';
import type { Journal } from '../../../lib/runtime/journal.ts';
import { Outbox } from '../../../lib/runtime/outbox.ts';
import { Registers } from '../../../lib/runtime/registers.ts';

class Disk {
  readonly log: unknown[][];
  readonly longestLeaseUs = 3000;
  broken = false;
  kept = 7n;

  constructor(log: unknown[][]) {
    this.log = log;
  }

  reserved(): bigint {
    return this.kept;
  }

  reserve(_seat: number, epoch: bigint): void {
    if (this.broken) throw new Error('ENOSPC');
    this.kept = epoch;
    this.log.push(['disk', epoch]);
  }
}

function setUp(): { log: unknown[][]; disk: Disk; registers: Registers } {
  const log: unknown[][] = [];
  const disk = new Disk(log);
  const native = { setRegister: (...values: unknown[]) => log.push(['register', ...values]) };
  const registers = new Registers(native as unknown as NativeNode, disk as unknown as Journal, [0], 3000, (reason) =>
    log.push(['trouble', reason]),
  );
  return { log, disk, registers };
}

describe('registers', () => {
  it('are silent for the longest lease after a start, and count all that was reserved as promised', () => {
    const { log, registers } = setUp();
    registers.begin(1_000_000n);
    assert.deepEqual(log, [['register', 0, true, 7n, 7n, 1_000_000n + 3_000_000n, 3000]]);
  });

  it('vote up to an epoch after it is on disk', () => {
    const { log, registers } = setUp();
    assert.deepEqual(registers.reserve(0, 15n), { ok: true, epoch: 15n });
    assert.deepEqual(log, [
      ['disk', 15n],
      ['register', 0, true, 0n, 15n, 0n, 3000],
    ]);
  });

  it('do not vote while the disk fails, say so once, and vote again after a write', () => {
    const { log, disk, registers } = setUp();
    disk.broken = true;
    for (let attempt = 0; attempt < 2; attempt++) assert.deepEqual(registers.reserve(0, 15n), { ok: false, epoch: 15n });
    assert.equal(registers.trouble, 'ENOSPC');
    registers.setVoting(true);
    disk.broken = false;
    registers.reserve(0, 15n);
    const silent = ['register', 0, false, 0n, 7n, 0n, 3000];
    assert.deepEqual(log, [
      silent,
      ['trouble', 'ENOSPC'],
      silent,
      silent,
      ['disk', 15n],
      ['register', 0, true, 0n, 15n, 0n, 3000],
      ['trouble', null],
    ]);
  });

  it('do not vote when they are told not to, whatever the disk does', () => {
    const { log, registers } = setUp();
    registers.setVoting(false);
    registers.reserve(0, 15n);
    assert.deepEqual(
      log.filter(([what]) => what === 'register').map((call) => call[2]),
      [false, false],
    );
  });
});

describe('outbox', () => {
  it('is empty when nothing is under way any more', async () => {
    const native = { underWay: () => left-- };
    let left = 3;
    await new Outbox(native as unknown as NativeNode).empty(60_000);
    assert.equal(left, -1);
  });

  it('sends what is said in one turn together, and encodes what is said to all once', () => {
    const log: unknown[] = [];
    const send = (to: number, bytes: Uint8Array, waits: boolean): bigint => BigInt(log.push([to, bytes, waits]));
    const outbox = new Outbox({ send, flush: () => log.push('flush') } as unknown as NativeNode);
    const message = { kind: 'leaving' } as const;
    outbox.send(2, message);
    outbox.send(3, message);
    outbox.flush();
    outbox.flush();
    outbox.send(2, message);
    outbox.flush();
    const [first, second] = log as [number, Uint8Array, boolean][];
    assert.equal(first?.[1], second?.[1]);
    assert.deepEqual(
      log.map((entry) => (Array.isArray(entry) ? [entry[0], entry[2]] : entry)),
      [[2, true], [3, true], 'flush', [2, true], 'flush'],
    );
  });

  it('sends what a batch of events gives together, and does not hold it back for long', () => {
    let flushes = 0;
    const outbox = new Outbox({ send: () => 1n, flush: () => flushes++ } as unknown as NativeNode);
    const turn = (): void => {
      outbox.send(2, { kind: 'leaving' });
      outbox.turned();
    };
    outbox.together(() => [1, 2, 3].forEach(turn));
    assert.equal(flushes, 1);
    outbox.together(() => Array.from({ length: 40 }).forEach(turn));
    assert.equal(flushes, 4);
    turn();
    assert.equal(flushes, 5, 'outside of a batch each goes at once');
    assert.throws(() =>
      outbox.together(() => {
        turn();
        throw new Error('a mistake');
      }),
    );
    assert.equal(flushes, 6);
  });

  it('does not wait for ever', async () => {
    const outbox = new Outbox({ underWay: () => 1 } as unknown as NativeNode);
    await outbox.empty(1);
  });
});
