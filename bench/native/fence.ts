// Waits until the beat thread has carried out everything that it was given: commands are taken in order, and giving
// up a seat that nobody holds is answered with an event.
import type { NativeEvent, NativeNode } from '../../lib/native.ts';

const FENCE_SEAT = 7;

export class Fence {
  readonly #node: NativeNode;
  #waiting: ((event: NativeEvent) => void) | null = null;

  constructor(node: NativeNode) {
    this.#node = node;
  }

  hear(events: readonly NativeEvent[]): void {
    const answer = events.find((event) => event.kind === 'seat_released' && event.seat === FENCE_SEAT);
    if (answer === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(answer);
  }

  /** Resolves inside the callback that brings the answer. */
  passed<T = void>(look?: (event: NativeEvent) => T): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting = (event) => resolve(look?.(event) as T);
      this.#node.release(FENCE_SEAT, 0);
    });
  }
}
