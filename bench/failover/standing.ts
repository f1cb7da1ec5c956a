// A system that stands on a stage and is used for one fault after the other: to start three daemons anew for each would take
// three times as long as the fault and what it shows. After a fault all must be as it was after the start, else a fresh
// stage is opened: where a fault ended processes that nothing here brings back, or a run went wrong.
import { Stage } from '../../lib/demo/stage.ts';
import { layOnOneWire } from '../../lib/demo/two-adapters.ts';
import { startServices } from '../../lib/demo/vip-client.ts';
import type { BenchFault } from './fault.ts';
import { PRIORITY } from './observers.ts';
import type { Running, System } from './system.ts';

export interface Scenery {
  readonly stage: Stage;
  readonly running: Running;
}

export class Standing {
  readonly system: System;
  #stage: Stage | null = null;
  #running: Running | null = null;
  #after: BenchFault | null = null;
  #twoAdapters = false;

  constructor(system: System) {
    this.system = system;
  }

  /** The system as it is after its start, on the stage that this fault asks for. @throws what the machine or the system refuses; close() then */
  async ready({ twoAdapters = false }: BenchFault): Promise<Scenery> {
    if (twoAdapters !== this.#twoAdapters) await this.close();
    if (this.#after !== null) await this.#restore(this.#after);
    const stage = this.#stage ?? (await this.#open(twoAdapters));
    this.#running ??= await this.system.start(stage, { twoAdapters });
    return { stage, running: this.#running };
  }

  /** A fault has been here, and has ended. */
  harmed(fault: BenchFault): void {
    this.#after = fault;
  }

  log(): string {
    return this.#running?.log() ?? '';
  }

  async close(): Promise<void> {
    const stage = this.#stage;
    [this.#stage, this.#running, this.#after] = [null, null, null];
    await stage?.close();
  }

  async #open(twoAdapters: boolean): Promise<Stage> {
    const stage = await Stage.open({ nodes: 3, networks: 2, hosts: ['client', 'observer'] });
    [this.#stage, this.#twoAdapters] = [stage, twoAdapters];
    if (twoAdapters) await layOnOneWire(stage);
    await startServices(stage, stage.sandbox.privileged ? PRIORITY : 0);
    return stage;
  }

  async #restore({ hits }: BenchFault): Promise<void> {
    this.#after = null;
    const restore = this.#running?.restore ?? null;
    if (restore !== null) await restore();
    else if (hits === 'processes') await this.close();
  }
}
