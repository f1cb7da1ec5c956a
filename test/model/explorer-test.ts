// The real protocol code of three nodes, walked breadth first through every order of deliveries, verdicts, votes and a
// few faults. Safety holds in each state; from a sample of the last ones the cluster must heal.
import assert from 'node:assert/strict';
import { actionsOf } from './support/actions.ts';
import { begin, configs, formed } from './support/begin.ts';
import { explore, pathOf } from './support/explore.ts';
import { type Fault, hashOf, type Model } from './support/model.ts';
import { ownershipBroken } from './support/ownership.ts';
import { settles } from './support/settle.ts';

/** A longer walk: HEARTWIRE_STATES=100000. */
const STATES_MAX = Number(process.env['HEARTWIRE_STATES'] ?? 3000);
const SETTLED = Number(process.env['HEARTWIRE_SETTLED'] ?? 25);

const walks: readonly (readonly [string, Model, Partial<Record<Fault, number>>])[] = [
  ['three nodes that start', begin({}), {}],
  ['three nodes that start, one crashes and comes back', begin({ crash: 1, restart: 1 }), {}],
  ['a manager that crashes', formed({ crash: 1 }), {}],
  ['a node that crashes and comes back, messages that are lost', formed({ crash: 1, restart: 1, breakPipe: 1 }), {}],
  ['a manager that moves its seat, a node that crashes', formed({ move: 1, crash: 1 }), {}],
  ['a manager that leaves, messages that are lost', formed({ leave: 1, breakPipe: 1 }), {}],
  ['a manager that goes off line while its lease lapses', formed({ offline: 1, lapse: 1 }), {}],
  ['a lease that lapses, and nodes that are taken for silent', formed({ lapse: 1, suspect: 2 }), {}],
];

describe('model: three nodes', () => {
  for (const [name, first] of walks) {
    it(name, () => {
      const { broken, rim, states, depth } = explore(first, {
        actions: (model) => actionsOf(model, configs),
        keyOf: hashOf,
        broken: ownershipBroken,
        isEnd: () => false,
        brokenAtEnd: () => null,
        statesMax: STATES_MAX,
      });
      assert.equal(broken, null, broken === null ? '' : `${broken.what}\n  ${broken.path.join('\n  ')}`);
      assert.ok(states > 100, `only ${states} states`);
      assert.ok(depth >= 3);
      for (let index = 0; index < Math.min(SETTLED, rim.length); index++) {
        const visit = rim[Math.floor((index * rim.length) / SETTLED)];
        if (visit === undefined) continue;
        const wrong = settles(visit.model, configs);
        assert.equal(wrong, null, `${wrong} after\n  ${pathOf(visit).join('\n  ')}`);
      }
    });
  }
});
