// Lists of addresses that are in the middle of a change: what is withheld while a node does not know what the change came to, and
// what the list goes on to then. The whole, with restarts and losses, is walked in test/model/restarts-test.ts.
import assert from 'node:assert/strict';
import { initial, type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import { onMessage } from '../../../lib/protocol/membership/receive.ts';
import type { Member } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { changeWithin, takeAddresses } from '../../../lib/protocol/reconfiguration/in-doubt.ts';
import { reconfigure, RECONFIGURE, type Reconfiguration } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Layout } from '../../../lib/protocol/reconfiguration/state.ts';
import { remember } from '../../../lib/protocol/rounds/remembering.ts';
import { restoredRounds } from '../../../lib/protocol/rounds/restoring.ts';
import type { Opening, Outcome } from '../../../lib/protocol/rounds/state.ts';
import type { ResourceGroup, VirtualAddress } from '../../../lib/protocol/types.ts';
import { optionsOf } from '../../simulation/options.ts';
import { protocolConfigFor } from '../../simulation/protocol-config.ts';

const [A, B, C] = ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24'] as const;
const on = (...addresses: string[]): VirtualAddress[] => addresses.map((address) => ({ address, network: 'a' }));
const texts = (addresses: readonly VirtualAddress[]): string[] => addresses.map(({ address }) => address).sort();
const groupWith = (...addresses: string[]): ResourceGroup => ({
  ...{ name: 'group1', seat: 1, holders: [1, 2, 3], failBackAfterMs: null, stopMs: null },
  addresses: on(...addresses),
});
const layout = (addresses: VirtualAddress[], ...groups: ResourceGroup[]): Layout => ({
  ...{ addresses, groups, nodes: [1, 2, 3], voters: [1, 2, 3], voterSet: 1 },
});
const DIGEST = 'e'.repeat(64);
const numberOf = (count: number): bigint => (5n << 32n) + BigInt(count);
const openingOf = (count: number, from: Layout, to: Layout): Opening => ({
  number: numberOf(count),
  proposal: { node: 1, boot: 1n, counter: count },
  kind: RECONFIGURE,
  body: { base: '0', version: 2, digest: DIGEST, from, to } satisfies Reconfiguration,
  participants: [1, 2, 3].map((node) => ({ node, boot: 1n })),
  leftOut: [],
  timeoutMs: 1000,
});
const committed: Outcome = { committed: true, code: 'agreed', reason: '', culprit: 0 };
const aborted: Outcome = { committed: false, code: 'view', reason: 'node 2 is lost', culprit: 2 };

/** Boot 9 of node 1: it has started anew, with these on its disk, each acknowledged. */
function restarted(from: Layout, ...openings: Opening[]): NodeState {
  const config = { ...protocolConfigFor(optionsOf(1), 1), virtualAddresses: from.addresses, groups: from.groups ?? [] };
  const held = { number: 0n, version: 1, digest: DIGEST, text: '' };
  const configurations = { default: held, active: { ...held, layout: from }, versionMax: 1 };
  const records = openings.map((opening) => ({ opening, acknowledged: 5, accepted: null, outcome: null }));
  const rounds = restoredRounds(records, null, 1, 0);
  const self = { ...config.self, boot: 9n };
  return step({ ...initial({ ...config, self, configurations }, 0, 0n), rounds }, { type: 'start' }, 0).state;
}

/** As lib/protocol/rounds/deciding.ts does. */
function end(turn: Turn, count: number, outcome: Outcome): void {
  const { rounds } = turn.state;
  const instance = rounds.instances.get(numberOf(count));
  assert.ok(instance);
  rounds.instances.delete(numberOf(count));
  remember(rounds, { opening: instance.opening, outcome });
  if (outcome.committed) reconfigure.commit(turn, { ...instance, outcome });
  else reconfigure.undo(turn, { ...instance, outcome });
}

const listOf = ({ state }: Turn): string[] => texts(state.virtualAddresses);
const carriedBy = (turn: Turn): string[] =>
  turn.effects.flatMap((effect) => (effect.type === 'setAddresses' ? texts(effect.addresses).map((each) => `${effect.seat} ${each}`) : []));

