// The egress queue of a node's service interface: what the node has sent leaves later, whatever becomes of the node's lease.
// The address thread measures it, and its beat thread is told (native/core/address/address_egress.cc).
import type { Host } from './host.ts';

/** A queue is seen while it grows, and its worst counts for longer than it lasts. */
const SEEN_AFTER_NS = 100_000;
const REMEMBERED_NS = 500e6;

export class EgressQueue {
  readonly #host: Host;
  /** What is sent now leaves so much later. */
  drainNs = 0;
  /** When what was sent before the queue went has left, in true time. */
  #emptyAtNs = 0;
  #forgetAtNs = 0;
  /** What the address thread has measured, and tells whoever counts on it. */
  toldNs = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** @param drainNs 0: it is empty */
  fill(drainNs: number): void {
    const isMore = drainNs > this.drainNs;
    const { schedule } = this.#host.world;
    this.#host.world.trace(() => `${this.#host.id}    queue of ${(drainNs / 1e6).toFixed(1)} ms`);
    schedule.at(schedule.nowNs + (isMore ? SEEN_AFTER_NS : 0), () => {
      this.#emptyAtNs = Math.max(this.#emptyAtNs, schedule.nowNs + this.drainNs);
      this.drainNs = drainNs;
    });
    if (isMore) return schedule.at(schedule.nowNs, () => this.#host.onMachine(() => this.tell(drainNs)));
    this.#forgetAtNs = schedule.nowNs + REMEMBERED_NS;
    // Whoever fills it anew meanwhile has told so.
    schedule.at(this.#forgetAtNs, () => {
      if (schedule.nowNs >= this.#forgetAtNs) this.#host.onMachine(() => this.tell());
    });
  }

  /** When what is in it now has left. */
  onceEmpty(run: () => void): void {
    const { boot, world } = this.#host;
    const emptyAtNs = Math.max(this.#emptyAtNs, world.schedule.nowNs + this.drainNs);
    if (emptyAtNs <= world.schedule.nowNs) return run();
    world.schedule.at(emptyAtNs, () => this.#host.onMachine(() => (this.#host.boot === boot ? run() : undefined)));
  }

  /** Power loss. */
  lose(): void {
    this.drainNs = this.#emptyAtNs = this.toldNs = 0;
  }

  tell(drainNs: number = this.drainNs): void {
    this.toldNs = drainNs;
    for (const seat of this.#host.seats) this.#host.drive((engine, now) => engine.setEgress(seat, drainNs, now));
  }
}
