// Groups of another configuration (R6, R8): what each seat has at each step of a change, who must be there for it, and what is
// told of what comes to nothing.
import assert from 'node:assert/strict';
import { initial, step, type NodeState } from '../../../lib/protocol/node.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import {
  acquiredBetween,
  groupsBetween,
  groupsHandedOver,
  handedOver,
  movedBetween,
} from '../../../lib/protocol/reconfiguration/layout.ts';
import { seatsRefusal } from '../../../lib/protocol/reconfiguration/moving.ts';
import { reconfigure, RECONFIGURE, type Reconfiguration, roundsFor } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import { takeAddresses } from '../../../lib/protocol/reconfiguration/in-doubt.ts';
import { isLayout } from '../../../lib/protocol/reconfiguration/shapes.ts';
import type { Active, Layout } from '../../../lib/protocol/reconfiguration/state.ts';
import { handOver, useGroups } from '../../../lib/protocol/resources/changing.ts';
import type { Group } from '../../../lib/protocol/resources/group.ts';
import { moveAsWished, moveGroup } from '../../../lib/protocol/resources/move.ts';
import { onGroupSeat, onGroupState, tellGroupState } from '../../../lib/protocol/resources/seat.ts';
import { restoredRounds } from '../../../lib/protocol/rounds/restoring.ts';
import type { Opening } from '../../../lib/protocol/rounds/state.ts';
import type { Effect, ResourceGroup, VirtualAddress } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';
import { optionsOf } from '../../simulation/options.ts';
import { protocolConfigFor } from '../../simulation/protocol-config.ts';

const [A, B, C, D] = ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24', '10.0.0.4/24'] as const;
const on = (...addresses: string[]): VirtualAddress[] => addresses.map((address) => ({ address, network: 'a' }));
const group = (seat: number, addresses: VirtualAddress[], over: Partial<ResourceGroup> = {}): ResourceGroup => ({
  ...{ name: `group${seat}`, seat, holders: [1, 2, 3], failBackAfterMs: null, stopMs: null },
  addresses,
  ...over,
});
const layout = (addresses: VirtualAddress[], ...groups: ResourceGroup[]): Layout => ({
  ...{ addresses, groups, nodes: [1, 2, 3], voters: [1, 2, 3], voterSet: 1 },
});
const texts = (addresses: readonly VirtualAddress[]): string[] => addresses.map(({ address }) => address);

function stateOf(from: Layout, changes: Partial<NodeState> = {}): NodeState {
  const config = { ...protocolConfigFor(optionsOf(1), 1), virtualAddresses: from.addresses, groups: from.groups ?? [] };
  const held = { number: 0n, version: 1, digest: 'f'.repeat(64), text: '' };
  const configurations = { default: held, active: { ...held, layout: from } satisfies Active, versionMax: 1 };
  return { ...initial({ ...config, configurations }, 0, 0n), ...changes };
}

const listsOf = (effects: readonly Effect[]): Record<number, string[]> =>
  Object.fromEntries(effects.flatMap((effect) => (effect.type === 'setAddresses' ? [[effect.seat, texts(effect.addresses)]] : [])));

describe('what seats have while groups change (R6)', () => {
  const from = layout(on(A, B), group(1, on(C)), group(2, on(D)));

  it('what moves to another seat is nobody’s until it is decided; what is new for the manager is not', () => {
    const to = layout(on(A, C, '10.0.0.9/24'), group(1, on(B)), group(2, on(D), { holders: [2, 1] }));
    assert.deepEqual(
      movedBetween(from, to)
        .map(({ address, seat }) => `${seat} ${address}`)
        .sort(),
      [`0 ${C}`, `1 ${B}`],
    );
    assert.deepEqual(texts(acquiredBetween(from, to)), ['10.0.0.9/24']);
    assert.deepEqual(
      groupsBetween(from, to).map(({ addresses, holders }) => [texts(addresses), holders]),
      [
        [[], [1, 2, 3]],
        [[D], [1, 2, 3]],
      ],
    );
    assert.deepEqual(
      groupsHandedOver(from, to).map(({ seat, node }) => [seat, node]),
      [
        [1, null],
        [2, 2],
      ],
    );
    assert.deepEqual(texts(handedOver(from, to)), [C, B, D]);
  });

  it('another group with the same seat is another one', () => {
    const to = layout(on(A, B), group(1, on(C), { name: 'other' }), group(2, on(D)));
    assert.deepEqual(texts(movedBetween(from, to)), [C]);
    assert.deepEqual(
      groupsBetween(from, to).map(({ addresses }) => texts(addresses)),
      [[], [D]],
    );
    assert.deepEqual(
      groupsHandedOver(from, to).map(({ name, node }) => [name, node]),
      [['other', null]],
    );
  });

  const rounds = (to: Layout, of: Layout = from): readonly string[] => roundsFor({ from: of, to } as Reconfiguration);

  it('commands are stopped before addresses go, and only where some are', () => {
    assert.deepEqual(rounds(from), ['copy', 'identical']);
    assert.deepEqual(rounds(layout(on(A))), ['copy', 'identical', 'release', 'acquire', 'verify']);
    const two = layout([], group(1, on(C), { commands: ['x', 'y'] }));
    const with_ = (...commands: string[]): Layout => layout([], group(1, on(C), { commands }));
    assert.ok(!rounds(with_('x', 'y', 'z'), two).includes('stop'));
    assert.ok(rounds(with_('x', 'z'), two).includes('stop'));
    assert.ok(rounds(with_('x'), two).includes('stop'));
    assert.ok(rounds(layout([]), two).includes('stop'));
  });

  it('is checked when it comes from another node', () => {
    assert.equal(isLayout(from), true);
    for (const wrong of [
      group(8, []),
      group(1, [], { holders: [] }),
      group(1, [], { name: '' }),
      group(1, [], { commands: [''] }),
      group(1, [{ address: '', network: 'a' }]),
      group(2, []),
      group(3, [], { name: 'group2' }),
      group(1, [], { stopMs: Number.NaN }),
    ])
      assert.equal(isLayout(layout([], group(2, []), wrong)), false, JSON.stringify(wrong));
  });
});

