// The voter registers of this node, as far as JavaScript sets them: how far they may vote without another write (disk
// first, then the register), whether they vote at all, and for how long they are silent after a start. A disk that
// fails takes the vote away until a write succeeds again (safety.md, 'Leases' 4, 5).
import type { NativeNode } from '../native.ts';
import { MANAGER_SEAT } from '../protocol/types.ts';
import type { Journal } from './journal.ts';

/** The manager's and those of resource groups, whether there is one now or not: it may come, and the vote for it must be ready. */
export const SEATS: readonly number[] = [MANAGER_SEAT, 1, 2, 3, 4, 5, 6, 7];

export class Registers {
  readonly #native: NativeNode;
  readonly #journal: Journal;
  readonly #seats: readonly number[];
  #leaseUs: number;
  readonly #onTrouble: (reason: string | null) => void;
  #wanted = true;
  #trouble: string | null = null;
  #silentUntilNs = 0n;

  /**
   * @param seats the manager's and those of the resource groups
   * @param leaseUs the longest that may be granted now; written down by the journal before
   * @param onTrouble the disk fails, and why; or works again (null)
   */
  constructor(native: NativeNode, journal: Journal, seats: readonly number[], leaseUs: number, onTrouble: (reason: string | null) => void) {
    this.#native = native;
    this.#journal = journal;
    this.#seats = seats;
    this.#leaseUs = leaseUs;
    this.#onTrouble = onTrouble;
  }

  /** Why no vote can be written down; null: it can. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** CLOCK_BOOTTIME. */
  get silentUntilMs(): number {
    return Number(this.#silentUntilNs / 1000n) / 1000;
  }

  /**
   * After any start: silent for the longest lease ever granted, since grants of the last start may still run; and
   * everything up to `reserved` counts as promised, to whomever.
   */
  begin(nowNs: bigint): void {
    const quietUntilNs = nowNs + BigInt(this.#journal.longestLeaseUs) * 1000n;
    this.#silentUntilNs = quietUntilNs;
    for (const seat of this.#seats) {
      const reserved = this.#journal.reserved(seat);
      this.#native.setRegister(seat, this.#wanted, reserved, reserved, quietUntilNs, this.#leaseUs);
    }
  }

  /** @param leaseUs the longest that may be granted from now on; on disk before */
  setLease(leaseUs: number): void {
    this.#leaseUs = leaseUs;
    for (const seat of this.#seats) this.#configure(seat);
  }

  /** Offline, or another node with our id: no votes. */
  setVoting(on: boolean): void {
    this.#wanted = on;
    for (const seat of this.#seats) this.#configure(seat);
  }

  /** @returns how far the register may vote now, and whether that was written */
  reserve(seat: number, epoch: bigint): { readonly ok: boolean; readonly epoch: bigint } {
    const before = this.#trouble;
    try {
      this.#journal.reserve(seat, epoch);
      this.#trouble = null;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
    }
    const hasChanged = (before === null) !== (this.#trouble === null);
    for (const each of hasChanged ? this.#seats : [seat]) this.#configure(each);
    if (hasChanged) this.#onTrouble(this.#trouble);
    return this.#trouble === null ? { ok: true, epoch: this.#journal.reserved(seat) } : { ok: false, epoch };
  }

  #configure(seat: number): void {
    const votes = this.#wanted && this.#trouble === null;
    this.#native.setRegister(seat, votes, 0n, this.#journal.reserved(seat), 0n, this.#leaseUs);
  }
}
