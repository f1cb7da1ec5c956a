// Votes and outcomes of operations: who is woken for a vote, and that the outcome, told without what it is about, counts for
// whoever has the opening, and for nobody else (V5).
import assert from 'node:assert/strict';
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Outcome } from '../../../lib/protocol/rounds/state.ts';
import type { Effect, Event } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';

const number = (1n << 32n) | 1n;
const participants = [1, 2, 3].map((node) => ({ node, boot: 1n }));
const outcome: Outcome = { committed: true, code: 'agreed', reason: '', culprit: 0 };

/** Node 2, a member; node 1 manages, node 3 proposes. */
describe('protocol: votes and outcomes', () => {
  let state: NodeState;
  let effects: readonly Effect[];

  beforeEach(() => {
    const model = formed({});
    const member = model.nodes[1]?.state ?? null;
    assert.ok(member !== null && member.manager === 1);
    state = copyOf(member);
  });

  function feed(event: Event): void {
    ({ state, effects } = step(state, event, 1e6));
  }
  const hears = (from: number, message: Message): void => feed({ type: 'received', from, boot: 1n, message });
  const asked = (form: string): void => {
    const body = { form, durable: false, name: 'x', data: null };
    const opening = {
      number,
      proposal: { node: 3, boot: 1n, counter: 1 },
      kind: 'commit',
      body,
      participants,
      leftOut: [],
      timeoutMs: 5000,
    };
    hears(1, { kind: 'open', opening });
  };
  const hearsVote = (from: number): void => hears(from, { kind: 'ack', number, round: 0, ok: true, reason: '', payload: null });
  const votes = (ok: boolean): void => feed({ type: 'worked', number, round: 0, ok, reason: '', payload: null });
  /** To whom it has acknowledged, and whether that wakes him. */
  const acknowledged = (): (readonly [number, string])[] =>
    effects.flatMap((effect) =>
      effect.type === 'send' && (effect.message as Message).kind === 'ack'
        ? [[effect.to, effect.isQuiet === true ? 'quiet' : 'loud'] as const]
        : [],
    );
  const applied = (): bigint[] => effects.flatMap((effect) => (effect.type === 'apply' ? [effect.number] : []));

  it('wakes nobody but the proposer for a vote on a two-phase operation', () => {
    asked('two-phase');
    votes(true);
    assert.deepEqual(acknowledged(), [
      [1, 'quiet'],
      [3, 'loud'],
    ]);
  });

  for (const form of ['two-phase', 'three-phase'])
    it(`wakes everybody for a veto of a ${form} operation, since each may act on it`, () => {
      asked(form);
      votes(false);
      assert.deepEqual(acknowledged(), [
        [1, 'loud'],
        [3, 'loud'],
      ]);
    });

  it('wakes all but the proposer for a vote on a three-phase operation, and everybody for the confirmation', () => {
    asked('three-phase');
    votes(true);
    assert.deepEqual(acknowledged(), [
      [1, 'loud'],
      [3, 'quiet'],
    ]);
    hearsVote(3);
    assert.deepEqual(acknowledged(), []);
    hearsVote(1);
    assert.deepEqual(acknowledged(), [
      [1, 'loud'],
      [3, 'loud'],
    ]);
  });

  it('applies what the proposer has decided, without being told again what it is about', () => {
    asked('two-phase');
    votes(true);
    hears(3, { kind: 'outcome', number, outcome });
    assert.deepEqual(applied(), [number]);
    hears(3, { kind: 'outcome', number, outcome });
    assert.deepEqual(applied(), [], 'once');
  });

  it('leaves an outcome alone of what it does not know', () => {
    hears(3, { kind: 'outcome', number, outcome });
    assert.deepEqual(applied(), []);
    assert.equal(state.rounds.instances.size, 0);
  });
});
