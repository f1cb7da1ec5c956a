// A seat goes from one node to another for a reason, and not to and fro between two that both see one: whoever uses its addresses would
// lose a packet or two each time. Faults and commands of people are never that close to each other.
import type { Invariant } from './index.ts';

export const seatsRest: Invariant = {
  name: 'no seat goes to and fro',
  check: (world) => world.restless,
};
