// Figures and the table: median and spread beside the settings and the machine, so that nobody has to
// guess what was compared with what.
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Contender } from './contender.ts';
import type { Run } from './measure.ts';

export interface Row {
  readonly contender: string;
  readonly detail: string;
  readonly runs: number;
  readonly failed: number;
  /** Moves of the address before the fault, over all runs. */
  readonly falseTakeovers: number;
  readonly medianMs: number | null;
  readonly minMs: number | null;
  readonly p90Ms: number | null;
  readonly maxMs: number | null;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly load1: number;
  readonly root: boolean;
}

export function machineFacts(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load1: loadavg()[0] ?? 0,
    root: process.getuid?.() === 0,
  };
}

/** Value at rank `fraction` (0-1) of sorted numbers, nearest rank; null of none. */
export function quantile(sorted: readonly number[], fraction: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? null;
}

export function rowOf(contender: Contender, runs: readonly Run[]): Row {
  const own = runs.filter((run) => run.contender === contender.name);
  const gaps = own.flatMap((run) => (run.gapMs === null ? [] : [run.gapMs])).sort((a, b) => a - b);
  return {
    contender: contender.name,
    detail: contender.detail,
    runs: own.length,
    failed: own.length - gaps.length,
    falseTakeovers: own.reduce((sum, run) => sum + run.falseTakeovers, 0),
    medianMs: quantile(gaps, 0.5),
    minMs: quantile(gaps, 0),
    p90Ms: quantile(gaps, 0.9),
    maxMs: quantile(gaps, 1),
  };
}

export function markdown(machine: Machine, rows: readonly Row[]): string {
  const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  return [
    `Owner silenced (all its switch ports down), client asks every 100 us; gap from the last answer of the old owner to the first of the new one, in ms.`,
    '',
    '| contender | runs | failed | false takeovers | median | min | p90 | max |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.contender} | ${row.runs} | ${row.failed} | ${row.falseTakeovers} | ${figure(row.medianMs)} | ${figure(row.minMs)} | ${figure(row.p90Ms)} | ${figure(row.maxMs)} |`,
    ),
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, ` +
      `load ${machine.load1.toFixed(2)} at the start, ${machine.root ? 'root' : 'not root'}; the contenders took turns, one run each.`,
    '',
    ...rows.map((row) => `- ${row.contender}: ${row.detail}`),
    '',
  ].join('\n');
}
