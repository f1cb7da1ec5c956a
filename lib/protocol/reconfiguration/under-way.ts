// Is a reconfiguration under way here? Apart from what it does, since parts that it uses ask this, too.
import type { NodeState } from '../membership/state.ts';
import type { Opening, ProtocolNumber } from '../rounds/state.ts';

export const RECONFIGURE = 'reconfigure';

/** Its number, for whoever looks from outside. */
export function reconfigurationIn(state: NodeState | null): ProtocolNumber | null {
  const all = [...(state?.rounds.instances.values() ?? [])];
  return all.find(({ opening, outcome }) => opening.kind === RECONFIGURE && outcome === null)?.opening.number ?? null;
}

/** Those that this node has begun, in this start or an earlier one, or must find the outcome of: what it has is in the middle of them. */
export function openChanges({ rounds, configurations }: NodeState): Opening[] {
  const active = configurations?.active.number ?? 0n;
  const all = [...rounds.instances.values()].filter(({ opening }) => opening.kind === RECONFIGURE && opening.number > active);
  return all.filter(({ outcome, stage }) => outcome?.committed !== false && stage !== 'queued').map(({ opening }) => opening);
}
