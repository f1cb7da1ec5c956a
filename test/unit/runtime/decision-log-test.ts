// What durable operations must not forget: it is on disk before it is said, in the order of the numbers, and a decision is
// never overwritten by what was written of it before.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecisionLog } from '../../../lib/runtime/decision-log.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';

const recordOf = (number: bigint, changes: Partial<RoundRecord> = {}): RoundRecord => ({
  opening: {
    ...{ number, kind: 'commit', participants: [{ node: 1, boot: 1n }], leftOut: [], timeoutMs: 1000 },
    proposal: { node: 1, boot: 1n, counter: 1 },
    body: { form: 'three-phase', durable: true, name: 'transfer', data: null },
  },
  ...{ acknowledged: 1, accepted: null, outcome: null },
  ...changes,
});
const committed: RoundRecord['outcome'] = { committed: true, code: 'agreed', reason: '', culprit: 0 };

describe('decision log', () => {
  let directory: string;
  let log: DecisionLog;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'heartwire-decisions-'));
    log = new DecisionLog(directory);
  });

  afterEach(() => {
    log.close();
    rmSync(directory, { recursive: true });
  });

  const written = (record: RoundRecord): Promise<Error | null> =>
    new Promise((resolve) => log.record(record.opening.number, record, resolve));
  const loaded = (): RoundRecord[] => {
    const again = new DecisionLog(directory);
    try {
      return again.load();
    } finally {
      again.close();
    }
  };

  it('has nothing, and makes no file, before the first record', () => {
    assert.deepEqual(log.load(), []);
    assert.deepEqual(loaded(), []);
  });

  it('says that a record is written when another process would read it, and not at once', async () => {
    let isDone = false;
    const done = written(recordOf(5n)).then((error) => {
      isDone = true;
      return error;
    });
    await Promise.resolve();
    assert.equal(isDone, false);
    assert.equal(await done, null);
    assert.deepEqual(loaded(), [recordOf(5n)]);
  });

  it('gives them back in the order of their numbers, beyond 32 bits too', async () => {
    const numbers = [(2n << 32n) | 1n, 7n, (1n << 32n) | 9n];
    await Promise.all(numbers.map((number) => written(recordOf(number))));
    assert.deepEqual(
      loaded().map(({ opening }) => opening.number),
      [7n, (1n << 32n) | 9n, (2n << 32n) | 1n],
    );
  });

  it('replaces a vote by its decision, and never a decision by a vote', async () => {
    await written(recordOf(5n));
    await written(recordOf(5n, { acknowledged: 2 }));
    assert.equal(loaded()[0]?.acknowledged, 2);
    await written(recordOf(5n, { outcome: committed }));
    await written(recordOf(5n));
    await written(recordOf(5n, { outcome: { committed: false, code: 'view', reason: 'late', culprit: 2 } }));
    assert.deepEqual(loaded(), [recordOf(5n, { outcome: committed })]);
  });

  it('tells everybody who waits that nothing could be written', async () => {
    const nowhere = new DecisionLog(join(directory, 'missing'));
    const errors = await Promise.all([5n, 6n].map((number) => new Promise((resolve) => nowhere.record(number, recordOf(number), resolve))));
    assert.ok(errors.every((error) => error instanceof Error));
  });

  it('does not start from a file that is none of its own', () => {
    writeFileSync(join(directory, 'decisions.db'), 'this is no database, and longer than the header of one: '.repeat(50));
    assert.throws(() => log.load(), /not a database/);
  });

  it('calls nobody back after it was closed', async () => {
    let isCalled = false;
    log.record(5n, recordOf(5n), () => (isCalled = true));
    log.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isCalled, false);
    assert.deepEqual(loaded(), []);
  });
});
