// Changes of parameters and of the configuration of three nodes, walked exhaustively within bounds: all orders of deliveries
// and verdicts, one refusal at any step, and the loss of one node (initiator, manager or member) at any step. The bounds:
//
//   - time stands still until nothing else can happen; then one order of the rest, in one of so many ends;
//   - what a node has to do itself it does before anything else happens at it;
//   - what a lost node has sent comes, or not, until it is found to be silent;
//   - of networks it is walked who has which of them open; that beats come over them is the simulator's (test/simulation);
//   - node 1 manages, node 2 stands by, and a walk ends when the living know how all that was opened has ended.
//
// Where a lease may end before its owner was found to be silent, a walk says `loss`, else `noticedLoss`. The last walks are too wide for every run, and go as far as HEARTWIRE_STATES says.
import assert from 'node:assert/strict';
import { step } from '../../lib/protocol/node.ts';
import { stepWith, type Mistake } from '../simulation/mistakes.ts';
import { assertHolds } from './support/explore.ts';
import { type Change, type ChangeBounds, walkChanges } from './support/changes.ts';

const STATES_MAX = Number(process.env['HEARTWIRE_STATES'] ?? 10_000);
/** More than any walk that is to be exhausted has. */
const STATES_ALL = 400_000;

const ONE = '10.1.0.100/24';
const TWO = `${ONE} 10.1.0.101/24`;
const OF_TWO_VOTERS = `${ONE} voters=1,2 nodes=1,2,3`;

const bounds = (changes: readonly Change[], others: Partial<ChangeBounds> = {}): ChangeBounds => ({
  ...{ changes, from: ONE, to: TWO, faults: {}, statesMax: STATES_ALL, endsEach: 128 },
  ...others,
});
const at = (what: Change['what'], ...nodes: number[]): readonly Change[] => nodes.map((node) => ({ at: node, what }));
const loss = { faults: { crash: 1 } };
const noticedLoss = { faults: { crash: 1 }, expiry: 'when noticed' } as const;
const refusal = { faults: { refuse: 1 } };
const both = [...at('reconfigure', 2), ...at('parameters', 3)];
const removal = { from: ONE, to: OF_TWO_VOTERS };
const swap = { from: `${ONE} networks=a/0,b/1`, to: `${ONE} networks=a/0,c/2` };
const addition = { from: OF_TWO_VOTERS, to: ONE };

const aborted = { from: TWO, to: ONE, faults: { refuse: 1, crash: 1 }, expiry: 'when noticed', losable: [1] } as const;

