// A fault of the failover bench: what happens before it, at its instant, and when it ends.
import type { Stage } from '../../lib/demo/stage.ts';
import type { Running } from './system.ts';

export interface Scene {
  readonly stage: Stage;
  readonly running: Running;
  readonly owner: number;
}

export interface BenchFault {
  /** Short, for the table and for --faults. */
  readonly name: string;
  /** What is done, for the reader of the table. */
  readonly detail: string;
  /** Whether another node must take the address, or the owner must keep it. */
  readonly expected: 'moves' | 'stays';
  /** Takes more than ten seconds: fewer runs. */
  readonly slow?: boolean;
  /** For how long nothing should happen, where the owner must keep the address; default: half a second, and as long as the system takes to settle. */
  readonly watchMs?: number;
  /** Where the owner must keep the address: its effect begins within so long; a silence later than that is not its doing. Default: watchMs. */
  readonly effectMs?: number;
  /** What it leaves behind when it has ended: a network that is whole again, or processes that are dead or were moved about. */
  readonly hits: 'network' | 'processes';
  /** Every node has two adapters on the wire of the address, the second standing by. */
  readonly twoAdapters?: boolean;
  /** Null, or why a system has no such fault. */
  unfit(running: Running, owner: number): string | null;
  /** What goes on all the time, from before the owner is judged steady; what it returns ends it. */
  setting?(stage: Stage, owner: number): Promise<() => Promise<unknown>>;
  /** Makes it ready; what it returns is the fault itself, and begins at once. */
  prepare(scene: Scene): Promise<() => Promise<void> | void>;
  /** Ends it, once its effect was seen. */
  end?(scene: Scene): Promise<void>;
}
