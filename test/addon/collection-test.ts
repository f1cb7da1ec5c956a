// The garbage collector: it takes a node that was never started or is stopped, and leaves one that runs; the page
// outlives them all.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { native } from '../../lib/native.ts';
import { PAGE_MAGIC } from '../../lib/runtime/statistics-layout.ts';
import { nativeOptions } from './support/native-options.ts';

async function collected(reference: WeakRef<object>, turns: number): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) {
    await nextTurn(); // A reference that was looked through holds until the turn ends.
    globalThis.gc?.();
    if (reference.deref() === undefined) return true;
  }
  return false;
}

/** In a function of its own, so that no stack slot keeps it. */
function make(life: (node: InstanceType<typeof native.NativeNode>) => void): WeakRef<object> {
  const events: unknown[] = [];
  // The callback refers to the object, as real ones do.
  const node: InstanceType<typeof native.NativeNode> = new native.NativeNode(nativeOptions(), (batch) => events.push(node, ...batch));
  life(node);
  return new WeakRef(node);
}

describe('addon: garbage collection', () => {
  before(() => assert.ok(globalThis.gc, 'run with --expose-gc'));

  it('takes a node that was never started', async () => {
    assert.ok(
      await collected(
        make(() => undefined),
        100,
      ),
    );
  });

  it('takes a node that is stopped', async () => {
    const stopped = make((node) => {
      node.start(1n);
      node.stop();
    });
    assert.ok(await collected(stopped, 100));
  });

  it('leaves a node that runs', async () => {
    const running = make((node) => node.start(1n));
    assert.equal(await collected(running, 20), false);
    (running.deref() as InstanceType<typeof native.NativeNode>).stop();
    assert.ok(await collected(running, 100));
  });

  it('leaves the page to who reads it', async () => {
    let page = new ArrayBuffer(0);
    const node = make((each) => {
      each.start(1n);
      each.stop();
      page = each.page;
    });
    assert.ok(await collected(node, 100));
    assert.equal(new BigUint64Array(page)[0], PAGE_MAGIC);
  });
});
