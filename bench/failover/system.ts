// What the failover bench asks of each system: keep one virtual address alive on a stage, and say which of its
// processes a fault should hit. How it is started and configured is its own affair; faults and measure are the same
// for all.
import type { Stage } from '../../lib/demo/stage.ts';
import { networkAddress } from '../../lib/demo/topology.ts';

export const VIRTUAL_ADDRESS: string = networkAddress(0, 100);

/** Ids of the processes of one node, seen from outside the stage. */
export interface Processes {
  /** What keeps the address alive. */
  readonly daemon: number;
  /** Who is asked to end in good order. */
  readonly main: number;
  /** All of them, helpers first, as a control group would be killed. */
  readonly all: readonly number[];
}

export interface Running {
  /** Null: this node has none (the bare program's third node). */
  processes(node: number): Processes | null;
  /** A planned move away from the owner, in the system's own way. */
  readonly move: ((owner: number) => Promise<void>) | null;
  /** Stops the event loops of all nodes for as long as EVENT_LOOP_BLOCKED_MS. */
  readonly blockEventLoops: (() => void) | null;
  /** Starts what a fault has ended, and resolves once all is as after the start; null: only a fresh stage is. */
  readonly restore: (() => Promise<unknown>) | null;
  /** Instants, ms of CLOCK_BOOTTIME, at which a node took the address by right, when the system says so. */
  acquiredMs(node: number): readonly number[];
  /** What its programs said, for a run that went wrong. */
  log(): string;
}

export const EVENT_LOOP_BLOCKED_MS = 13_000;

export interface System {
  /** Short, for the table: `heartwire 1 ms x 3`. */
  readonly name: string;
  /** What a reader needs to judge the row: version and settings. */
  readonly detail: string;
  /** The Debian package that is not installed. */
  readonly missing: string | null;
  /** Takes seconds for a failover: fewer runs (--slow-runs). */
  readonly slow: boolean;
  /** For a first owner, and for the next one after a fault. */
  readonly deadlineMs: number;
  /** The same owner must have answered for so long before anything is done to it: where several may be owners at first, until they know of each other. */
  readonly steadyMs: number;
  /** After a fault has ended, until everything must be in order again. */
  readonly settleMs: number;
  /** Starts it on a fresh stage; resolves once its programs run. They end with the stage. */
  start(stage: Stage, options: { readonly twoAdapters: boolean }): Promise<Running>;
}
