// What goes wrong only when a pause is announced in the middle of something else (V3, V5): an operation that is open, a table
// that is under way, an incorporation.
import assert from 'node:assert/strict';
import type { Operation } from '../../../lib/protocol/commit/commit.ts';
import type { Message, TableEntry } from '../../../lib/protocol/membership/messages.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import { NOTHING_SET } from '../../../lib/protocol/parameters/settings.ts';
import type { Opening } from '../../../lib/protocol/rounds/state.ts';
import type { Command, Effect, Event } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';

const NUMBER = (1n << 32n) | 1n;
const inactive: Message = { kind: 'inactive', forMs: 20_000, responseMs: 0, reason: 'cpu', managed: false, applied: 1n, again: false };

/** One of three; node 1 manages, node 2 stands by. */
class Member {
  state: NodeState;
  nowMs: number;
  effects: readonly Effect[] = [];

  constructor(node: number) {
    const model = formed({});
    this.nowMs = model.nowMs;
    const state = model.nodes[node - 1]?.state ?? null;
    assert.ok(state !== null && state.manager === 1);
    this.state = copyOf(state);
  }

  feed(event: Event): this {
    const { state, effects } = step(this.state, event, this.nowMs);
    this.state = state;
    this.effects = effects;
    return this;
  }

  hears(from: number, message: Message): this {
    return this.feed({ type: 'received', from, boot: 1n, message });
  }

  /** What is said to one node, and `reply`. */
  said(to: number): string[] {
    return this.effects.flatMap((effect) => {
      if (effect.type === 'reply') return ['reply'];
      if (effect.type !== 'send' || effect.to !== to) return [];
      const message = effect.message as Message;
      return [message.kind === 'ack' ? `ack ${message.ok ? 'yes' : 'no'}` : message.kind];
    });
  }
}

describe('protocol: who goes away in the middle of an operation', () => {
  const opening = (form: Operation['form'], proposer: number): Opening => ({
    ...{ number: NUMBER, kind: 'commit', leftOut: [], timeoutMs: 5000, proposal: { node: proposer, boot: 1n, counter: 1 } },
    body: { form, durable: false, name: 'x', data: null },
    participants: [1, 2, 3].map((node) => ({ node, boot: 1n })),
  });
  const leaves = (form: Operation['form'], proposer = 3, hasVoted = false): Member => {
    const node = new Member(3);
    const { body } = opening(form, proposer);
    if (proposer === 3) node.feed({ type: 'command', id: 1, command: { name: 'propose', kind: 'commit', body, timeoutMs: 5000 } });
    node.hears(1, { kind: 'open', opening: opening(form, proposer) });
    if (hasVoted) node.feed({ type: 'worked', number: NUMBER, round: 0, ok: true, reason: '', payload: null });
    const command = { name: 'pause', forMs: 20_000, reason: 'cpu', responseMs: 0, policy: 'move' } as const;
    node.feed({ type: 'command', id: 2, command });
    return node.hears(2, { kind: 'inactiveNoted' }).hears(1, { kind: 'inactiveNoted' });
  };

  it('refuses its own in two phases where it has not voted: nobody else could find the outcome before it is back', () => {
    const node = leaves('two-phase');
    assert.deepEqual(node.said(1), ['ack no', 'reply', 'wish']);
    assert.deepEqual(node.said(2), ['ack no', 'reply']);
    assert.equal(node.state.rounds.proposals.get(1)?.number, null, 'it is tried again');
  });

  it('leaves everything else to the manager', () => {
    for (const node of [leaves('two-phase', 3, true), leaves('two-phase', 2), leaves('three-phase')])
      assert.deepEqual(node.said(1), ['reply']);
  });

  it('has it tried again where the others hear the refusal', () => {
    const other = new Member(2).hears(1, { kind: 'open', opening: opening('two-phase', 3) });
    other.hears(3, { kind: 'ack', number: NUMBER, round: 0, ok: false, reason: 'its proposer goes away', payload: null });
    assert.equal(other.state.rounds.ended.at(-1)?.outcome.code, 'view');
  });
});

