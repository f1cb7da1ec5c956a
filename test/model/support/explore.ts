// Walks breadth first through everything that can happen, up to a number of states, and stops at the first that must not
// be; then says by which steps it came about. Equal states are walked on from once.
import assert from 'node:assert/strict';
import { type Action, after } from './actions.ts';
import type { Model } from './model.ts';

/** What is walked, and what must hold. */
export interface Walk {
  readonly actions: (model: Model) => readonly Action[];
  /** The same for states that behave alike. */
  readonly keyOf: (model: Model) => string;
  /** The key of the state after an action, where it is known without doing it; most lead to one that was met. */
  readonly foresees?: Foresight;
  /** What must never be. */
  readonly broken: (model: Model) => string | null;
  /** Where the actions are all that can still happen: is this an end, and what must not be there? */
  readonly isEnd: (model: Model, actions: readonly Action[]) => boolean;
  readonly brokenAtEnd: (model: Model) => string | null;
  readonly statesMax: number;
}

export interface Foresight {
  readonly keyAfter: (model: Model, action: string) => string | null;
  readonly learn: (model: Model, action: string, reached: Model) => void;
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  /** States where nothing can happen any more. */
  readonly ends: number;
  /** Every state within the bounds was met. */
  readonly exhausted: boolean;
  /** The last states that were met: from these the cluster must heal. */
  readonly rim: readonly Visit[];
  readonly broken: { readonly what: string; readonly path: readonly string[] } | null;
}

export interface Visit {
  readonly model: Model;
  readonly path: Path | null;
}

interface Path {
  readonly name: string;
  readonly before: Path | null;
}

export function explore(first: Model, walk: Walk): Exploration {
  const seen = new Set<string>([walk.keyOf(first)]);
  let frontier: Visit[] = [{ model: first, path: null }];
  let steps = 0;
  let ends = 0;
  let depth = 0;
  const result = (changes: Partial<Exploration>): Exploration => ({
    ...{ states: seen.size, steps, depth, ends, exhausted: false, rim: [], broken: null },
    ...changes,
  });
  for (;;) {
    const next: Visit[] = [];
    for (const visit of frontier) {
      const actions = walk.actions(visit.model);
      if (walk.isEnd(visit.model, actions)) {
        ends++;
        const what = walk.brokenAtEnd(visit.model);
        if (what !== null) return result({ broken: { what, path: pathOf(visit) } });
      }
      for (const action of actions) {
        steps++;
        const foreseen = walk.foresees?.keyAfter(visit.model, action.name) ?? null;
        if (foreseen !== null && seen.has(foreseen)) continue;
        const reached: Visit = { model: after(visit.model, action), path: { name: action.name, before: visit.path } };
        const key = walk.keyOf(reached.model);
        if (foreseen === null) walk.foresees?.learn(visit.model, action.name, reached.model);
        if (seen.has(key)) continue;
        seen.add(key);
        const what = reached.model.violation ?? walk.broken(reached.model);
        if (what !== null) return result({ depth: depth + 1, broken: { what, path: pathOf(reached) } });
        next.push(reached);
        if (seen.size >= walk.statesMax) return result({ depth: depth + 1, rim: next });
      }
    }
    if (next.length === 0) return result({ exhausted: true, rim: frontier });
    frontier = next;
    depth++;
  }
}

export function pathOf(visit: Visit): string[] {
  const names: string[] = [];
  for (let at = visit.path; at !== null; at = at.before) names.unshift(at.name);
  return names;
}

export function assertHolds({ broken }: Exploration): void {
  assert.equal(broken, null, broken === null ? '' : `${broken.what}\n  ${broken.path.join('\n  ')}`);
}