describe('who must be there (never two owners)', () => {
  const present = (...nodes: number[]): Turn => {
    const state = stateOf(layout(on(A), group(1, on(B))), { role: 'manager', seat: 'owned', epoch: 5n });
    const members = nodes.map((node) => [node, { node, boot: 1n, phase: 'active' }] as const);
    state.members = new Map(members) as unknown as NodeState['members'];
    Object.assign(state.rounds, { ready: new Map(nodes.map((node) => [node, 1n])), readyEpoch: 5n });
    return new Turn(state, 0);
  };
  const from = layout(on(A), group(1, on(B)));

  it('every voter, where an address comes to a seat and some seat is a group’s', () => {
    const moved = layout([], group(1, on(A, B)));
    assert.equal(seatsRefusal(present(2, 3), from, moved), null);
    assert.match(seatsRefusal(present(2), from, moved) ?? '', /node 3 votes and is not here/);
    assert.match(seatsRefusal(present(2), from, layout(on(A, C), group(1, on(B)))) ?? '', /node 3/);
    assert.match(seatsRefusal(present(2), from, layout(on(A))) ?? '', /node 3/, 'nobody may remember the last group');
    assert.match(seatsRefusal(present(2), from, layout(on(A), group(1, on(B), { name: 'other' }))) ?? '', /node 3/);
  });

  it('nobody else, where addresses only go, or nobody ever had them in another seat', () => {
    assert.equal(seatsRefusal(present(2), from, layout([], group(1, on(B), { holders: [2, 1] }))), null);
    assert.equal(seatsRefusal(present(2), layout(on(A)), layout(on(A, B))), null);
  });

  it('an address that was given to the manager by hand goes to no group', () => {
    const turn = present(2, 3);
    turn.state.virtualAddresses = on(A, C);
    assert.match(seatsRefusal(turn, from, layout(on(A), group(1, on(B, C)))) ?? '', /by hand.*heartwire address delete 10\.0\.0\.3/);
  });
});

