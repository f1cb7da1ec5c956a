// What the failover bench asks of each contender: keep one virtual address alive on a stage. How it is
// started and configured is its own affair; the fault and the measure are the same for all.
import type { Stage } from '../../lib/demo/stage.ts';
import { networkAddress } from '../../lib/demo/topology.ts';

export const VIRTUAL_ADDRESS: string = networkAddress(0, 100);

export interface Contender {
  /** Short, for the table: `heartwire 1 ms x 3`. */
  readonly name: string;
  /** What a reader needs to judge the row: version and settings. */
  readonly detail: string;
  /** Starts it on a fresh stage; resolves once its programs run. They end with the stage. */
  start(stage: Stage): Promise<void>;
  /** What its programs said, for a run that went wrong. */
  log(): string;
}