/** Each with its number of states, roughly: if it falls by half, the walk has lost its way. */
const exhausted: readonly (readonly [string, number, ChangeBounds])[] = [
  ['P1: two changes of parameters at once', 850, bounds(at('parameters', 2, 3))],
  ['P1: a change of parameters, one refusal', 2000, bounds(at('parameters', 3), refusal)],
  [
    'P1: a change of parameters, one refusal and the loss of any node',
    38_000,
    bounds(at('parameters', 3), { ...noticedLoss, faults: { crash: 1, refuse: 1 }, endsEach: 512 }),
  ],
  ['P1: two changes of parameters at once, the loss of any node', 40_000, bounds(at('parameters', 2, 3), noticedLoss)],
  [
    'P1: two changes of parameters at once, the loss of any node, noticed or not',
    178_000,
    bounds(at('parameters', 2, 3), { ...loss, endsEach: 512 }),
  ],
  ['R7: two reconfigurations at once', 2100, bounds(at('reconfigure', 2, 3))],
  ['R7: a reconfiguration and an edit at once', 3000, bounds([...at('reconfigure', 2), ...at('edit', 3)])],
  ['R7: a reconfiguration, one refusal', 29_000, bounds(at('reconfigure', 3), refusal)],
  ['R7: two reconfigurations at once, the loss of any node', 86_000, bounds(at('reconfigure', 2, 3), noticedLoss)],
  ['P1, R7: a reconfiguration and a change of parameters at once', 130_000, bounds(both)],
  ['R7: an address goes, one refusal and the loss of the manager', 88_000, bounds(at('reconfigure', 3), { ...aborted, endsEach: 512 })],
  ['R5: a voter removed, twice at once', 2200, bounds(at('reconfigure', 2, 3), removal)],
  ['R5: a voter removed, the loss of any node', 30_000, bounds(at('reconfigure', 3), { ...removal, ...noticedLoss })],
  ['R5: a voter added, twice at once', 3300, bounds(at('reconfigure', 2, 3), addition)],
  ['R5: a voter added, twice at once, the loss of any node', 27_000, bounds(at('reconfigure', 2, 3), { ...addition, ...loss })],
  ['R5: a network for another, twice at once', 2000, bounds(at('reconfigure', 2, 3), swap)],
  ['R5: a network for another, one refusal', 20_000, bounds(at('reconfigure', 3), { ...swap, ...refusal })],
  ['R5: a network for another, the loss of any node', 30_000, bounds(at('reconfigure', 3), { ...swap, ...noticedLoss })],
];
const wide: readonly (readonly [string, ChangeBounds])[] = [
  ['R7: two reconfigurations at once, the loss of any node', bounds(at('reconfigure', 2, 3), { ...loss, statesMax: STATES_MAX })],
  ['P1, R7: a reconfiguration and a change of parameters, the loss of any node', bounds(both, { ...loss, statesMax: STATES_MAX })],
  ['R5: a voter removed, a lease that lapses', bounds(at('reconfigure', 3), { ...removal, faults: { lapse: 1 }, statesMax: STATES_MAX })],
];
const found: readonly (readonly [Mistake, string, ChangeBounds])[] = [
  ['a change forgets what it started from', 'parameters', bounds(at('parameters', 2, 3))],
  ['a change that failed is not undone', 'parameters', bounds(at('parameters', 3), { ...refusal, endsEach: 1 })],
  ['a recovery always aborts', 'parameters', bounds(at('parameters', 3), noticedLoss)],
  ['changes do not wait for each other', 'an edit', bounds([...at('reconfigure', 2), ...at('edit', 3)])],
  ['an abort takes nothing back', 'addresses', bounds(at('reconfigure', 3), { ...refusal, endsEach: 1 })],
  ['a list is told in the middle of a change', 'an abort', bounds(at('reconfigure', 3), { ...aborted, endsEach: 8 })],
  ['a recovery always commits', 'addresses', bounds(at('reconfigure', 3), noticedLoss)],
  ['a recovery always commits', 'a voter removed', bounds(at('reconfigure', 3), { ...removal, ...noticedLoss })],
  ['an abort leaves the new link open', 'networks', bounds(at('reconfigure', 3), { ...swap, ...refusal, endsEach: 1 })],
  ['an ACK counts for later rounds, too', 'networks', bounds(at('reconfigure', 3), swap)],
  ['nobody tells of the configuration', 'networks', bounds(at('reconfigure', 3), { ...swap, ...noticedLoss, endsEach: 1 })],
  ['nobody tells of the configuration', 'a voter added', bounds(at('reconfigure', 2, 3), { ...addition, ...loss, endsEach: 1 })],
];

describe('model: changes of three nodes', () => {
  for (const [name, count, each] of exhausted) {
    it(`${name}, in every order: about ${count} states`, () => {
      const result = walkChanges(each, step);
      assertHolds(result);
      assert.ok(result.exhausted, `more than ${result.states} states`);
      assert.ok(result.ends > 0 && result.states > count / 2, `only ${result.states} states, ${result.ends} ends`);
    });
  }
  for (const [name, each] of wide) {
    it(`${name}, as far as ${STATES_MAX} states`, () => {
      const result = walkChanges(each, step);
      assertHolds(result);
      assert.ok(result.exhausted || result.states >= STATES_MAX);
    });
  }
  for (const [name, , each] of exhausted.filter(([, count]) => count < 2500)) {
    it(`leaves nothing out by what it foresees: ${name}`, () => {
      const seen = ({ states, steps, ends }: ReturnType<typeof walkChanges>): readonly number[] => [states, steps, ends];
      assert.deepEqual(seen(walkChanges(each, step)), seen(walkChanges(each, step, true)));
    });
  }
  for (const [mistake, where, each] of found) {
    it(`finds it when ${mistake}: ${where}`, () => {
      const { broken, states } = walkChanges(each, (state, event, nowMs) => stepWith(mistake, state, event, nowMs));
      assert.notEqual(broken, null, `nothing found in ${states} states`);
    });
  }
});
