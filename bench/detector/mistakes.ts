// Mistakes of a detector, as Chen, Toueg and Aguilera count them: a living node is taken for dead; the mistake lasts until
// it is taken for alive again. Pure, so that the counting is tested.
import type { Verdict } from './watcher.ts';

/** A node that was really silent, and when; its death was no mistake then. */
export interface Silence {
  readonly node: number;
  readonly fromNs: number;
  readonly untilNs: number;
}

export interface Mistake {
  readonly by: number;
  readonly about: number;
  readonly atNs: number;
  /** To the end of the watch, when it is not corrected before. */
  readonly durationMs: number;
}

/** In the order in which they were made; what was said outside the watch does not count. */
export function mistakesIn(verdicts: readonly Verdict[], silences: readonly Silence[], fromNs: number, untilNs: number): Mistake[] {
  const ordered = verdicts.toSorted((left, right) => left.atNs - right.atNs);
  return ordered.flatMap((verdict, index) => {
    const { by, about, atNs } = verdict;
    if (verdict.alive || atNs < fromNs || atNs > untilNs) return [];
    if (silences.some((silence) => silence.node === about && atNs >= silence.fromNs && atNs <= silence.untilNs)) return [];
    const corrected = ordered.slice(index).find((later) => later.alive && later.by === by && later.about === about);
    return [{ by, about, atNs, durationMs: (Math.min(corrected?.atNs ?? untilNs, untilNs) - atNs) / 1e6 }];
  });
}
