// What a node publishes of its protocols, and how it asks others: every answer is to its own question, and nobody waits for
// one that does not come.
import assert from 'node:assert/strict';
import type { NativeNode } from '../../../lib/native.ts';
import { encodeProgress } from '../../../lib/protocol/codec/question.ts';
import { initial } from '../../../lib/protocol/node.ts';
import { LocalWork } from '../../../lib/runtime/local-work.ts';
import { ProgressDesk } from '../../../lib/runtime/progress-desk.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';
import { progress, protocol } from '../support/progress.ts';
import { waitUntil } from '../support/wait-until.ts';
import { nativeEvent } from './native-events.ts';

const [config] = clusterOf([{ id: 1 }, { id: 2 }]);

describe('progress desk', () => {
  let nowMs: number;
  let published: Uint8Array[];
  let asked: { readonly node: number; readonly question: number }[];
  let hasSession: boolean;
  let desk: ProgressDesk;

  beforeEach(() => {
    assert.ok(config !== undefined);
    nowMs = 1000;
    published = [];
    asked = [];
    hasSession = true;
    const native = {
      publish: (bytes: Uint8Array) => published.push(bytes),
      ask: (node: number, question: number) => {
        asked.push({ node, question });
        if (!hasSession) throw new Error('HW_NO_SESSION');
      },
    };
    const now = (): number => nowMs;
    const work = new LocalWork(now, () => undefined);
    desk = new ProgressDesk(native as unknown as NativeNode, initial(config, nowMs, 0n), now, work);
  });

  afterEach(() => desk.stop());

  const answer = (node: number, question: number, ageMs: number): void => {
    const bytes = encodeProgress({ ...progress([protocol()]), node });
    const payload = new Uint8Array(8 + bytes.length);
    new DataView(payload.buffer).setBigUint64(0, BigInt(ageMs * 1e6), true);
    payload.set(bytes, 8);
    desk.answered(nativeEvent('answer', { node, value: BigInt(question), payload }));
  };

  const step = (): void => {
    assert.ok(config !== undefined);
    desk.stepped(initial(config, nowMs, 0n), nowMs);
  };

  it('publishes at once, and then no more often than every 20 ms, the last of what happened', async () => {
    assert.equal(published.length, 1);
    step();
    step();
    assert.equal(published.length, 1);
    nowMs += 20;
    step();
    assert.equal(published.length, 2);
    step();
    await waitUntil('what happened last is published', () => published.length === 3);
  });

  it('publishes at once what a handler says before it may block', () => {
    desk.changed(true);
    assert.equal(published.length, 2);
  });

  it('answers for itself without the network', async () => {
    const report = await desk.ask(1);
    assert.deepEqual([report.node, report.ageMs, report.isLate, report.progress?.atMs], [1, 0, false, 1000]);
    assert.deepEqual(asked, []);
  });

  it('asks once for all that want to know, and takes the answer', async () => {
    const both = [desk.ask(2), desk.ask(2)];
    assert.deepEqual(asked, [{ node: 2, question: 1 }]);
    answer(2, 1, 3);
    const [one, other] = await Promise.all(both);
    assert.equal(one, other);
    assert.deepEqual([one?.node, one?.ageMs, one?.isLate], [2, 3, false]);
    assert.deepEqual(one?.progress?.protocols, [protocol()]);
  });

  it('says that a node is late that has published nothing for two seconds', async () => {
    const report = desk.ask(2);
    answer(2, 1, 2001);
    assert.equal((await report).isLate, true);
  });

  it('takes no answer to an earlier question, of another node, or that it does not understand', async () => {
    const first = desk.ask(2);
    answer(2, 1, 1);
    await first;
    const second = desk.ask(2);
    answer(2, 1, 11);
    answer(3, 2, 12);
    desk.answered(nativeEvent('answer', { node: 2, value: 2n, payload: new Uint8Array([1, 2, 3]) }));
    answer(2, 2, 13);
    assert.equal((await second).ageMs, 13);
  });

  it('asks again while there is no session, and gives up after two seconds', async () => {
    hasSession = false;
    await assert.rejects(desk.ask(2), { code: 'HW_REFUSED', message: /node 2 has not answered in 2 s/ });
    assert.ok(asked.length > 1);
    hasSession = true;
    const again = desk.ask(2);
    answer(2, asked.at(-1)?.question ?? 0, 1);
    assert.equal((await again).ageMs, 1, 'a question that nobody answered is in nobody’s way');
  });
});
