// The address thread as the simulator has it: carries out orders a little later, one after another, and knows
// whether this node's kernel answers for the seat's addresses now.

export interface AddressAnswer {
  readonly seat: number;
  readonly epoch: bigint;
  readonly open: boolean;
}

export class AddressModel {
  /** Epoch under which the addresses are on; null: off. */
  openEpoch: bigint | null = null;

  apply(order: { readonly seat: number; readonly open: boolean; readonly epoch: bigint }): AddressAnswer {
    this.openEpoch = order.open ? order.epoch : null;
    return { seat: order.seat, epoch: order.epoch, open: order.open };
  }

  /** Power loss: a dead kernel answers nothing. */
  lose(): void {
    this.openEpoch = null;
  }
}
