// In which order systems and faults are measured. The systems take turns, so that a busy minute is everybody's busy minute; each
// has a few runs of every fault in a turn, since to start it and to lay its stage takes longer than most runs.
import type { BenchFault } from './fault.ts';
import type { System } from './system.ts';

export interface Turn {
  /** From 1. */
  readonly round: number;
  readonly system: System;
  readonly fault: BenchFault;
}

export interface Rounds {
  /** Runs of each fault and system. */
  readonly all: number;
  /** Of those that take long. */
  readonly slow: number;
  /** Runs of a fault in one turn. */
  readonly inARow: number;
}

/** What is to be measured, in order. @param done runs of a pair that there are already */
export function turnsOf(
  systems: readonly System[],
  faults: readonly BenchFault[],
  rounds: Rounds,
  done: (fault: BenchFault, system: System) => number,
): Turn[] {
  // Those that need a stage of their own come last: one stage less to open and to leave in each turn.
  const inOrder = [...faults].sort((one, other) => Number(one.twoAdapters ?? false) - Number(other.twoAdapters ?? false));
  const wanted = (fault: BenchFault, system: System): number => (system.slow || fault.slow === true ? rounds.slow : rounds.all);
  const count = Math.ceil(Math.max(rounds.all, rounds.slow) / rounds.inARow);
  return Array.from({ length: count }, (_, turn) =>
    systems.flatMap((system) =>
      inOrder.flatMap((fault) =>
        Array.from({ length: rounds.inARow }, (_, index) => turn * rounds.inARow + index + 1)
          .filter((round) => round <= wanted(fault, system) && round > done(fault, system))
          .map((round) => ({ round, system, fault })),
      ),
    ),
  ).flat();
}
