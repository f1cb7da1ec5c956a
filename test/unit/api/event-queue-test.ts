// A queue that loses an event, or that never ends, is found here before a program meets it.
import assert from 'node:assert/strict';
import { EventQueue } from '../../../lib/api/event-queue.ts';
import { HeartwireError } from '../../../lib/errors.ts';

describe('a queue of events', () => {
  const lost = HeartwireError.of('HW_CONNECTION_LOST', {});

  it('gives what was told before and while it was read, in order, then ends', async () => {
    let closed = 0;
    const queue = new EventQueue<number>(() => closed++);
    queue.push(1);
    queue.push(2);
    const read: number[] = [];
    const reading = (async () => {
      for await (const item of queue) read.push(item);
    })();
    await Promise.resolve();
    queue.push(3);
    queue.end();
    queue.push(4);
    await reading;
    assert.deepEqual(read, [1, 2, 3]);
    assert.equal(closed, 1);
  });

  it('throws once what was queued has been read', async () => {
    const queue = new EventQueue<number>(() => {});
    queue.push(1);
    queue.fail(lost);
    assert.deepEqual(await queue.next(), { value: 1, done: false });
    await assert.rejects(queue.next(), lost);
    assert.deepEqual(await queue.next(), { value: undefined, done: true });
  });

  it('throws at one who waits, and ends for the others', async () => {
    const queue = new EventQueue<number>(() => {});
    const [first, second] = [queue.next(), queue.next()];
    queue.fail(lost);
    await assert.rejects(first, lost);
    assert.deepEqual(await second, { value: undefined, done: true });
  });

  it('closes when a loop is left early', async () => {
    let closed = 0;
    const queue = new EventQueue<number>(() => closed++);
    queue.push(1);
    queue.push(2);
    for await (const item of queue) {
      assert.equal(item, 1);
      break;
    }
    assert.equal(closed, 1);
    assert.deepEqual(await queue.next(), { value: undefined, done: true });
  });

  it('tells a reader that falls behind, in place of a silent gap', async () => {
    const queue = new EventQueue<number>(() => {});
    for (let item = 0; item <= 10_000; item++) queue.push(item);
    let read = 0;
    await assert.rejects(
      async () => {
        for await (const item of queue) assert.equal(item, read++);
      },
      { code: 'HW_CLIENT_TOO_SLOW' },
    );
    assert.equal(read, 10_001);
  });
});
