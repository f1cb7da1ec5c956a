// The address thread and the kernel guard as the simulator has them: orders are carried out a little later, one after
// another; and a kernel answers for the seat's addresses while they are on and the lease that the guard reads runs.
import type { SimulatedLease, SimulatedOrder } from './engine-port.ts';

export class AddressModel {
  /** Epoch under which the addresses are on; null: off. */
  openEpoch: bigint | null = null;
  /** What this node would carry as the owner of the seat. */
  list: readonly string[] = [];
  /** On behind a guard that is closed, for a seat that this node does not have yet. */
  isPrepared = false;
  #cell: number | null = null;
  /** When the last answer so far has left the egress queue, in true time. */
  #leftAtNs = Number.NEGATIVE_INFINITY;
  readonly #expiries = new Map<number, number>();

  /** The guard is closed; the address stays for a while. @param byStore planted: in the cell, which the beat thread writes, too */
  silence(byStore: boolean): void {
    if (byStore && this.#cell !== null) this.#expiries.set(this.#cell, 0);
    else this.#cell = null;
  }

  apply(order: SimulatedOrder): void {
    this.openEpoch = order.open ? order.epoch : null;
    this.#cell = order.open ? order.cell : null;
    this.isPrepared = order.open && order.prepares;
  }

  /** The beat thread's store. */
  lease({ cell, expiryNs }: SimulatedLease): void {
    this.#expiries.set(cell, expiryNs);
  }

  /** The guard needs nobody to run. @param localNs the machine's clock */
  answers(localNs: number): boolean {
    return this.openEpoch !== null && this.#cell !== null && localNs < (this.#expiries.get(this.#cell) ?? 0);
  }

  /** With a queue in front of the wire. @param isOn the kernel answers at `nowNs` of true time */
  leaves(isOn: boolean, nowNs: number, egressNs: number): boolean {
    if (isOn) this.#leftAtNs = Math.max(this.#leftAtNs, nowNs + egressNs);
    return isOn || nowNs < this.#leftAtNs;
  }

  /** Nothing is on, and nothing that was sent has yet to leave. */
  isSilent(nowNs: number): boolean {
    return this.openEpoch === null && nowNs >= this.#leftAtNs;
  }

  /** By the guardian, or by the next start. */
  takeOff(): void {
    this.openEpoch = null;
    this.isPrepared = false;
    this.#cell = null;
    this.list = [];
    this.#expiries.clear();
  }

  /** Power loss: a dead kernel answers nothing, and has forgotten what it was to send. */
  lose(): void {
    this.takeOff();
    this.#leftAtNs = Number.NEGATIVE_INFINITY;
  }
}

/** The addresses of all seats on one node: the manager's (0) and those of the resource groups. */
export class SeatAddresses {
  /** The address thread is at an order until then, true time. */
  busyUntilNs = 0;
  readonly #models: ReadonlyMap<number, AddressModel>;
  /** Seats that were put on and that nobody has found silent since: all others need no look. */
  #loud: readonly number[] = [];

  constructor(seats: readonly number[]) {
    this.#models = new Map(seats.map((seat) => [seat, new AddressModel()]));
  }

  of(seat: number): AddressModel {
    const model = this.#models.get(seat);
    if (model === undefined) throw new Error(`no seat ${seat}`);
    return model;
  }

  apply(order: SimulatedOrder): void {
    if (order.open && !this.#loud.includes(order.seat)) this.#loud = [...this.#loud, order.seat].sort((left, right) => left - right);
    this.of(order.seat).apply(order);
  }

  /** Seats that may be answered for. */
  loud(nowNs: number): readonly number[] {
    if (this.#loud.some((seat) => this.of(seat).isSilent(nowNs))) this.#loud = this.#loud.filter((seat) => !this.of(seat).isSilent(nowNs));
    return this.#loud;
  }

  /** A cell belongs to one seat at a time, and only that one looks at it. */
  lease(lease: SimulatedLease): void {
    for (const model of this.#models.values()) model.lease(lease);
  }

  takeOff(): void {
    this.busyUntilNs = 0;
    for (const model of this.#models.values()) model.takeOff();
  }

  lose(): void {
    for (const model of this.#models.values()) model.lose();
  }
}
