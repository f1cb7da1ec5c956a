// Is a reconfiguration under way here? Apart from what it does, since parts that it uses ask this, too.
import type { NodeState } from '../membership/state.ts';
import type { ProtocolNumber } from '../rounds/state.ts';

export const RECONFIGURE = 'reconfigure';

/** Its number, for whoever looks from outside. */
export function reconfigurationIn(state: NodeState | null): ProtocolNumber | null {
  const all = [...(state?.rounds.instances.values() ?? [])];
  return all.find(({ opening, outcome }) => opening.kind === RECONFIGURE && outcome === null)?.opening.number ?? null;
}
