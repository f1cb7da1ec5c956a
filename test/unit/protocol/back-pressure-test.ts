// Where too much waits for the manager, a program is told so at once and asks again later; no other message is refused for it.
import assert from 'node:assert/strict';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Effect, Event } from '../../../lib/protocol/types.ts';
import type { NativeNode } from '../../../lib/native.ts';
import { Outbox } from '../../../lib/runtime/outbox.ts';
import { Replies } from '../../../lib/runtime/replies.ts';
import { formed } from '../../model/support/begin.ts';

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
    await assert.rejects(answer, { code: 'HW_QUEUE_OVERFLOW', message: 'Too many messages wait for node 1.' });
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
