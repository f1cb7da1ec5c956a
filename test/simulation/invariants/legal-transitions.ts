// C3: no node ever takes a step that the table of transitions does not have, and no protocol step throws.
import type { Invariant } from './index.ts';

export const legalTransitions: Invariant = {
  name: 'only the transitions of C3',
  check: (world) => world.protocolError,
};
