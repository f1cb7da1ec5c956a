// How long from the beat thread's decision to the callback while the event loop sleeps in its poll, as it does in an
// idle daemon. Each round makes the node stand for a seat once its register's silence has ended, a while ahead, so that
// the beat thread wakes by its own timer and nobody is awake already.
import { native, type NativeEvent, type NativeNode } from '../../lib/native.ts';

const SEAT = 1;
const AHEAD_NS = 300_000n;
const LEASE_US = 100_000;
const EPOCH_MAX = 1n << 40n;

export class Sleeper {
  readonly #node: NativeNode;
  #decided: ((latencyNs: number) => void) | null = null;
  #epoch = 0n;

  constructor(node: NativeNode) {
    this.#node = node;
  }

  hear(events: readonly NativeEvent[]): void {
    const nowNs = native.bootTimeNs();
    const event = events.find((each) => each.kind === 'seat_acquired' && each.seat === SEAT);
    if (event !== undefined) this.#decided?.(Number(nowNs - event.atNs));
  }

  /** ns; the node is its own majority. */
  woken(): Promise<number> {
    if (this.#epoch === 0n) {
      this.#node.setVoters(1, 1, [1], 0);
      this.#node.setSeat(SEAT, true, LEASE_US, 255, 500);
    }
    this.#epoch++;
    return new Promise((resolve) => {
      this.#decided = (latencyNs) => setImmediate(resolve, latencyNs);
      this.#node.setRegister(SEAT, true, 0n, EPOCH_MAX, native.bootTimeNs() + AHEAD_NS, LEASE_US);
      this.#node.setOrders(SEAT, this.#epoch, this.#epoch - 1n, [1]);
      this.#node.stand(SEAT);
    });
  }
}
