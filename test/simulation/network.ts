// The simulated wires: for every pair of nodes and every network a direction of its own that can be cut,
// lose, duplicate, delay and reorder. Frames of the engine and messages of the protocols travel over it.
import type { SimulationOptions } from './options.ts';
import type { Random } from './prng.ts';
import type { Schedule } from './schedule.ts';

export interface Counters {
  sent: number;
  lost: number;
  cut: number;
  duplicated: number;
  reordered: number;
}

export class Network {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #cut = new Set<string>();
  readonly #down = new Set<number>();
  readonly #unplugged = new Set<string>();
  readonly #closed = new Set<string>();
  /** Extra loss while a `loss` fault lasts. */
  extraLossPerMille = 0;
  /** Extra delay of whatever goes to or from a node. */
  readonly slowNs: Map<number, number> = new Map();
  /** Extra delay of one network. */
  readonly slowLinkNs: Map<number, number> = new Map();
  readonly counters: Counters = { sent: 0, lost: 0, cut: 0, duplicated: 0, reordered: 0 };

  constructor(options: SimulationOptions, random: Random, schedule: Schedule) {
    this.#options = options;
    this.#random = random;
    this.#schedule = schedule;
  }

  cut(from: number, to: number, link: number): void {
    this.#cut.add(`${from}>${to}/${link}`);
  }

  down(link: number, isDown: boolean): void {
    if (isDown) this.#down.add(link);
    else this.#down.delete(link);
  }

  /** A node's cable of one network. */
  unplug(node: number, link: number, isUnplugged: boolean): void {
    if (isUnplugged) this.#unplugged.add(`${node}/${link}`);
    else this.#unplugged.delete(`${node}/${link}`);
  }

  /** A node has nothing open on a wire. */
  close(node: number, link: number, isClosed: boolean): void {
    if (isClosed) this.#closed.add(`${node}/${link}`);
    else this.#closed.delete(`${node}/${link}`);
  }

  isClosed(node: number, link: number): boolean {
    return this.#closed.has(`${node}/${link}`);
  }

  heal(): void {
    this.#cut.clear();
    this.#down.clear();
    this.extraLossPerMille = 0;
  }

  /** Does this direction carry anything at all now? */
  open(from: number, to: number, link: number): boolean {
    if (this.isClosed(from, link) || this.isClosed(to, link)) return false;
    if (this.#unplugged.has(`${from}/${link}`) || this.#unplugged.has(`${to}/${link}`)) return false;
    return !this.#down.has(link) && !this.#cut.has(`${from}>${to}/${link}`);
  }

  /** Any network that carries both ways. */
  reachable(left: number, right: number): boolean {
    for (let link = 0; link < this.#options.links; link++) {
      if (this.open(left, right, link) && this.open(right, left, link)) return true;
    }
    return false;
  }

  /** One datagram; `deliver` is called zero, one or two times, later. */
  datagram(from: number, to: number, link: number, deliver: () => void): void {
    this.counters.sent++;
    if (!this.open(from, to, link)) {
      this.counters.cut++;
      return;
    }
    if (this.#random.chance(Math.min(this.#options.lossPerMille + this.extraLossPerMille, 950))) {
      this.counters.lost++;
      return;
    }
    const slowNs = (this.slowNs.get(from) ?? 0) + (this.slowNs.get(to) ?? 0) + (this.slowLinkNs.get(link) ?? 0);
    this.#schedule.at(this.#schedule.nowNs + this.delayNs() + slowNs, deliver);
    if (this.#random.chance(this.#options.duplicatePerMille)) {
      this.counters.duplicated++;
      this.#schedule.at(this.#schedule.nowNs + this.delayNs(), deliver);
    }
  }

  delayNs(): number {
    const delay = this.#random.between(this.#options.delayMinNs, this.#options.delayMaxNs);
    if (!this.#random.chance(this.#options.reorderPerMille)) return delay;
    this.counters.reordered++;
    return delay + this.#random.between(1, 20) * this.#options.delayMaxNs;
  }
}
