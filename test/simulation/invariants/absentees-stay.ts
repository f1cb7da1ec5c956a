// V3: where nothing else is wrong, no node that has announced its pause is ejected while its machine stands still.
import type { Invariant } from './index.ts';

export const absenteesStay: Invariant = {
  name: 'no ejection of an announced absentee',
  check: (world) => world.ejected,
};
