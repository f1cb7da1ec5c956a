// A member that has not finished with a change begins no other one that conflicts with it: the manager, who has seen the end,
// may open the next one while this node still writes that end down or undoes what it did (R3, P1).
import assert from 'node:assert/strict';
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Opening } from '../../../lib/protocol/rounds/state.ts';
import type { Effect, Event } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';

const number = (count: bigint): bigint => (1n << 32n) | count;
const participants = [1, 2, 3].map((node) => ({ node, boot: 1n }));

function opening(count: bigint, kind: string, body: unknown): Opening {
  const proposal = { node: 3, boot: 1n, counter: Number(count) };
  return { number: number(count), proposal, kind, body, participants, leftOut: [], timeoutMs: 5000 };
}

const change = (count: bigint, value: number): Opening =>
  opening(count, 'parameters', { base: 0n, wishes: [{ name: 'heartbeat.interval', node: null, pair: null, value }] });

describe('protocol: a change that conflicts with one that has not ended here', () => {
  let state: NodeState;
  let effects: readonly Effect[];

  beforeEach(() => {
    const model = formed({});
    const member = model.nodes[1]?.state ?? null;
    assert.ok(member !== null && member.manager === 1);
    state = copyOf(member);
    feed({ type: 'received', from: 1, boot: 1n, message: { kind: 'open', opening: change(1n, 90_000) } });
    assert.deepEqual(works(), [number(1n)]);
  });

  function feed(event: Event): void {
    ({ state, effects } = step(state, event, state.rounds.lastAcks.size + 1e6));
  }
  const hears = (message: Message): void => feed({ type: 'received', from: 1, boot: 1n, message });
  const works = (): bigint[] => effects.flatMap((effect) => (effect.type === 'work' ? [effect.number] : []));

  it('waits for its end, and for what is undone at its end', () => {
    hears({ kind: 'open', opening: change(2n, 80_000) });
    assert.deepEqual(works(), []);
    const outcome = { committed: false, code: 'view', reason: 'node 3 is lost', culprit: 3 } as const;
    hears({ kind: 'decision', ended: { opening: change(1n, 90_000), outcome } });
    assert.deepEqual(works(), [], 'its end is not on the disk yet');
    feed({ type: 'recorded', number: number(1n), ok: true });
    const done = effects.filter(({ type }) => type === 'undone' || type === 'work').map(({ type }) => type);
    assert.deepEqual(done, ['undone', 'work']);
    assert.deepEqual(works(), [number(2n)]);
  });

  it('does not keep others waiting', () => {
    hears({ kind: 'open', opening: opening(2n, 'commit', { form: 'two-phase', durable: false, name: 'x', data: null }) });
    assert.deepEqual(works(), [number(2n)]);
  });
});