describe('a list of addresses in the middle of a change', () => {
  const from = layout(on(A, B));
  const to = layout(on(A, C));
  const opening = openingOf(1, from, to);

  it('of a start: lacks what is released, and goes on to what the change comes to', () => {
    for (const [outcome, list] of [
      [committed, [A, C]],
      [aborted, [A, B]],
    ] as const) {
      const turn = new Turn(restarted(from, opening), 0);
      assert.deepEqual(listOf(turn), [A]);
      end(turn, 1, outcome);
      assert.deepEqual(listOf(turn), list);
      assert.equal(changeWithin(turn), null);
    }
  });

  it('of a manager: says so, and goes on in the same way', () => {
    for (const [outcome, list] of [
      [committed, [A, C]],
      [aborted, [A, B]],
    ] as const) {
      const turn = new Turn(restarted(from, opening), 0);
      takeAddresses(turn, on(A, C), opening.number);
      assert.equal(changeWithin(turn), opening.number);
      end(turn, 1, outcome);
      assert.deepEqual(listOf(turn), list);
      takeAddresses(turn, on(A), opening.number);
      assert.deepEqual(listOf(turn), list, 'also where the change has ended here before the list comes');
    }
  });

  it('a manager’s list from after the change stays what it is, but for what is not known to be free yet', () => {
    for (const outcome of [committed, aborted]) {
      const turn = new Turn(restarted(from, opening), 0);
      takeAddresses(turn, on('10.0.0.9/24', B), null);
      assert.deepEqual(listOf(turn), ['10.0.0.9/24']);
      end(turn, 1, outcome);
      assert.deepEqual(listOf(turn), outcome.committed ? ['10.0.0.9/24'] : [B, '10.0.0.9/24']);
    }
  });

  it('of a change that this node has never heard of: it learns what that came to', () => {
    const turn = new Turn(restarted(from), 0);
    takeAddresses(turn, on(A), numberOf(7));
    assert.deepEqual(turn.state.rounds.listening, [{ number: numberOf(7), participants: [], sinceMs: 0 }]);
    assert.equal(changeWithin(turn), numberOf(7), 'and says so if it manages');
    remember(turn.state.rounds, { opening: { ...opening, number: numberOf(7), kind: 'forgotten' }, outcome: aborted });
    assert.equal(changeWithin(turn), null, 'until it knows that nobody remembers it');
  });

  it('whoever has what the change has made, and not the change, keeps its list', () => {
    const state = restarted(to);
    const { configurations } = state;
    assert.ok(configurations);
    state.configurations = { ...configurations, active: { ...configurations.active, number: numberOf(7) } };
    const turn = new Turn(state, 0);
    takeAddresses(turn, on(A), numberOf(7));
    assert.deepEqual(listOf(turn), [A, C]);
    assert.deepEqual(turn.state.rounds.listening, []);
  });
});

describe('two changes in doubt at once (never two owners)', () => {
  it('the end of one gives nothing back that the other has released', () => {
    const from = layout(on(A, B), groupWith());
    const given = layout(on(A), groupWith(B));
    const turn = new Turn({ ...restarted(from, openingOf(1, from, given), openingOf(2, from, given)), role: 'manager' }, 0);
    end(turn, 1, aborted);
    assert.deepEqual(listOf(turn), [A]);
    assert.ok(!carriedBy(turn).some((each) => each.endsWith(B)), 'the group may have it by the second one');
    end(turn, 2, aborted);
    assert.deepEqual(listOf(turn), [A, B]);
  });

  it('the list that a manager tells at the end of one goes on to what the other comes to', () => {
    const from = layout(on(A, B));
    const openings = [openingOf(1, from, layout(on(A))), openingOf(2, from, layout(on(A, B, C)))];
    const telling = new Turn({ ...restarted(from, ...openings), role: 'manager' }, 0);
    telling.state.members.set(2, { node: 2, phase: 'active' } as Member);
    end(telling, 1, aborted);
    const told = telling.effects.flatMap((effect) => (effect.type === 'send' ? [effect.message as Message] : []));
    const list = told.find(({ kind }) => kind === 'virtualAddresses');
    assert.ok(list);
    for (const [outcome, after] of [
      [committed, [A, B, C]],
      [aborted, [A, B]],
    ] as const) {
      const turn = new Turn({ ...restarted(from, ...openings), role: 'client', manager: 2 }, 0);
      end(turn, 1, aborted);
      onMessage(turn, 2, 1n, list);
      assert.deepEqual(listOf(turn), [A, B]);
      assert.equal(changeWithin(turn), numberOf(2));
      end(turn, 2, outcome);
      assert.deepEqual(listOf(turn), after);
    }
  });

  it('neither from a group to the manager', () => {
    const from = layout(on(A), groupWith(B));
    const given = layout(on(A, B), groupWith());
    const turn = new Turn({ ...restarted(from, openingOf(1, from, given), openingOf(2, from, given)), role: 'manager' }, 0);
    end(turn, 1, aborted);
    assert.deepEqual(carriedBy(turn), []);
    assert.deepEqual(turn.state.groups.get(1)?.config.addresses, []);
    end(turn, 2, aborted);
    assert.deepEqual(texts(turn.state.groups.get(1)?.config.addresses ?? []), [B]);
  });
});
