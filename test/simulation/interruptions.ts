// Programs that agree are held up for a moment only (V5): where management and groups move as planned, and members are away as
// announced, nobody is sent away, and whatever is proposed meanwhile is done soon (C8, V4); where members die or are cut off, one at a
// time, what the others propose is done once that has been found out.
import type { ClusterEvent } from '../../lib/protocol/types.ts';
import type { Host } from './host.ts';
import type { FaultKind, SimulationOptions } from './options.ts';
import type { World } from './world.ts';

/** A hand-over, some messages that were lost, and a disk that takes its time. */
const DONE_WITHIN_MS = 1500;
/** Manager and standby die after each other: the others seek a manager. */
const SEEKING_MS = 3000;
/** Until a death is found out, and a successor has the seat. */
const TIMEOUTS = 3;
const PLANNED: readonly FaultKind[] = ['move', 'absence'];

function isPlanned({ faults }: SimulationOptions): boolean {
  return faults.every((fault) => PLANNED.includes(fault));
}

/** One at a time: all others must be members, so that a majority can go on. */
export function mayHappen({ hosts, options, interruptions }: World, kind: FaultKind, host: Host): boolean {
  if (options.undisturbed !== true || PLANNED.includes(kind)) return true;
  if (interruptions.cutOff !== null) return false;
  return hosts.every((other) => other === host || (other.running && ['manager', 'standby', 'client'].includes(other.role() ?? '')));
}

export class Interruptions {
  broken: string | null = null;
  readonly #world: World;
  readonly #askedNs = new Map<string, number>();
  #cutOff: number | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  published(by: number, { event, node }: ClusterEvent): void {
    if (!isPlanned(this.#world.options)) return;
    if (event === 'client-lost') this.#break(`node ${by} takes node ${node} for lost`);
    if (event === 'unmanaged' && this.#world.faultCounts['move'] !== undefined) this.#break(`node ${by} has no manager`);
  }

  /** Nobody hears this node. */
  get cutOff(): number | null {
    return this.#cutOff;
  }

  set cutOff(node: number | null) {
    if (node !== null) this.left(node);
    this.#cutOff = node;
  }

  asked(by: Host, name: string): void {
    const absence = by.state?.absence ?? null;
    const isBack = absence === null || absence.stage === 'returning' || absence.stage === 'catchingUp';
    if (isBack && by.role() !== 'offline' && !by.paused && by.id !== this.#cutOff) this.#askedNs.set(name, this.#world.schedule.nowNs);
  }

  /** It is dead, off line, cut off, or its machine stands still: its programs wait until it is back. */
  left(node: number): void {
    for (const name of [...this.#askedNs.keys()]) if (name.startsWith(`${node}/`)) this.#askedNs.delete(name);
  }

  /** @param code null: done */
  answered(name: string, code: string | null): void {
    const isWatched = this.#askedNs.delete(name);
    if (isWatched && code !== null) this.#break(`operation ${name} is not done: ${code}`);
  }

  overdue(): string | null {
    const { schedule, options } = this.#world;
    const { nowNs } = schedule;
    const doneWithinMs = isPlanned(options) ? DONE_WITHIN_MS : DONE_WITHIN_MS + SEEKING_MS + (TIMEOUTS * options.timeoutUs) / 1000;
    // In the order in which they were asked for.
    for (const [name, atNs] of this.#askedNs) {
      if (nowNs - atNs <= doneWithinMs * 1e6) return this.broken;
      return this.broken ?? `operation ${name} is not done after ${doneWithinMs} ms`;
    }
    return this.broken;
  }

  #break(what: string): void {
    this.broken ??= what;
  }
}
