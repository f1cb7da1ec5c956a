// What the parts before have measured of a comparison (support/parts.ts), as runs of a system and a fault.
import type { Machine } from '../support/machine.ts';
import { type Part, partsBefore } from '../support/parts.ts';
import type { Run } from './measure.ts';

export interface Measured {
  readonly parts: readonly Part[];
  readonly runs: readonly Run[];
}

/** What PATH.json holds; nothing where there is none. @throws RangeError as partsBefore() */
export function measuredBefore(path: string, machine: Machine): Measured {
  const { parts, figures } = partsBefore<Run>(path, machine, 'runs');
  return { parts, runs: figures };
}

/** Runs of this pair that the parts before have. */
export function doneBefore(runs: readonly Run[], fault: string, system: string): number {
  return runs.filter((run) => run.fault === fault && run.system === system).length;
}
