// The program's side of operations: a vote in all its forms, and applying in order, one after another, whatever handlers do.
import assert from 'node:assert/strict';
import type { Operation } from '../../../lib/protocol/commit/commit.ts';
import { LocalWork } from '../../../lib/runtime/local-work.ts';
import { Operations, type Vote } from '../../../lib/runtime/operations.ts';
import { progress, protocol } from '../support/progress.ts';
import type { OperationHandler } from '../../../lib/runtime/types.ts';

const proposal = { node: 3, boot: 1n, counter: 1 };
const operation = (data: unknown = null): Operation => ({ form: 'three-phase', durable: false, name: 'transfer', data });

describe('operations of a program', () => {
  let work: LocalWork;
  let failures: string[];
  let calls: string[];
  let operations: Operations;

  beforeEach(() => {
    failures = [];
    calls = [];
    work = new LocalWork(
      () => 0,
      () => undefined,
    );
    const applyFailed = (name: string, number: string, error: unknown): void => void failures.push(`${name} ${number} ${String(error)}`);
    operations = new Operations(work, { willCall: () => calls.push('will call'), applyFailed });
  });

  const votes = (handler: OperationHandler): Promise<Vote> => {
    operations.handle('transfer', handler);
    return new Promise((resolve) => operations.vote(7n, operation('data'), proposal, resolve));
  };
  const apply = (): void => undefined;

  it('agrees where nobody has a say, at once', () => {
    const heard: Vote[] = [];
    operations.vote(7n, operation(), proposal, (vote) => heard.push(vote));
    operations.handle('transfer', { apply });
    operations.vote(7n, operation(), proposal, (vote) => heard.push(vote));
    assert.deepEqual(heard, [
      { ok: true, reason: '' },
      { ok: true, reason: '' },
    ]);
  });

  it('says so before it calls a handler, which may block; not where it calls none', () => {
    operations.vote(7n, operation(), proposal, () => undefined);
    operations.apply(7n, operation(), proposal);
    assert.deepEqual(calls, []);
    const vote = (): boolean => calls.push('vote') > 0;
    operations.handle('transfer', { vote, apply: () => void calls.push('apply') });
    operations.vote(7n, operation(), proposal, () => undefined);
    operations.apply(7n, operation(), proposal);
    assert.deepEqual(calls, ['will call', 'vote', 'will call', 'apply']);
  });

  it('takes a vote as yes, no, or no with a reason, now or later', async () => {
    assert.deepEqual(await votes({ apply, vote: () => true }), { ok: true, reason: '' });
    assert.deepEqual(await votes({ apply, vote: () => false }), { ok: false, reason: 'it voted no' });
    assert.deepEqual(await votes({ apply, vote: async () => 'the account is closed' }), { ok: false, reason: 'the account is closed' });
    assert.deepEqual(await votes({ apply, vote: async () => true }), { ok: true, reason: '' });
  });

  it('takes a handler that throws, or whose promise fails, for a no', async () => {
    const fails = (): never => {
      throw new Error('x'.repeat(1000));
    };
    assert.deepEqual(await votes({ apply, vote: fails }), { ok: false, reason: 'x'.repeat(300) });
    assert.deepEqual(await votes({ apply, vote: async () => fails() }), { ok: false, reason: 'x'.repeat(300) });
  });

  it('tells a handler what it is about, and others that it votes, until it has', async () => {
    const waitsFor = (): string | undefined => work.explain(progress([{ ...protocol(), protocol: '0.7' }])).protocols[0]?.waitsFor;
    let seen: unknown;
    const vote = votes({
      apply,
      vote: (data, { number, name, node, waitsFor: says }) => {
        seen = { data, number, name, node };
        says('a lock');
        return new Promise((resolve) => setImmediate(() => resolve(true)));
      },
    });
    assert.deepEqual(seen, { data: 'data', number: 7n, name: '0.7', node: 3 });
    assert.equal(waitsFor(), 'the vote of its program on transfer, which waits for a lock');
    await vote;
    assert.equal(waitsFor(), protocol().waitsFor);
  });

  it('applies in the order of what was committed, one after another, though the first one takes long', async () => {
    const log: string[] = [];
    operations.handle('transfer', {
      apply: async (data) => {
        log.push(`begin ${String(data)}`);
        if (data === 1) await new Promise((resolve) => setImmediate(resolve));
        log.push(`end ${String(data)}`);
      },
    });
    for (const data of [1, 2, 3]) operations.apply(BigInt(data), operation(data), proposal);
    await operations.applying;
    assert.deepEqual(log, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  it('says which operation a handler could not apply, and applies the next one', async () => {
    const applied: unknown[] = [];
    operations.handle('transfer', {
      apply: (data) => {
        if (data === 1) throw new Error('now');
        if (data === 2) return Promise.reject(new Error('later'));
        applied.push(data);
        return undefined;
      },
    });
    for (const data of [1, 2, 3]) operations.apply((1n << 32n) | BigInt(data), operation(data), proposal);
    await operations.applying;
    assert.deepEqual(failures, ['transfer 1.1 Error: now', 'transfer 1.2 Error: later']);
    assert.deepEqual(applied, [3]);
    assert.deepEqual(work.explain(progress([])).waiting, []);
  });

  it('hears the last handler of a name, and none that has ended', () => {
    const applied: string[] = [];
    const end = operations.handle('transfer', { apply: () => void applied.push('first') });
    const endSecond = operations.handle('transfer', { apply: () => void applied.push('second') });
    end();
    operations.apply(1n, operation(), proposal);
    endSecond();
    operations.apply(2n, operation(), proposal);
    assert.deepEqual(applied, ['second']);
  });
});
