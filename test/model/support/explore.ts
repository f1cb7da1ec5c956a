// Walks breadth first through everything that can happen, up to a number of states, and stops at the first that must not
// be; then says by which steps it came about.
import type { ProtocolConfig } from '../../../lib/protocol/types.ts';
import { type Action, actionsOf, after } from './actions.ts';
import { hashOf, type Model } from './model.ts';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  /** Some of the states at the rim: from these the cluster must heal. */
  readonly rim: readonly Visit[];
  readonly broken: { readonly what: string; readonly path: readonly string[] } | null;
}

export interface Visit {
  readonly model: Model;
  readonly depth: number;
  readonly action: Action | null;
  readonly from: Visit | null;
}

export function explore(first: Model, configs: readonly ProtocolConfig[], statesMax: number): Exploration {
  const seen = new Set<string>([hashOf(first)]);
  let frontier: Visit[] = [{ model: first, depth: 0, action: null, from: null }];
  let steps = 0;
  for (;;) {
    const next: Visit[] = [];
    for (const visit of frontier) {
      for (const action of actionsOf(visit.model, configs)) {
        const reached: Visit = { model: after(visit.model, action), depth: visit.depth + 1, action, from: visit };
        steps++;
        const what = reached.model.violation ?? invariantBroken(reached.model);
        if (what !== null) return { states: seen.size, steps, depth: reached.depth, rim: [], broken: { what, path: pathOf(reached) } };
        const hash = hashOf(reached.model);
        if (seen.has(hash)) continue;
        seen.add(hash);
        next.push(reached);
        if (seen.size >= statesMax) return { states: seen.size, steps, depth: reached.depth, rim: next, broken: null };
      }
    }
    if (next.length === 0) return { states: seen.size, steps, depth: frontier[0]?.depth ?? 0, rim: frontier, broken: null };
    frontier = next;
  }
}

export function pathOf(visit: Visit): string[] {
  const path: string[] = [];
  for (let at: Visit | null = visit; at !== null && at.action !== null; at = at.from) path.unshift(at.action.name);
  return path;
}

/** Never two owners of the seat at once; never two quorate managers in one epoch; who manages quorately owns. */
function invariantBroken(model: Model): string | null {
  const owners = model.nodes.filter((node) => node.running && node.seat.phase === 'owned');
  if (owners.length > 1) return `nodes ${owners.map((node) => node.id).join(' and ')} own the seat`;
  const managers = model.nodes.filter((node) => node.state?.role === 'manager' && node.state.seat === 'owned');
  for (const [index, one] of managers.entries()) {
    for (const other of managers.slice(index + 1)) {
      if (one.state?.epoch === other.state?.epoch) return `nodes ${one.id} and ${other.id} manage quorately in epoch ${one.state?.epoch}`;
    }
  }
  const unfounded = managers.find((node) => node.seat.phase !== 'owned' || node.seat.epoch !== node.state?.epoch);
  return unfounded === undefined
    ? null
    : `node ${unfounded.id} says that it is quorate in epoch ${unfounded.state?.epoch}, and owns nothing`;
}
