// The address thread and the kernel guard as the simulator has them: orders are carried out a little later, one after
// another; and a kernel answers for the seat's addresses while they are on and the lease that the guard reads runs.
import type { SimulatedLease, SimulatedOrder } from './engine-port.ts';

export interface AddressAnswer {
  readonly seat: number;
  readonly epoch: bigint;
  readonly open: boolean;
}

export class AddressModel {
  /** Epoch under which the addresses are on; null: off. */
  openEpoch: bigint | null = null;
  #cell: number | null = null;
  readonly #expiries = new Map<number, number>();

  apply(order: SimulatedOrder): AddressAnswer {
    this.openEpoch = order.open ? order.epoch : null;
    this.#cell = order.open ? order.cell : null;
    return { seat: order.seat, epoch: order.epoch, open: order.open };
  }

  /** The beat thread's store. */
  lease({ cell, expiryNs }: SimulatedLease): void {
    this.#expiries.set(cell, expiryNs);
  }

  /** The guard needs nobody to run. @param localNs the machine's clock */
  answers(localNs: number): boolean {
    return this.openEpoch !== null && this.#cell !== null && localNs < (this.#expiries.get(this.#cell) ?? 0);
  }

  /** Power loss: a dead kernel answers nothing. */
  lose(): void {
    this.openEpoch = null;
    this.#cell = null;
    this.#expiries.clear();
  }
}
