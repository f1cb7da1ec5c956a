// A full comparison takes longer than a machine may be quiet: it is measured in parts. `--resume` reads what the parts before
// have written and goes on with what is missing, so that an interrupt, or a night, loses nothing.
import { existsSync, readFileSync } from 'node:fs';
import { type Machine, machineLine } from './machine.ts';

/** One call of the bench. */
export interface Part {
  readonly machine: Machine;
  /** What was measured, and how; parts of earlier versions do not say. */
  readonly version?: string;
  readonly command?: string;
  /** How many of the figures it measured. */
  readonly runs: number;
}

/** Where, of what, and with what command it was measured. */
export function partLine({ machine, version, command }: Part): string {
  return [
    machineLine(machine),
    ...(version === undefined ? [] : [`Version ${version}.`]),
    ...(command === undefined ? [] : [`\`${command}\``]),
  ].join(' ');
}

/**
 * The parts that PATH.json holds, and the figures in its list of that name; nothing where there is no file.
 * @throws RangeError the file is another bench's, or a part was measured on another machine: its figures do not belong beside these
 */
export function partsBefore<T, P extends Part = Part>(
  path: string,
  machine: Machine,
  list: string,
): { readonly parts: readonly P[]; readonly figures: readonly T[] } {
  const file = `${path}.json`;
  if (!existsSync(file)) return { parts: [], figures: [] };
  const { parts, [list]: figures } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  if (!Array.isArray(parts) || !Array.isArray(figures)) throw new RangeError(`${file} is not a result that --resume can go on with`);
  const other = (parts as readonly Part[]).find((part) => part.machine.cpu !== machine.cpu || part.machine.cores !== machine.cores);
  if (other !== undefined)
    throw new RangeError(`${file} was measured on another machine (${other.machine.cpu}, ${other.machine.cores} cores)`);
  return { parts: parts as readonly P[], figures: figures as readonly T[] };
}
