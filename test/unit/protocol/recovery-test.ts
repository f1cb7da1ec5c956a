// A manager that ends a protocol in which somebody was lost: whom it asks, what counts as an answer, when it has heard enough,
// and that a later try has a higher ballot (V5). The choice itself: choosing-test.ts.
import assert from 'node:assert/strict';
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Participant, Standing } from '../../../lib/protocol/rounds/state.ts';
import type { Effect, Event } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';

const NUMBER = (1n << 32n) | 1n;
const STRANGE = (1n << 32n) | 9n;
const ballot = (count: number): bigint => (1n << 32n) | BigInt(count);
const standing: Standing = { opening: null, acknowledged: 0, agreed: [], refused: [], accepted: null, outcome: null };

type Sent = { readonly to: number; readonly message: Message };

/** Node 1 manages 2 and 3, and has just opened a three-phase operation. */
class Manager {
  state: NodeState;
  nowMs: number;
  effects: readonly Effect[] = [];

  constructor(durable = false, form: 'three-phase' | 'two-phase' = 'three-phase') {
    const model = formed({});
    this.nowMs = model.nowMs;
    const state = model.nodes[0]?.state ?? null;
    assert.ok(state !== null && state.role === 'manager');
    this.state = copyOf(state);
    const body = { form, durable, name: 'x', data: null };
    this.feed({ type: 'command', id: 1, command: { name: 'propose', kind: 'commit', body, timeoutMs: 5000 } });
    assert.deepEqual(this.sent('open'), [2, 3]);
  }

  feed(event: Event, afterMs = 0): this {
    this.nowMs += afterMs;
    const { state, effects } = step(this.state, event, this.nowMs);
    this.state = state;
    this.effects = effects;
    return this;
  }

  hears(from: number, message: Message): this {
    return this.feed({ type: 'received', from, boot: 1n, message });
  }

  answers(from: number, changes: Partial<Standing> = {}, count = 1): this {
    return this.hears(from, { kind: 'standing', number: NUMBER, ballot: ballot(count), standing: { ...standing, ...changes } });
  }

  get messages(): Sent[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [{ to: effect.to, message: effect.message as Message }] : []));
  }

  sent(kind: Message['kind']): number[] {
    return this.messages.filter(({ message }) => message.kind === kind).map(({ to }) => to);
  }

  /** What it has chosen, as it asks the others to write it down. */
  get chosen(): { readonly committed: boolean; readonly code: string; readonly culprit: number } | null {
    const settle = this.messages.map(({ message }) => message).find(({ kind }) => kind === 'settle');
    if (settle?.kind !== 'settle') return null;
    const { committed, code, culprit } = settle.outcome;
    return { committed, code, culprit };
  }
}

