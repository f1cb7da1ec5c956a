// A full comparison takes longer than a machine may be quiet: it is measured in parts. `--resume` reads what the parts before
// have written and goes on with the runs that are missing, so that an interrupt, or a night, loses nothing.
import { existsSync, readFileSync } from 'node:fs';
import type { Machine } from '../support/machine.ts';
import type { Run } from './measure.ts';

export interface Part {
  readonly machine: Machine;
  /** How many runs it measured. */
  readonly runs: number;
}

export interface Measured {
  readonly parts: readonly Part[];
  readonly runs: readonly Run[];
}

/**
 * What PATH.json holds; nothing where there is none.
 * @throws RangeError the file is another bench's, or a part was measured on another machine: its figures do not belong beside these
 */
export function measuredBefore(path: string, machine: Machine): Measured {
  const file = `${path}.json`;
  if (!existsSync(file)) return { parts: [], runs: [] };
  const { parts, runs } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Measured>;
  if (!Array.isArray(parts) || !Array.isArray(runs)) throw new RangeError(`${file} is not a result that --resume can go on with`);
  const other = (parts as readonly Part[]).find((part) => part.machine.cpu !== machine.cpu || part.machine.cores !== machine.cores);
  if (other !== undefined)
    throw new RangeError(`${file} was measured on another machine (${other.machine.cpu}, ${other.machine.cores} cores)`);
  return { parts: parts as readonly Part[], runs: runs as readonly Run[] };
}

/** Runs of this pair that the parts before have. */
export function doneBefore(runs: readonly Run[], fault: string, system: string): number {
  return runs.filter((run) => run.fault === fault && run.system === system).length;
}
