// C4 is a total order: all nodes that know the same choose the same, whatever they heard first.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressKey, type Candidate, inManagerOrder, inStandbyOrder } from '../../lib/protocol/election/choose.ts';

const address = fc.oneof(fc.ipV4(), fc.constantFrom('10.0.0.9', '10.0.0.10', '10.0.0.100', 'fd00::1', 'fd00::a', 'fd00:0:0:1::'));
const candidate = fc.record({
  node: fc.integer({ min: 1, max: 65535 }),
  preferredRole: fc.constantFrom('manager' as const, 'standby' as const, 'client' as const, 'none' as const),
  address,
  nodes: fc.integer({ min: 0, max: 5 }),
});
const candidates = fc.uniqueArray(candidate, { selector: (each: Candidate) => each.node, minLength: 1, maxLength: 12 });

describe('properties: choosing', () => {
  for (const [name, order] of [
    ['manager', inManagerOrder],
    ['standby', inStandbyOrder],
  ] as const) {
    it(`the ${name} does not depend on who was heard first`, () => {
      const shuffled = candidates.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
      fc.assert(fc.property(shuffled, ([list, other]) => assert.deepEqual(order(other), order(list))));
    });

    it(`a ${name} stays chosen when others drop out`, () => {
      fc.assert(
        fc.property(candidates, fc.infiniteStream(fc.boolean()), (list, stay) => {
          const [first] = order(list);
          const fewer = list.filter((each) => each === first || stay.next().value === true);
          assert.equal(order(fewer)[0], first);
        }),
      );
    });
  }

  it('sorts IPv4 addresses by value', () => {
    const value = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (left, right) => assert.equal(addressKey(left) < addressKey(right), value(left) < value(right))),
    );
  });

  it('counts the preferred role first, then nodes, then the address', () => {
    const one = { node: 1, preferredRole: 'none', address: '10.0.0.1', nodes: 9 } as const;
    const other = { node: 2, preferredRole: 'manager', address: '10.0.0.2', nodes: 1 } as const;
    assert.equal(inManagerOrder([one, other])[0], other);
    const bigger = { ...one, node: 3, address: '10.0.0.30', nodes: 10 };
    assert.equal(inManagerOrder([one, bigger])[0], bigger);
    const lower = { ...one, node: 4, address: '10.0.0.0' };
    assert.equal(inManagerOrder([one, lower])[0], lower);
  });
});
