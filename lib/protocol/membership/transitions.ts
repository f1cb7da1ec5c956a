// The one door through which a role changes (C3). One sentence per role, one row per transition; anything else is a
// programming error and refused.
import type { Role } from '../types.ts';

export const roles: Readonly<Record<Role, string>> = {
  unmanaged: 'Seeks a manager: announces itself and listens.',
  client: 'Is managed: answers beats, keeps what the manager tells.',
  standby: 'Is managed, beats all nodes, and succeeds the manager.',
  manager: 'Manages: incorporates nodes, judges them, writes the standing orders.',
  offline: 'Is out for maintenance: seeks nobody, votes not, takes no part.',
};

/** [number in C3, from, to]. (1), the newcomer, changes nobody's role; (5) is from any role. */
export const transitions: readonly (readonly [number, Role, Role])[] = [
  [2, 'unmanaged', 'manager'],
  [3, 'client', 'unmanaged'],
  [4, 'unmanaged', 'client'],
  [5, 'unmanaged', 'offline'],
  [5, 'client', 'offline'],
  [5, 'standby', 'offline'],
  [5, 'manager', 'offline'],
  [6, 'offline', 'unmanaged'],
  [7, 'manager', 'client'],
  [8, 'standby', 'manager'],
  [9, 'client', 'standby'],
  [10, 'standby', 'unmanaged'],
  [11, 'standby', 'client'],
];

export class IllegalTransition extends Error {
  readonly code = 'HW_ILLEGAL_TRANSITION';
  constructor(from: Role, to: Role) {
    super(`a node that is ${from} may not become ${to} (C3)`);
  }
}

/** Number of the transition in C3. Throws IllegalTransition. */
export function transitionNumber(from: Role, to: Role): number {
  const row = transitions.find(([, before, after]) => before === from && after === to);
  if (row === undefined) throw new IllegalTransition(from, to);
  return row[0];
}
