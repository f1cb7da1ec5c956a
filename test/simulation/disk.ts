// One node's disk: what survives a crash. A write that has returned is durable; a failing disk refuses writes and
// keeps what it had.

import { NOTHING_SET, type ParameterSet } from '../../lib/protocol/parameters/settings.ts';
import type { RoundRecord } from '../../lib/protocol/rounds/state.ts';

export interface Durable {
  boot: bigint;
  readonly reserved: Map<number, bigint>;
  memberId: number | null;
  /** Of durable operations, by number. */
  readonly records: Map<bigint, RoundRecord>;
  /** The last durable operation that the program's own state contains. */
  applied: bigint;
  parameters: ParameterSet;
  /** The longest that was ever allowed by a change; 0: none. */
  longestLeaseUs: number;
}

export class Disk {
  readonly durable: Durable = {
    boot: 0n,
    reserved: new Map(),
    memberId: null,
    records: new Map(),
    applied: 0n,
    parameters: NOTHING_SET,
    longestLeaseUs: 0,
  };
  readonly #unwritten = new Map<number, bigint>();
  failing = false;

  nextBoot(): bigint {
    this.durable.boot += 1n;
    return this.durable.boot;
  }

  /** `forgetful`: a planted bug; the write is acknowledged, and gone after a crash. */
  reserve(seat: number, epoch: bigint, forgetful: boolean): boolean {
    if (this.failing) return false;
    if (forgetful) {
      this.#unwritten.set(seat, epoch);
      return true;
    }
    if (epoch > (this.durable.reserved.get(seat) ?? 0n)) this.durable.reserved.set(seat, epoch);
    return true;
  }

  reserved(seat: number): bigint {
    return this.#unwritten.get(seat) ?? this.durable.reserved.get(seat) ?? 0n;
  }

  powerLoss(): void {
    this.#unwritten.clear();
  }
}
