// C8, V5: a planned move takes nobody for lost, and no operation comes to nothing or waits for long because of it.
import { Interruptions } from '../interruptions.ts';
import type { Invariant } from './index.ts';

export const movesInterruptNothing: Invariant = {
  name: 'planned moves interrupt nothing',
  check: (world) => (Interruptions.expects(world.options) ? world.interruptions.overdue() : null),
};
