// This node stood still, and nobody had been told. It claims no absence afterwards: for the others it has failed, or was
// quick enough. But what it knows is old: so it tells its manager once more where it stands in the protocols, and gets
// what it has missed, in order (V6). If it is a member no longer, its incorporation brings it up to date.
import type { Turn } from '../membership/turn.ts';

export function onGap({ state }: Turn): void {
  if (state.absence !== null) return; // announced: its return does it all
  if (state.role === 'client' || state.role === 'standby') state.rounds.positionEpoch = 0n;
}
