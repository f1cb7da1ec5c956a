// How long from the beat thread's decision to the JavaScript callback. Each round asks for something that the engine
// answers with an event at once; by then this loop sleeps in its poll, as it does in an idle daemon.
import { native, type NativeEvent, type NativeNode } from '../../lib/native.ts';

export interface Latency {
  /** From the engine's time stamp to the callback. */
  readonly eventNs: readonly number[];
  /** From the call to the callback: there and back. */
  readonly roundTripNs: readonly number[];
}

/** Takes the events of the node while it measures. */
export class LatencyMeter {
  #answered: ((event: NativeEvent, nowNs: bigint) => void) | null = null;

  readonly onEvents = (events: NativeEvent[]): void => {
    const nowNs = native.bootTimeNs();
    const event = events.find((each) => each.kind === 'seat_released');
    if (event !== undefined) this.#answered?.(event, nowNs);
  };

  async measure(node: NativeNode, rounds: number): Promise<Latency> {
    const eventNs: number[] = [];
    const roundTripNs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await new Promise<void>((resolve) => {
        const askedNs = native.bootTimeNs();
        this.#answered = (event, nowNs) => {
          eventNs.push(Number(nowNs - event.atNs));
          roundTripNs.push(Number(nowNs - askedNs));
          setImmediate(resolve);
        };
        node.release(1, 0);
      });
    }
    const byNumber = (left: number, right: number): number => left - right;
    return { eventNs: eventNs.sort(byNumber), roundTripNs: roundTripNs.sort(byNumber) };
  }
}