describe('a change of groups at one node', () => {
  const from = layout(on(A), group(1, on(B)), group(2, on(C)));
  const to = layout([], group(1, on(A, B), { holders: [2, 1] }), group(3, on(D)));
  const opening: Opening = {
    number: (5n << 32n) + 1n,
    proposal: { node: 1, boot: 1n, counter: 1 },
    kind: RECONFIGURE,
    body: { base: '0', version: 2, digest: 'e'.repeat(64), from, to } satisfies Reconfiguration,
    participants: [1, 2, 3].map((node) => ({ node, boot: 1n })),
    leftOut: [],
    timeoutMs: 1000,
  };
  const record = { opening, acknowledged: 1, accepted: null, outcome: null };

  it('who starts anew in the middle of it has what it had released, and no more', () => {
    const state = { ...stateOf(from), rounds: restoredRounds([record], null, 1, 0) };
    const { effects } = step(state, { type: 'start' }, 0);
    assert.deepEqual(listsOf(effects), { 0: [], 1: [B], 2: [] });
  });

  it('an abort gives everything back, a decision what is new; a seat that goes remembers what it promised', () => {
    const state = { ...stateOf(from), rounds: restoredRounds([record], null, 1, 0) };
    const started = step(state, { type: 'start' }, 0).state;
    const instance = started.rounds.instances.get(opening.number);
    assert.ok(instance);
    const back = new Turn({ ...started, groups: new Map(started.groups), role: 'manager' }, 0);
    back.state.rounds.instances.delete(opening.number);
    reconfigure.undo(back, { ...instance, outcome: { committed: false, code: 'veto', reason: 'no', culprit: 2 } });
    assert.deepEqual(listsOf(back.effects), { 0: [A], 1: [B], 2: [C] });

    const old = started.groups.get(2);
    assert.ok(old);
    old.promisedEpoch = 40n;
    const done = new Turn(started, 0);
    useGroups(done, to.groups ?? []);
    handOver(done, from.groups ?? [], to.groups ?? []);
    assert.deepEqual(listsOf(done.effects), { 0: [], 1: [A, B], 3: [D] });
    assert.ok(done.effects.some((effect) => effect.type === 'closeSeat' && effect.seat === 2));
    assert.deepEqual(done.state.groups.get(1)?.handTo?.node, 2, 'the new owner is to have it');
    assert.equal(done.state.groups.get(3)?.handTo?.node, 1, 'and what is new goes to its owner');
    assert.ok(
      done.effects.some((effect) => effect.type === 'release' && effect.seat === 2),
      'whatever the engine has',
    );
    useGroups(done, from.groups ?? []);
    assert.equal(done.state.groups.get(2)?.promisedEpoch, 40n);
  });

  it('a list that the manager had sent before brings nothing back', () => {
    const state = { ...stateOf(from), rounds: restoredRounds([record], null, 1, 0) };
    const turn = new Turn(step(state, { type: 'start' }, 0).state, 0);
    takeAddresses(turn, on(A, '10.0.0.9/24'), null);
    assert.deepEqual(texts(turn.state.virtualAddresses), ['10.0.0.9/24']);
  });
});

describe('a group that is new here', () => {
  const to = [group(1, [{ address: A, network: 'alpha' }])];
  /** Of a formed cluster that node 1 manages: the group has come by a change. */
  const turnAt = (node: number): Turn => {
    const model = formed({});
    const state = model.nodes[node - 1]?.state ?? null;
    assert.ok(state !== null);
    const turn = new Turn(copyOf(state), model.nowMs);
    useGroups(turn, to);
    return turn;
  };
  const groupOf = ({ state }: Turn): Group => {
    const found = state.groups.get(1);
    assert.ok(found);
    return found;
  };
  const told = (turn: Turn): number[] => {
    tellGroupState(turn, groupOf(turn));
    return turn.effects.splice(0).flatMap((effect) => (effect.type === 'send' ? [effect.to] : []));
  };

  it('everybody hears that its holder is not known here, and the holder says it again', () => {
    const late = turnAt(3);
    assert.deepEqual([told(late), told(late)], [[1, 2], []], 'not the manager alone, once');
    const holder = turnAt(2);
    onGroupSeat(holder, groupOf(holder), 'acquired', 5n);
    assert.deepEqual([told(holder), told(holder)], [[1, 3], []]);
    const part = { kind: 'groupState', seat: 1, owns: 'none', refused: 0n, failed: false } as const;
    onGroupState(holder, 3, groupOf(holder), { ...part, epoch: 0n });
    assert.deepEqual(told(holder), [3], 'it had not the group yet when it was told');
    onGroupState(holder, 3, groupOf(holder), { ...part, epoch: 5n });
    assert.deepEqual(told(holder), []);
  });

  it('goes to its owner although that one held its seat as another group, and lets go once it has followed', () => {
    const turn = turnAt(1);
    const group = groupOf(turn);
    handOver(turn, [], to);
    onGroupSeat(turn, group, 'acquired', 4n); // as the group that was: its engine took it before this node followed
    moveAsWished(turn, group);
    onGroupSeat(turn, group, 'released', 4n);
    onGroupState(turn, 3, group, { kind: 'groupState', seat: 1, owns: 'owned', refused: 0n, failed: false, epoch: 6n });
    moveAsWished(turn, group);
    assert.equal(group.move?.target, 1);
  });

  it('stays where a person moves it', () => {
    const turn = turnAt(1);
    const group = groupOf(turn);
    handOver(turn, [], to);
    onGroupState(turn, 3, group, { kind: 'groupState', seat: 1, owns: 'owned', refused: 0n, failed: false, epoch: 6n });
    moveGroup(turn, 7, null, group.config.name, 3);
    moveAsWished(turn, group);
    assert.equal(group.move, null);
  });
});
