// How far the peer protocols have got, as this member knows it (Q1-Q3).
import type { NodeState } from '../membership/state.ts';
import type { ProtocolNumber } from './state.ts';

/** Protocols whose outcome this member does not know yet. */
export function undecidedNumbers(state: NodeState): ProtocolNumber[] {
  const { instances, listening } = state.rounds;
  const running = [...instances.values()].filter(({ outcome }) => outcome === null).map(({ opening }) => opening.number);
  return [...running, ...listening];
}
