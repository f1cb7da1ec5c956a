// The statistics page is laid out as statistics-layout.ts says, tells the truth while the node runs, and can be read
// when it does not.
import assert from 'node:assert/strict';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { header, PAGE_MAGIC, PAGE_WORDS } from '../../lib/runtime/statistics-layout.ts';
import { Statistics } from '../../lib/runtime/statistics.ts';
import { native } from '../../lib/native.ts';
import { WatchedNode } from './support/watched-node.ts';

describe('addon: the statistics page', () => {
  it('states the size that its readers count with', () => {
    const node = new WatchedNode({ nodeId: 4711 });
    const { page } = node.native;
    assert.equal(page.byteLength, PAGE_WORDS * 8);
    node.native.start(1n);
    node.native.stop();
    const words = new BigUint64Array(page);
    assert.equal(words[header.magic], PAGE_MAGIC);
    assert.equal(words[header.version], 5n);
    assert.equal(words[header.sizeBytes], BigInt(PAGE_WORDS * 8));
    assert.equal(words[header.nodeId], 4711n);
    assert.equal(words[header.intervalNs], 10_000_000n);
    assert.equal(words[header.timeoutNs], 100_000_000n);
  });

  it('is the same buffer each time', () => {
    const { native: node } = new WatchedNode();
    assert.equal(node.page, node.page);
  });

  it('follows the node: ticks, clock, peers, seats, links', async () => {
    const node = new WatchedNode({
      links: [
        { kind: 'udp', network: 0, interface: 'lo' },
        { kind: 'udp', network: 1, interface: 'nosuch0' },
      ],
    });
    const statistics = new Statistics(node.native.page);
    node.native.start(1n);
    node.native.setSeat(0, true, 100_000, 255, 500);
    for (const peer of [2, 3]) node.native.setPeer(peer, true, true, 0, 0);
    await waitFor('ten ticks', () => statistics.word(header.ticks) >= 10, { deadlineMs: 20_000 });
    const nowNs = Number(native.bootTimeNs());
    assert.ok(Math.abs(nowNs - statistics.word(header.nowNs)) < 5e9);
    assert.deepEqual(
      statistics.peers().map((peer) => [peer.node, peer.up]),
      [
        [2, false],
        [3, false],
      ],
    );
    assert.deepEqual(statistics.seat(0), { holder: 0, epoch: 0, state: 0 });
    assert.equal(statistics.link(0).present, true);
    assert.equal(statistics.link(1).present, false);
    assert.ok(statistics.wakeLateness().count > 0);
    node.native.stop();
  });

  it('stays readable after stop(), and stands still', async () => {
    const node = new WatchedNode();
    const statistics = new Statistics(node.native.page);
    node.native.start(1n);
    await waitFor('a tick', () => statistics.word(header.ticks) > 0, { deadlineMs: 20_000 });
    node.native.stop();
    const ticks = statistics.word(header.ticks);
    assert.ok(ticks > 0);
    node.native.start(2n);
    await waitFor('a tick of the new start', () => statistics.word(header.ticks) > 0, { deadlineMs: 20_000 });
    node.native.stop();
  });
});
