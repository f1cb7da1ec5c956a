// Where too much waits for the manager, a program is told so at once and asks again later; no other message is refused for it.
import assert from 'node:assert/strict';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import { changed, NOTHING_SET, type ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import type { Effect, Event } from '../../../lib/protocol/types.ts';
import type { NativeNode } from '../../../lib/native.ts';
import { Outbox } from '../../../lib/runtime/outbox.ts';
import { Replies } from '../../../lib/runtime/replies.ts';
import { formed } from '../../model/support/begin.ts';

const thresholdOf = (value: number): ParameterSet =>
  changed(NOTHING_SET, [{ name: 'messages.queue_overflow_threshold', node: null, pair: null, value }], 1n);

describe('back-pressure (P2)', () => {
  let state: NodeState;
  let effects: readonly Effect[];
  const feed = (event: Event): void => void ({ state, effects } = step(state, event, 1e6));
  const body = { form: 'three-phase', durable: false, name: 'x', data: null };

  beforeEach(() => {
    const member = formed({}).nodes[2]?.state ?? null;
    assert.ok(member !== null && member.manager === 1);
    state = copyOf(member);
    feed({ type: 'command', id: 7, command: { name: 'propose', kind: 'commit', body, timeoutMs: 5000 } });
  });

  const wish = (): number => {
    const sent = effects.flatMap((effect) => (effect.type === 'send' ? [effect.message as { kind: string; counter: number }] : []));
    return sent.find(({ kind }) => kind === 'wish')?.counter ?? assert.fail('no wish was sent');
  };
  const replies = (): unknown[] => effects.flatMap((effect) => (effect.type === 'reply' ? [[effect.id, effect.error]] : []));

  it('a wish that could not be sent is answered, once, and never opened', () => {
    const counter = wish();
    feed({ type: 'wishUnsent', node: 1, counter });
    assert.deepEqual(replies(), [[7, { code: 'HW_QUEUE_OVERFLOW', message: '1' }]]);
    assert.equal(state.rounds.proposals.size, 0);
    feed({ type: 'wishUnsent', node: 1, counter });
    assert.deepEqual(replies(), []);
  });

  it('one that an earlier manager has opened, or that went to another one, goes on', () => {
    const counter = wish();
    feed({ type: 'wishUnsent', node: 2, counter });
    feed({ type: 'received', from: 1, boot: 1n, message: { kind: 'wishOpened', counter, number: (1n << 32n) | 5n } });
    feed({ type: 'wishUnsent', node: 1, counter });
    assert.deepEqual([replies(), state.rounds.proposals.size], [[], 1]);
  });

  it('is told as what it is', async () => {
    const waiting = new Replies();
    const answer = waiting.await((id) => waiting.answer(id, { code: 'HW_QUEUE_OVERFLOW', message: '1' }));
    await assert.rejects(answer, { code: 'HW_QUEUE_OVERFLOW', message: 'Too many messages or operations wait for node 1.' });
  });

  it('holds where a wish needs no message: at the manager before its turn has come, and where there is no manager', () => {
    const propose = (id: number, kind: string): Event => ({
      type: 'command',
      id,
      command: { name: 'propose', kind, body, timeoutMs: 5000 },
    });
    for (const alone of [false, true]) {
      const chosen = formed({}).nodes[0]?.state ?? null;
      assert.ok(chosen !== null && chosen.role === 'manager');
      state = { ...copyOf(chosen), parameters: thresholdOf(3), ...(alone ? { role: 'unmanaged', manager: null } : {}) };
      const refused: unknown[] = [];
      for (let id = 1; id <= 200; id++) {
        feed(propose(id, 'commit'));
        refused.push(...replies());
      }
      const running = alone ? 0 : 128;
      assert.equal(state.rounds.proposals.size, running + 3);
      assert.equal(refused.length, 200 - running - 3);
      assert.deepEqual(refused[0], [running + 4, { code: 'HW_QUEUE_OVERFLOW', message: '1' }]);
    }
  });

  it('concerns operations of programs alone: all else is accepted beyond the threshold', () => {
    const essential: unknown[] = [];
    const native = { send: (...words: unknown[]) => BigInt(essential.push(words[3])) } as unknown as NativeNode;
    const outbox = new Outbox(native);
    outbox.send(1, { kind: 'leaving' });
    outbox.send(1, { kind: 'wish', counter: 1, protocol: 'commit', body, timeoutMs: 5000 });
    outbox.send(1, { kind: 'wish', counter: 2, protocol: 'parameters', body, timeoutMs: 5000 });
    assert.deepEqual(essential, [true, false, true]);
  });
});
