// R9, X3: where nothing is wrong but with one adapter, its addresses go to the other one of the same node, and no seat changes hands.
import type { Invariant } from './index.ts';

export const adapterBeforeNode: Invariant = {
  name: 'adapter before node',
  check: (world) => world.adapterBook.broken(),
};
