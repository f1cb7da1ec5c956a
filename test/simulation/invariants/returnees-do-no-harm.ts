// V1: a machine that stood still without notice unseats nobody when it is back: what it knows is old. (That it owns nothing
// any more itself, and applies nothing twice, others see to.)
import type { Invariant } from './index.ts';

export const returneesDoNoHarm: Invariant = {
  name: 'a node that is back does no harm',
  check: (world) => world.harmed,
};
