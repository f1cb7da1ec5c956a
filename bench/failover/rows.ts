// From runs to rows: one for each fault and system that met.
import { type Spread, spreadOf } from '../support/figures.ts';
import type { BenchFault } from './fault.ts';
import type { Run } from './measure.ts';
import type { System } from './system.ts';

export interface Row {
  readonly fault: string;
  readonly system: string;
  readonly runs: number;
  readonly failed: number;
  readonly gapMs: Spread | null;
  readonly takenMs: Spread | null;
  /** Runs in which the old owner answered after the new one's first answer, and the longest such time. */
  readonly oldAnswered: number;
  readonly oldAnswersMsMax: number;
  readonly queuedMsMax: number;
  readonly orphans: number;
  readonly leftSilent: number;
  readonly falseTakeovers: number;
  readonly unfit: string | null;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function rowsOf(faults: readonly BenchFault[], systems: readonly System[], runs: readonly Run[]): Row[] {
  return faults.flatMap((fault) =>
    systems.flatMap((system) => {
      const own = runs.filter((run) => run.system === system.name && run.fault === fault.name);
      return own.length === 0 ? [] : [rowOf(fault.name, system.name, own)];
    }),
  );
}

export function rowOf(fault: string, system: string, runs: readonly Run[]): Row {
  const fit = runs.filter((run) => run.unfit === null);
  const measured = fit.filter((run) => run.failure === null);
  return {
    fault,
    system,
    runs: fit.length,
    failed: fit.length - measured.length,
    gapMs: spreadOf(measured.flatMap((run) => (run.gapMs === null ? [] : [run.gapMs]))),
    takenMs: spreadOf(measured.flatMap((run) => (run.takenMs === null ? [] : [run.takenMs]))),
    oldAnswered: measured.filter((run) => run.oldAnswers > 0).length,
    oldAnswersMsMax: Math.max(0, ...measured.map((run) => run.oldAnswersMs)),
    queuedMsMax: Math.max(0, ...measured.map((run) => run.queuedMs)),
    orphans: sum(measured.map((run) => run.orphans)),
    leftSilent: sum(measured.map((run) => run.leftSilent)),
    falseTakeovers: sum(fit.map((run) => run.falseTakeovers)),
    unfit: fit.length === 0 ? (runs[0]?.unfit ?? null) : null,
  };
}

export interface Total {
  readonly system: string;
  readonly faults: number;
  readonly failed: number;
  readonly oldAnswered: number;
  readonly orphans: number;
  readonly leftSilent: number;
  readonly falseTakeovers: number;
}

/** Over all faults of a system: what may not be missed. */
export function totalsOf(rows: readonly Row[]): Total[] {
  return [...new Set(rows.map((row) => row.system))].map((system) => {
    const own = rows.filter((row) => row.system === system);
    return {
      system,
      faults: sum(own.map((row) => row.runs)),
      failed: sum(own.map((row) => row.failed)),
      oldAnswered: sum(own.map((row) => row.oldAnswered)),
      orphans: sum(own.map((row) => row.orphans)),
      leftSilent: sum(own.map((row) => row.leftSilent)),
      falseTakeovers: sum(own.map((row) => row.falseTakeovers)),
    };
  });
}
