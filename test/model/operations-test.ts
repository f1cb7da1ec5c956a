// Atomic operations of three nodes, walked exhaustively within bounds: all orders of deliveries, votes and verdicts, and the
// loss of one node at any time. Each walk says how far it goes. `noticed`: the lease of a lost owner ends when those that watch
// it have found it to be silent, and what it has sent to them comes until then or never. What must never be is looked for in every state; whether all ends
// well after that (nobody waits for ever) at one end in 32, or in 256 where it says so (`endsEach`): each takes a run of its own until all is healed.
// The last walks are too wide for every run, and go as far as HEARTWIRE_STATES says (10,000, unless it is set): with late votes there are 495,675 states; a
// million takes some minutes. A walk that finds nothing in a spoilt protocol proves nothing, so each kind is shown mistakes that it must find.
import assert from 'node:assert/strict';
import { step } from '../../lib/protocol/node.ts';
import { stepWith, type Mistake } from '../simulation/mistakes.ts';
import { assertHolds } from './support/explore.ts';
import { walk, type Bounds, type Proposal } from './support/operations.ts';

const STATES_MAX = Number(process.env['HEARTWIRE_STATES'] ?? 10_000);
/** More than any walk that is to be exhausted has. */
const STATES_ALL = 300_000;

const at = (form: Proposal['form'], ...nodes: number[]): readonly Proposal[] => nodes.map((node) => ({ at: node, form }));
const bounds = (proposals: readonly Proposal[], changes: Partial<Bounds> = {}): Bounds => ({
  ...{ proposals, faults: {}, votes: 'at once', statesMax: STATES_ALL, endsEach: 32 },
  ...changes,
});

const lost = { faults: { crash: 1 } };
const noticed = { ...lost, expiry: 'when noticed', lateMail: false } as const;
const managerNoticed = { ...noticed, losable: [1] };

const exhausted: readonly (readonly [string, Bounds])[] = [
  ['two two-phase operations at once', bounds(at('two-phase', 2, 3))],
  ['two two-phase operations of one node', bounds(at('two-phase', 3, 3))],
  ['two three-phase operations at once', bounds(at('three-phase', 2, 3))],
  ['a two-phase and a three-phase one', bounds([...at('two-phase', 3), ...at('three-phase', 1)])],
  ['one operation, late votes, one refusal', bounds(at('three-phase', 3), { votes: 'late', faults: { refuse: 1 } })],
  ['a three-phase operation, late votes, the noticed loss of any node', bounds(at('three-phase', 3), { ...noticed, votes: 'late' })],
  ['a three-phase operation, the loss of any node', bounds(at('three-phase', 3), { faults: { crash: 1 } })],
  ['a two-phase operation, the loss of any node', bounds(at('two-phase', 3), { faults: { crash: 1 } })],
  ['two two-phase operations, one refusal', bounds(at('two-phase', 2, 3), { faults: { refuse: 1 } })],
  ['two two-phase operations, the noticed loss of the manager', bounds(at('two-phase', 2, 3), managerNoticed)],
  ['two three-phase ones, of the manager and another, its noticed loss', bounds(at('three-phase', 1, 2), managerNoticed)],
  ['two three-phase operations, one refusal', bounds(at('three-phase', 2, 3), { faults: { refuse: 1 } })],
  ['two two-phase operations, the noticed loss of any node', bounds(at('two-phase', 2, 3), { ...noticed, endsEach: 256 })],
  // Of whomever, node by node: together they are too many for one walk.
  ['two three-phase operations, the noticed loss of the manager', bounds(at('three-phase', 2, 3), managerNoticed)],
  ['two three-phase operations, the noticed loss of the standby', bounds(at('three-phase', 2, 3), { ...noticed, losable: [2] })],
  ['two three-phase operations, the noticed loss of the third node', bounds(at('three-phase', 2, 3), { ...noticed, losable: [3] })],
  ['a durable one, the noticed loss of any node', bounds([{ at: 3, form: 'three-phase', durable: true }], noticed)],
];
const wide: readonly (readonly [string, Bounds])[] = [
  ['two three-phase operations, late votes', bounds(at('three-phase', 2, 3), { votes: 'late', statesMax: STATES_MAX })],
  ['two three-phase operations, the loss of any node', bounds(at('three-phase', 2, 3), { faults: { crash: 1 }, statesMax: STATES_MAX })],
  ['a three-phase one, lost messages', bounds(at('three-phase', 3), { faults: { breakPipe: 1 }, statesMax: STATES_MAX })],
];
const found: readonly (readonly [Mistake, Bounds])[] = [
  ['a veto is not heard', bounds(at('two-phase', 3), { faults: { refuse: 1 } })],
  ['promises are not kept', bounds(at('three-phase', 3), noticed)],
  ['a recovery always aborts', bounds(at('three-phase', 3), noticed)],
  ['a recovery always commits', bounds(at('three-phase', 3), noticed)],
  ['a position is forgotten', bounds(at('three-phase', 1), noticed)],
];

describe('model: operations of three nodes', () => {
  for (const [name, each] of exhausted) {
    it(`V5: ${name}, in every order`, () => {
      const result = walk(each, step);
      assertHolds(result);
      assert.ok(result.exhausted, `more than ${result.states} states`);
      assert.ok(result.ends > 0 && result.states > 200, `only ${result.states} states, ${result.ends} ends`);
    });
  }
  for (const [name, each] of wide) {
    it(`V5: ${name}, as far as ${STATES_MAX} states`, () => {
      const result = walk(each, step);
      assertHolds(result);
      assert.ok(result.exhausted || result.states >= STATES_MAX);
    });
  }
  for (const [mistake, each] of found) {
    it(`finds it when ${mistake}`, () => {
      const { broken, states } = walk(each, (state, event, nowMs) => stepWith(mistake, state, event, nowMs));
      assert.notEqual(broken, null, `nothing found in ${states} states`);
    });
  }
});
