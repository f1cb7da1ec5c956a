// Where nothing is wrong and only management and groups move, as planned, programs notice nothing: no member is sent away, and
// whatever is proposed meanwhile is done soon (V5 with C8). `expects` says whether a run is of that kind.
import type { ClusterEvent } from '../../lib/protocol/types.ts';
import type { Host } from './host.ts';
import type { FaultKind, SimulationOptions } from './options.ts';
import type { World } from './world.ts';

/** A hand-over, some messages that were lost, and a disk that takes its time. */
const DONE_WITHIN_MS = 1500;
const PLANNED: readonly FaultKind[] = ['move', 'absence'];

export class Interruptions {
  broken: string | null = null;
  readonly #world: World;
  readonly #askedNs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  static expects({ undisturbed, faults }: SimulationOptions): boolean {
    return undisturbed === true && faults.every((fault) => PLANNED.includes(fault));
  }

  published(by: number, { event, node }: ClusterEvent): void {
    if (event === 'client-lost') this.#break(`node ${by} takes node ${node} for lost`);
    if (event === 'unmanaged' && this.#world.faultCounts['move'] !== undefined) this.#break(`node ${by} has no manager`);
  }

  asked(by: Host, name: string): void {
    const absence = by.state?.absence ?? null;
    const isBack = absence === null || absence.stage === 'returning' || absence.stage === 'catchingUp';
    if (isBack && !by.paused) this.#askedNs.set(name, this.#world.schedule.nowNs);
  }

  /** Its machine stands still: its programs wait until it is back. */
  left(node: number): void {
    for (const name of [...this.#askedNs.keys()]) if (name.startsWith(`${node}/`)) this.#askedNs.delete(name);
  }

  /** @param code null: done */
  answered(name: string, code: string | null): void {
    const isWatched = this.#askedNs.delete(name);
    if (isWatched && code !== null) this.#break(`operation ${name} is not done: ${code}`);
  }

  overdue(): string | null {
    const { nowNs } = this.#world.schedule;
    // In the order in which they were asked for.
    for (const [name, atNs] of this.#askedNs) {
      if (nowNs - atNs <= DONE_WITHIN_MS * 1e6) return this.broken;
      return this.broken ?? `operation ${name} is not done after ${DONE_WITHIN_MS} ms`;
    }
    return this.broken;
  }

  #break(what: string): void {
    this.broken ??= what;
  }
}
