// An epoch belongs to one node for good, across crashes and restarts (safety.md, 'Leases' 5).
import type { Invariant } from './index.ts';

export const oneOwnerPerEpoch: Invariant = {
  name: 'one owner per epoch',
  check: (world) => world.epochConflict,
};
