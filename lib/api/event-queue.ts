// A queue between who tells and who reads in a `for await` loop. Bounded: a reader that falls behind gets
// an error in place of a silent gap.
import { HeartwireError } from '../errors.ts';

const ITEMS_MAX = 10_000;

export class EventQueue<Item> implements AsyncIterableIterator<Item> {
  readonly #items: Item[] = [];
  readonly #readers: { resolve(result: IteratorResult<Item, undefined>): void; reject(error: Error): void }[] = [];
  readonly #closed: () => void;
  #state: 'open' | 'ended' | HeartwireError = 'open';

  /** @param closed called once, when nothing more will be read or told */
  constructor(closed: () => void) {
    this.#closed = closed;
  }

  push(item: Item): void {
    if (this.#state !== 'open') return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ value: item, done: false });
    else if (this.#items.push(item) > ITEMS_MAX)
      this.fail(HeartwireError.of('HW_CLIENT_TOO_SLOW', { amount: `more than ${ITEMS_MAX} events` }));
  }

  /** What is queued is still read; then the loop ends. */
  end(): void {
    this.#finish('ended');
  }

  /** What is queued is still read; then the loop throws. */
  fail(error: HeartwireError): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (this.#state === 'ended') return Promise.resolve({ value: undefined, done: true });
    if (this.#state !== 'open') {
      const error = this.#state;
      this.#state = 'ended';
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Called by a loop that is left early. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#items.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(state: 'ended' | HeartwireError): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    const [first, ...others] = this.#readers.splice(0);
    if (first !== undefined && state !== 'ended') {
      first.reject(state);
      this.#state = 'ended';
    } else first?.resolve({ value: undefined, done: true });
    for (const reader of others) reader.resolve({ value: undefined, done: true });
    this.#closed();
  }
}
