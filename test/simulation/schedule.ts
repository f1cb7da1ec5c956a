// The queue of what happens next in simulated time: a binary heap ordered by time, then by insertion, so
// that equal times never depend on anything but the run itself.

interface Entry {
  readonly atNs: number;
  readonly order: number;
  readonly run: () => void;
}

export class Schedule {
  readonly #heap: Entry[] = [];
  #order = 0;
  /** True time of the world, ns. */
  nowNs = 0;

  at(atNs: number, run: () => void): void {
    const entry: Entry = { atNs: Math.max(Math.ceil(atNs), this.nowNs), order: this.#order++, run };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
  }

  /** Runs everything up to and including `untilNs`; `after` is called after each. */
  runUntil(untilNs: number, after: () => void): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atNs > untilNs) break;
      this.#removeFirst();
      this.nowNs = first.atNs;
      first.run();
      after();
    }
    this.nowNs = untilNs;
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left] as Entry;
    const b = this.#heap[right] as Entry;
    return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left] as Entry;
    this.#heap[left] = this.#heap[right] as Entry;
    this.#heap[right] = a;
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as Entry;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let smallest = index;
      if (left < this.#heap.length && this.#before(left, smallest)) smallest = left;
      if (right < this.#heap.length && this.#before(right, smallest)) smallest = right;
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }
}