describe('protocol: a hand-over to one that announces a pause', () => {
  const released = ({ effects }: Member): number[] => effects.flatMap((effect) => (effect.type === 'release' ? [effect.successor] : []));
  const refused = ({ effects }: Member): string[] =>
    effects.flatMap((effect) => (effect.type === 'reply' && effect.error !== null ? [effect.error.message] : []));
  /** Node 2 stands by, and is told first. */
  const manager = (command: Command): Member => {
    const node = new Member(1).feed({ type: 'command', id: 1, command });
    assert.ok(node.said(2).includes('resigning'));
    return node;
  };

  it('is called off: a successor that orders name no more would not be the one that takes the seat', () => {
    const node = manager({ name: 'move', node: null }).hears(2, inactive);
    assert.deepEqual(refused(node), ['node 2 will be away']);
    assert.ok(node.said(2).includes('inactiveNoted'));
    assert.deepEqual(released(node.hears(2, { kind: 'resignationHeard' })), []);
  });

  it('goes to the next one where the manager goes', () => {
    const node = manager({ name: 'leave' }).hears(2, inactive);
    assert.ok(node.said(3).includes('resigning'));
    assert.deepEqual(released(node.hears(3, { kind: 'resignationHeard' })), [3]);
  });

  it('goes on where the seat is being released: the successor tells all anew, as the manager, and then hands it on', () => {
    const node = manager({ name: 'move', node: null }).hears(2, { kind: 'resignationHeard' });
    assert.deepEqual(released(node), [2]);
    assert.deepEqual([node.hears(2, inactive).said(2), node.said(3)], [[], []]);

    const next = new Member(2);
    next.feed({ type: 'command', id: 1, command: { name: 'pause', forMs: 20_000, reason: 'cpu', responseMs: 0, policy: 'move' } });
    next.hears(3, { kind: 'inactiveNoted' });
    next.hears(1, { kind: 'resigning', successor: 2, leaves: false }).feed({ type: 'seat', news: 'acquired', seat: 0, epoch: 2n });
    assert.equal(next.state.role, 'manager');
    const told = next.effects.flatMap((effect) => (effect.type === 'send' ? [effect.message as Message] : []));
    const inactives = told.filter((message) => message.kind === 'inactive');
    assert.deepEqual(
      inactives.map(({ managed, again }) => [managed, again]),
      [
        [true, false],
        [true, false],
      ],
    );
    assert.ok(!next.said(1).includes('reply'));
  });
});

describe('protocol: a pause that some have noted', () => {
  const rowOf = ({ state }: Member, changes: Partial<TableEntry> = {}): Message => {
    const member = state.members.get(3);
    assert.ok(member !== undefined);
    const { node, boot, memberId, role, description } = member;
    return { kind: 'member', entry: { node, boot, memberId, state: 'active', role, description, away: null, ...changes } };
  };
  const mayBeSilentMs = ({ effects }: Member): number | null | undefined =>
    effects.flatMap((effect) => (effect.type === 'setPeer' && effect.node === 3 ? [effect.silenceMs] : [])).at(-1);

  it('is not ended by a row that the manager has written before it noted it', () => {
    const standby = new Member(2).hears(3, inactive);
    assert.equal(mayBeSilentMs(standby), 22_000);
    standby.hears(1, rowOf(standby));
    assert.equal(mayBeSilentMs(standby), 22_000);
    standby.hears(3, { kind: 'normal', managed: false });
    assert.equal(mayBeSilentMs(standby), null);
  });

  it('is ended by a row that says it has failed or started anew, or that takes back another row', () => {
    const away = { reason: 'cpu', forMs: 20_000, leftMs: 15_000, managed: false, applied: 1n };
    for (const changes of [{ state: 'failed' }, { boot: 2n }] as const) {
      const standby = new Member(2).hears(3, inactive);
      assert.equal(standby.hears(1, rowOf(standby, changes)).state.members.get(3)?.away, null);
    }
    const standby = new Member(2);
    standby.hears(1, rowOf(standby, { away }));
    assert.equal(standby.state.members.get(3)?.away?.untilMs, standby.nowMs + 15_000);
    assert.equal(standby.hears(1, rowOf(standby)).state.members.get(3)?.away, null);
  });

  it('is ended by an incorporation, which nobody but the manager sees', () => {
    const node = new Member(3);
    const table = new Member(1).state;
    const rows = [...node.state.members.values()].map(
      ({ node: id, boot, memberId, role, description }): TableEntry => ({
        ...{ node: id, boot, memberId, state: 'active', role, description, away: null },
      }),
    );
    const { beatTimeoutMs, beatPackets, activeNetwork, virtualAddresses } = table;
    const joins = (): Member =>
      node.hears(1, { kind: 'connect', epoch: 1n }).hears(1, {
        ...{ kind: 'assign', memberId: 3, epoch: 1n, manager: table.self, standby: 2, beatTimeoutMs, beatPackets },
        ...{ activeNetwork, virtualAddresses, changing: null, table: rows, parameters: NOTHING_SET },
      });
    assert.ok(!joins().said(2).includes('normal'));
    node.feed({ type: 'command', id: 2, command: { name: 'pause', forMs: 20_000, reason: 'cpu', responseMs: 0, policy: 'move' } });
    assert.deepEqual([joins().said(2), node.said(1).includes('normal')], [['reply', 'normal'], false]);
    assert.ok(!joins().said(2).includes('normal'), 'once');
  });
});