describe('protocol: recovery', () => {
  let manager: Manager;

  beforeEach(() => {
    manager = new Manager();
  });

  const cancelled = (): Manager => manager.hears(2, { kind: 'cancel', number: NUMBER, by: 2 });

  it('begins at once where the disk of the coordinator does not take its decision, with nothing else to look at', () => {
    const coordinator = new Manager(true, 'two-phase');
    coordinator.feed({ type: 'worked', number: NUMBER, round: 0, ok: true, reason: '', payload: null });
    coordinator.feed({ type: 'recorded', number: NUMBER, ok: true });
    for (const from of [2, 3]) coordinator.hears(from, { kind: 'ack', number: NUMBER, round: 0, ok: true, reason: '', payload: null });
    assert.deepEqual(
      coordinator.effects.map(({ type }) => type),
      ['record'],
    );
    coordinator.feed({ type: 'tick' });
    assert.deepEqual(coordinator.effects, [], 'settled');
    coordinator.feed({ type: 'recorded', number: NUMBER, ok: false });
    assert.deepEqual(coordinator.sent('recover'), [2, 3]);
  });

  it('asks those that are left when a participant is lost, and aborts what nobody can have committed', () => {
    manager.feed({ type: 'nodeDown', node: 3 });
    assert.deepEqual(manager.sent('recover'), [2]);
    manager.answers(2);
    assert.deepEqual(manager.chosen, { committed: false, code: 'view', culprit: 3 });
    assert.deepEqual(manager.sent('decision'), [], 'a majority must have written it first');
    manager.hears(2, { kind: 'settled', number: NUMBER, ballot: ballot(1) });
    assert.deepEqual(manager.sent('decision'), [2]);
  });

  it('commits where one of a majority has acknowledged the last round', () => {
    manager.feed({ type: 'nodeDown', node: 3 }).answers(2, { acknowledged: 2 });
    assert.deepEqual(manager.chosen, { committed: true, code: 'agreed', culprit: 0 });
  });

  /** What another manager had told us to wait for: only its number is known, and perhaps who took part. 2 or both are lost. */
  const strange = (lost: readonly number[], participants: readonly Participant[]): void => {
    manager = new Manager();
    for (const node of lost) manager.feed({ type: 'nodeDown', node });
    manager.state.rounds.listening = [{ number: STRANGE, participants, sinceMs: 0 }];
  };
  const isDoubtful = (): boolean => {
    for (let seconds = 0; seconds < 5; seconds++) {
      manager.feed({ type: 'tick' }, 1000);
      const asked = manager.messages.find(({ to, message }) => to === 3 && message.kind === 'recover' && message.number === STRANGE);
      if (asked?.message.kind === 'recover')
        manager.hears(3, { kind: 'standing', number: STRANGE, ballot: asked.message.ballot, standing });
    }
    return manager.state.rounds.listening.some(({ number }) => number === STRANGE);
  };
  const at = (node: number, boot = 1n): Participant => ({ node, boot });

  it('takes for forgotten what a participant that has not started anew does not know', () => {
    strange([2], [at(2), at(3)]);
    assert.ok(!isDoubtful(), 'node 3 has never acknowledged it');
    strange([2], [at(2), at(3, 0n)]);
    assert.ok(isDoubtful(), 'node 3 has started anew, and node 2 may have committed it');
    strange([2], [at(3, 0n)]);
    assert.ok(!isDoubtful(), 'it died with the start of node 3');
    strange([2], []);
    assert.ok(!isDoubtful(), 'one of every majority would know');
  });

  it('of two nodes with a witness takes nothing for forgotten that the other one may know', () => {
    strange([2, 3], []);
    manager.state.config = { ...manager.state.config, quorum: 'witness', witness: 3 };
    assert.ok(isDoubtful(), 'the witness says nothing of it');
    manager.state.config = { ...manager.state.config, voters: [1, 3] };
    assert.ok(!isDoubtful(), 'nobody else is left');
  });

  it('waits for all, and for two seconds for whoever does not answer', () => {
    cancelled();
    assert.deepEqual(manager.sent('recover'), [2, 3]);
    assert.equal(manager.answers(2).chosen, null);
    assert.equal(manager.feed({ type: 'tick' }, 1999).chosen, null);
    assert.deepEqual(manager.feed({ type: 'tick' }, 1).chosen, { committed: false, code: 'cancelled', culprit: 2 });
  });

  it('is not content with less than a majority: it tries again, by a higher ballot', () => {
    cancelled();
    manager.feed({ type: 'tick' }, 2000);
    assert.equal(manager.chosen, null);
    manager.feed({ type: 'tick' }, 1000);
    assert.deepEqual(manager.sent('recover'), [2, 3]);
    manager.answers(2).answers(3);
    assert.equal(manager.chosen, null, 'answers to the ballot before count no more');
    manager.answers(2, {}, 2).answers(3, {}, 2);
    assert.notEqual(manager.chosen, null);
  });

  it('tells the outcome when all have written it, or a majority has and two seconds are over', () => {
    const settled = (from: number): Manager => manager.hears(from, { kind: 'settled', number: NUMBER, ballot: ballot(1) });
    cancelled().answers(2).answers(3);
    settled(2);
    assert.deepEqual(manager.sent('decision'), [], 'the third one may write it yet');
    assert.deepEqual(manager.feed({ type: 'tick' }, 1999).sent('decision'), []);
    assert.deepEqual(manager.feed({ type: 'tick' }, 1).sent('decision'), [2, 3]);
    manager = new Manager();
    cancelled().answers(2).answers(3);
    settled(2);
    settled(3);
    assert.deepEqual(manager.sent('decision'), [2, 3]);
  });

  it('does not count what its own disk has refused, and tries again', () => {
    const written = (ok: boolean): Manager => manager.feed({ type: 'recorded', number: NUMBER, ok });
    const settled = (count: number): Manager => manager.hears(2, { kind: 'settled', number: NUMBER, ballot: ballot(count) });
    manager = new Manager(true);
    manager.feed({ type: 'nodeDown', node: 3 }).answers(2);
    assert.notEqual(manager.chosen, null);
    written(false);
    assert.deepEqual(settled(1).sent('decision'), [], 'one of three has written it');
    assert.equal(manager.state.rounds.instances.get(NUMBER)?.accepted, null);
    manager.feed({ type: 'tick' }, 2000).feed({ type: 'tick' }, 1000);
    assert.deepEqual(manager.sent('recover'), [2]);
    manager.answers(2, {}, 2);
    assert.notEqual(manager.chosen, null);
    settled(2);
    assert.deepEqual(written(true).sent('decision'), [2]);
  });

  it('takes an answer that comes after it has given up for now', () => {
    cancelled();
    manager.feed({ type: 'tick' }, 2000);
    assert.deepEqual(manager.answers(2).messages, []);
    assert.notEqual(manager.answers(3).chosen, null);
    manager = new Manager(true);
    cancelled().answers(2).answers(3);
    manager.feed({ type: 'recorded', number: NUMBER, ok: true }).feed({ type: 'tick' }, 2000);
    const settled = (from: number): Manager => manager.hears(from, { kind: 'settled', number: NUMBER, ballot: ballot(1) });
    assert.deepEqual(settled(2).messages, []);
    assert.deepEqual(settled(3).sent('decision'), [2, 3]);
  });

  it('asks anew when another one is lost meanwhile', () => {
    cancelled();
    manager.answers(2).feed({ type: 'nodeDown', node: 3 });
    assert.deepEqual(manager.sent('recover'), [2]);
  });

  it('tells at once what somebody has found already', () => {
    const outcome = { committed: true, code: 'agreed', reason: '', culprit: 0 } as const;
    cancelled().answers(2, { outcome }).answers(3);
    assert.deepEqual(manager.sent('decision'), [2, 3]);
    assert.equal(manager.state.rounds.recoveries.size, 0);
  });

  it('finds the outcome without an absent coordinator as soon as one has promised before it has voted', () => {
    const number = NUMBER + 1n;
    const body = { form: 'two-phase', durable: false, name: 'y', data: null };
    const open = (...voted: readonly number[]): Manager => {
      manager = new Manager().hears(3, { kind: 'wish', counter: 1, protocol: 'commit', body, timeoutMs: 5000 });
      for (const from of voted)
        if (from === 1) manager.feed({ type: 'worked', number, round: 0, ok: true, reason: '', payload: null });
        else manager.hears(from, { kind: 'ack', number, round: 0, ok: true, reason: '', payload: null });
      manager.hears(3, { kind: 'inactive', forMs: 10_000, responseMs: 0, reason: 'cpu', managed: false, applied: 1n, again: false });
      assert.deepEqual(manager.sent('recover'), [2, 2], 'of the first operation, too');
      const opening = manager.state.rounds.instances.get(number)?.opening ?? null;
      const changes = { opening, acknowledged: voted.includes(2) ? 1 : 0, agreed: [...voted] };
      return manager.hears(2, { kind: 'standing', number, ballot: ballot(2), standing: { ...standing, ...changes } });
    };
    assert.deepEqual(open(2, 3).chosen, { committed: false, code: 'view', culprit: 3 }, 'the manager itself has not voted');
    assert.deepEqual(open(1, 3).chosen, { committed: false, code: 'view', culprit: 3 });
    assert.equal(open(1, 2, 3).chosen?.committed, true);
    assert.equal(open(1, 2).chosen, null, 'it may have voted, and decided');
  });

  it('goes on with what the manager before had begun to recover: who has promised that one goes no further by itself', () => {
    const instance = manager.state.rounds.instances.get(NUMBER);
    assert.ok(instance !== undefined);
    manager.state.rounds.instances.set(NUMBER, { ...instance, ballot: 1n << 20n });
    assert.deepEqual(manager.feed({ type: 'tick' }, 60).sent('recover'), [2, 3]);
    manager.answers(2, { acknowledged: 2 }).answers(3, { acknowledged: 1 });
    assert.deepEqual(manager.chosen, { committed: true, code: 'agreed', culprit: 0 });
  });

  it('cancels nothing twice, and nothing that has ended', () => {
    cancelled();
    cancelled();
    assert.deepEqual(manager.sent('recover'), []);
    manager.hears(2, { kind: 'cancel', number: NUMBER + 7n, by: 2 });
    assert.deepEqual(manager.sent('recover'), []);
  });
});
