// The disk that two simulated nodes share, and the thread of each that may hang in it: an I/O happens at some instant between
// its begin and its end, and seldom takes longer than the disk promises anything. A write under way when its node loses power
// lands all the same, but not once that node has started anew.
import type { SimulatedDiskIo, SimulatedEngine, SimulatedOutputs } from './engine-port.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

type Drive = (act: (engine: SimulatedEngine, nowNs: number) => SimulatedOutputs) => void;

const FAILS_PER_MILLE = 5;

export class SharedDisk {
  readonly #blocks = new Map<number, Uint8Array>();

  transfer(io: SimulatedDiskIo, host: Host): Uint8Array | null {
    if (io.bytes !== undefined) this.#blocks.set(host.id, new Uint8Array(io.bytes));
    return this.#blocks.get(io.kind === 'read other' ? 3 - host.id : host.id) ?? null;
  }
}

export class DiskThread {
  readonly #host: Host;
  readonly #world: World;
  readonly #drive: Drive;
  #busy = false;
  #wakeNs = Number.POSITIVE_INFINITY;
  #ended = false;

  /** One start of a node. */
  constructor(host: Host, drive: Drive) {
    this.#host = host;
    this.#world = host.world;
    this.#drive = drive;
  }

  end(): void {
    this.#ended = true;
  }

  /** After whatever may have changed the engine's order. */
  turn(): void {
    const { engine } = this.#host;
    if (this.#busy || this.#ended || engine === null) return;
    const io = engine.nextDiskIo(this.#host.localNs());
    if (io.kind === 'none') this.#wakeAt(io.dueNs);
    else this.#begin(io);
  }

  #wakeAt(localNs: number): void {
    if (!Number.isFinite(localNs) || this.#wakeNs <= localNs) return;
    this.#wakeNs = localNs;
    const inNs = Math.max(localNs - this.#host.localNs(), 0) + 1000;
    this.#later(inNs, () => {
      this.#wakeNs = Number.POSITIVE_INFINITY;
      this.turn();
    });
  }

  #begin(io: SimulatedDiskIo): void {
    this.#busy = true;
    const { random, schedule, options, sharedDisk } = this.#world;
    const { boot } = this.#host;
    const slowMs = random.chance(options.diskSlowPerMille ?? 0) ? random.between(0, (3 * (options.diskLeaseUs ?? 0)) / 1000) : 0;
    schedule.at(schedule.nowNs + (random.between(50, 3000) + slowMs * 1000) * 1000, () => {
      if (this.#host.boot !== boot) return;
      const read = sharedDisk.transfer(io, this.#host);
      const ok = !random.chance(FAILS_PER_MILLE);
      this.#later(random.between(50, 3000) * 1000, () => {
        this.#busy = false;
        this.#drive((engine, nowNs) => engine.diskDone(ok, io.kind === 'write' ? null : read, nowNs));
      });
    });
  }

  #later(inNs: number, run: () => void): void {
    this.#world.schedule.at(this.#world.schedule.nowNs + inNs, () =>
      this.#host.onMachine(() => {
        if (!this.#ended) run();
      }),
    );
  }
}
