// What must hold of the manager's seat in every state: never two owners at once; never two quorate managers in one epoch;
// who manages quorately owns.
import { groupsBroken } from './groups.ts';
import type { Model } from './model.ts';

export function ownershipBroken(model: Model): string | null {
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
    ? groupsBroken(model)
    : `node ${unfounded.id} says that it is quorate in epoch ${unfounded.state?.epoch}, and owns nothing`;
}
