// V5, C8: a planned move takes nobody for lost, and no operation comes to nothing or waits for long because of it, or because one
// member has died.
import type { Invariant } from './index.ts';

export const operationsGoOn: Invariant = {
  name: 'operations go on',
  check: (world) => (world.options.undisturbed === true ? world.interruptions.overdue() : null),
};
