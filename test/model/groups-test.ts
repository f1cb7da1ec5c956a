// Changes of resource groups of three nodes, walked exhaustively within the bounds of changes-test.ts. Each group is a seat
// of its own (support/groups.ts): addresses and commands move with it, and addresses move between seats. In every state no address has
// two carriers and no seat two owners, and no command runs where its group was given up; at the end each group is held once, by one whom
// everybody takes for its holder, with what was agreed on. Beyond those bounds: a node that is lost starts anew only after the
// others know how the change has ended (but in restarts-test.ts), and news of holders come by messages, not by beats.
import assert from 'node:assert/strict';
import { step } from '../../lib/protocol/node.ts';
import { stepWith, type Mistake } from '../simulation/mistakes.ts';
import { type ChangeBounds, walkChanges } from './support/changes.ts';
import { assertHolds } from './support/explore.ts';

const STATES_MAX = Number(process.env['HEARTWIRE_STATES'] ?? 10_000);
/** More than any walk that is to be exhausted has. */
const STATES_ALL = 400_000;

const ONE = '10.1.0.100/24';
const bounds = (from: string, to: string, at: readonly number[], others: Partial<ChangeBounds> = {}): ChangeBounds => ({
  changes: at.map((node) => ({ at: node, what: 'reconfigure' })),
  ...{ from, to, faults: {}, statesMax: STATES_ALL, endsEach: 128 },
  ...others,
});
const loss = { faults: { crash: 1 }, expiry: 'when noticed' } as const;
const refusal = { faults: { refuse: 1 } };

const NONE = `${ONE} 10.1.0.101/24`;
/** Node 2 owns it. */
const GROUP = `${ONE} 1:2,3,1 1@10.1.0.101/24`;
const OTHER_OWNER = `${ONE} 1:3,2,1 1@10.1.0.101/24`;
const TWO = `${ONE} 1:2,1,3 1@10.1.0.101/24 1@10.1.0.102/24 2:3,2,1 2@10.1.0.103/24`;
const MOVED = `${ONE} 1:2,1,3 1@10.1.0.101/24 2:3,2,1 2@10.1.0.103/24 2@10.1.0.102/24`;
const EXCHANGED = `${ONE} 1:2,1,3 1@10.1.0.103/24 2:3,2,1 2@10.1.0.101/24 2@10.1.0.102/24`;
const WEB = `${ONE} 1~web 1:2,1,3 1@10.1.0.101/24 1!serve`;
const MAIL = `${ONE} 1~mail 1:3,2,1 1@10.1.0.101/24`;
const COMMANDS = `${GROUP} 1!web,mail`;
const OTHER_COMMANDS = `${GROUP} 1!web,print`;
const OTHER_COMMANDS_AND_OWNER = `${OTHER_OWNER} 1!web,print`;

/** Each with its number of states, roughly: if it falls by half, the walk has lost its way. */
const exhausted: readonly (readonly [string, number, ChangeBounds])[] = [
  ['an address goes to another group, twice at once', 2100, bounds(TWO, MOVED, [2, 3])],
  ['an address goes to another group, one refusal', 28_000, bounds(TWO, MOVED, [3], refusal)],
  ['an address goes to another group, the loss of any node', 189_000, bounds(TWO, MOVED, [3], loss)],
  ['two groups exchange their addresses', 1000, bounds(TWO, EXCHANGED, [2, 3])],
  ['a group comes and takes an address of the manager, twice at once', 6000, bounds(NONE, GROUP, [2, 3])],
  ['a group comes and takes an address of the manager, the loss of any node', 40_000, bounds(NONE, GROUP, [3], loss)],
  ['a group goes and the manager has its address, twice at once', 7000, bounds(GROUP, NONE, [2, 3])],
  ['a group goes and the manager has its address, the loss of any node', 110_000, bounds(GROUP, NONE, [3], loss)],
  ['a group has another owner, the loss of any node', 129_000, bounds(GROUP, OTHER_OWNER, [3], loss)],
  ['commands for others, one refusal', 34_000, bounds(COMMANDS, OTHER_COMMANDS, [3], refusal)],
  ['commands for others, with another owner', 7200, bounds(COMMANDS, OTHER_COMMANDS_AND_OWNER, [3])],
];
/** Whoever has not heard of the decision may take the seat of the old group, with nothing on it, in the meantime: over 300,000 states. */
const wide: readonly (readonly [string, ChangeBounds])[] = [
  ['another group comes in the seat of one that goes', bounds(WEB, MAIL, [3], { statesMax: STATES_MAX })],
  ['another group comes in the seat of one that goes, the loss of any node', bounds(WEB, MAIL, [3], { ...loss, statesMax: STATES_MAX })],
];
const found: readonly (readonly [Mistake, ChangeBounds])[] = [
  ['what moves is not dropped first', bounds(TWO, MOVED, [2])],
  ['a change forgets the groups', bounds(NONE, GROUP, [2])],
  ['orders of groups are not told', bounds(NONE, GROUP, [2])],
  ['commands are not waited for', bounds(COMMANDS, OTHER_COMMANDS_AND_OWNER, [3])],
  ['an abort takes nothing back', bounds(NONE, GROUP, [3], { ...refusal, endsEach: 1 })],
  ['a recovery always commits', bounds(TWO, MOVED, [3], loss)],
  ['a list is told in the middle of a change', bounds(GROUP, NONE, [3], { ...loss, losable: [1], endsEach: 16 })],
];

describe('model: groups of three nodes', () => {
  for (const [name, count, each] of exhausted) {
    it(`R6: ${name}, in every order: about ${count} states`, () => {
      const result = walkChanges(each, step);
      assertHolds(result);
      assert.ok(result.exhausted, `more than ${result.states} states`);
      assert.ok(result.ends > 0 && result.states > count / 2, `only ${result.states} states, ${result.ends} ends`);
    });
  }
  for (const [name, each] of wide) {
    it(`R6: ${name}, as far as ${STATES_MAX} states`, () => {
      const result = walkChanges(each, step);
      assertHolds(result);
      assert.ok(result.exhausted || result.states >= STATES_MAX);
    });
  }
  for (const [mistake, each] of found) {
    it(`finds it when ${mistake}`, () => {
      const { broken, states } = walkChanges(each, (state, event, nowMs) => stepWith(mistake, state, event, nowMs));
      assert.notEqual(broken, null, `nothing found in ${states} states`);
    });
  }
});
