// What the parts before have measured of a comparison (support/parts.ts), as runs of a system and a fault.
import { existsSync } from 'node:fs';
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

/** All of them as one: what lanes beside each other have measured of slow systems. @throws RangeError as partsBefore(), or a file is missing */
export function joined(paths: readonly string[], machine: Machine): Measured {
  const all = paths.map((path) => {
    if (!existsSync(`${path}.json`)) throw new RangeError(`${path}.json is not there`);
    return measuredBefore(path, machine);
  });
  return { parts: all.flatMap(({ parts }) => parts), runs: all.flatMap(({ runs }) => runs) };
}

/** Runs of this pair that the parts before have. */
export function doneBefore(runs: readonly Run[], fault: string, system: string): number {
  return runs.filter((run) => run.fault === fault && run.system === system).length;
}
