// What a node must not forget when it starts anew: its boot number, how far it may have voted, the longest lease it may
// have granted, its member id. Written before it is relied upon (safety.md, 'Leases' 5). One small file; the state
// directory is locked, so that no second process of this node can vote beside it.
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HeartwireError } from '../errors.ts';
import { native } from '../native.ts';
import { readIfThere, writeDurably } from './state-file.ts';

const shape = z.object({
  version: z.literal(1),
  boot: z.number().int().nonnegative(),
  memberId: z.number().int().positive().nullable(),
  /** By seat. */
  reserved: z.record(z.string(), z.string().regex(/^\d+$/)),
  longestLeaseUs: z.number().int().nonnegative(),
});
type Contents = z.infer<typeof shape>;
const EMPTY: Contents = { version: 1, boot: 0, memberId: null, reserved: {}, longestLeaseUs: 0 };

export class Journal {
  readonly #path: string;
  readonly #lock: number;
  #contents: Contents;

  private constructor(path: string, lock: number, contents: Contents) {
    this.#path = path;
    this.#lock = lock;
    this.#contents = contents;
  }

  /**
   * Locks the directory (made 0700 when absent) and reads what the last start left.
   * @throws HeartwireError HW_STATE_LOCKED, HW_STATE_DIRECTORY
   */
  static open(directory: string): Journal {
    const path = join(directory, 'state.json');
    let lock: number | null = null;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      lock = native.lockFile(join(directory, 'lock'));
      if (lock === null) throw HeartwireError.of('HW_STATE_LOCKED', {}, { place: directory });
      const text = readIfThere(path);
      return new Journal(path, lock, text === null ? EMPTY : shape.parse(JSON.parse(text)));
    } catch (error) {
      if (lock !== null) closeSync(lock);
      if (error instanceof HeartwireError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw HeartwireError.of('HW_STATE_DIRECTORY', { reason }, { place: path, cause: error });
    }
  }

  /** Gives the directory free; nothing can be written any more. */
  close(): void {
    closeSync(this.#lock);
  }

  /** The number of this start: larger than any before, even if the directory was lost (the clock helps then). */
  nextBoot(nowSeconds: number): bigint {
    const boot = Math.max(this.#contents.boot + 1, Math.floor(nowSeconds));
    this.#write({ ...this.#contents, boot });
    return BigInt(boot);
  }

  get memberId(): number | null {
    return this.#contents.memberId;
  }

  keepMemberId(memberId: number): void {
    if (memberId !== this.#contents.memberId) this.#write({ ...this.#contents, memberId });
  }

  get longestLeaseUs(): number {
    return this.#contents.longestLeaseUs;
  }

  /** Before a lease of this length may be granted. */
  allowLease(leaseUs: number): void {
    if (leaseUs > this.#contents.longestLeaseUs) this.#write({ ...this.#contents, longestLeaseUs: leaseUs });
  }

  reserved(seat: number): bigint {
    return BigInt(this.#contents.reserved[String(seat)] ?? '0');
  }

  /** Throws what the file system throws; then nothing is reserved. */
  reserve(seat: number, epoch: bigint): void {
    if (epoch <= this.reserved(seat)) return;
    this.#write({ ...this.#contents, reserved: { ...this.#contents.reserved, [String(seat)]: epoch.toString() } });
  }

  #write(contents: Contents): void {
    writeDurably(this.#path, `${JSON.stringify(contents)}\n`);
    this.#contents = contents;
  }
}
