// What of a long run is still to be measured. Only what was watched in the same minutes can be compared: a condition that was cut
// short, or that lacks a case that is wanted now, is watched anew as a whole. Pure.
import type { Part } from '../support/parts.ts';
import type { Case, Condition, Point, Stretch } from './measure.ts';

const WATCHED_ENOUGH = 0.99; // timers end a little early

export interface DetectorPart extends Part {
  readonly conditions: readonly Condition[];
}

/** Points of the parts before that stand: of conditions that are not wanted now, and of those that were watched in full. */
export function pointsToKeep(wanted: readonly Stretch[], before: readonly Point[], watchMs: number): Point[] {
  return before.filter(({ condition }) => {
    const stretch = wanted.find((each) => each.condition === condition);
    const own = before.filter((point) => point.condition === condition && point.watchedS * 1000 >= watchMs * WATCHED_ENOUGH);
    return stretch === undefined || stretch.cases.every((each) => own.some((point) => isOf(point, each)));
  });
}

/** What the parts before have still measured of that. */
export function partsToKeep(parts: readonly DetectorPart[], kept: readonly Point[]): DetectorPart[] {
  return parts.flatMap((part) => {
    const conditions = part.conditions.filter((condition) => kept.some((point) => point.condition === condition));
    const runs = kept.filter((point) => conditions.includes(point.condition)).length;
    return conditions.length === 0 ? [] : [{ ...part, conditions, runs }];
  });
}

/** Stretches of which nothing was kept. */
export function missingStretches(wanted: readonly Stretch[], kept: readonly Point[]): Stretch[] {
  return wanted.filter(({ condition }) => !kept.some((point) => point.condition === condition));
}

function isOf(point: Point, { timeoutMs, secondThread }: Case): boolean {
  return point.timeoutMs === timeoutMs && point.secondThread === secondThread;
}
