// C3 as a table: eleven transitions, and nothing else.
import assert from 'node:assert/strict';
import { IllegalTransition, roles, transitionNumber } from '../../../lib/protocol/membership/transitions.ts';
import type { Role } from '../../../lib/protocol/types.ts';

const LEGAL: Readonly<Record<string, number>> = {
  'unmanaged manager': 2,
  'client unmanaged': 3,
  'unmanaged client': 4,
  'unmanaged offline': 5,
  'client offline': 5,
  'standby offline': 5,
  'manager offline': 5,
  'offline unmanaged': 6,
  'manager client': 7,
  'standby manager': 8,
  'client standby': 9,
  'standby unmanaged': 10,
  'standby client': 11,
};

describe('protocol: transitions', () => {
  const all = Object.keys(roles) as Role[];

  it('has a sentence for each role', () => {
    assert.deepEqual([...all].sort(), ['client', 'manager', 'offline', 'standby', 'unmanaged']);
    for (const role of all) assert.match(roles[role], /^[A-Z].*\.$/);
  });

  for (const from of all) {
    for (const to of all) {
      const number = LEGAL[`${from} ${to}`];
      it(`${number === undefined ? 'refuses' : `(${number})`} ${from} to ${to}`, () => {
        if (number !== undefined) assert.equal(transitionNumber(from, to), number);
        else
          assert.throws(
            () => transitionNumber(from, to),
            (error) => error instanceof IllegalTransition && error.code === 'HW_ILLEGAL_TRANSITION',
          );
      });
    }
  }
});
