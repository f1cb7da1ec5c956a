// Starting and stopping one object: in which order it is refused, and that nothing is left over.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { WatchedNode } from './support/watched-node.ts';

function left(): { descriptors: number; threads: number } {
  return { descriptors: readdirSync('/proc/self/fd').length, threads: readdirSync('/proc/self/task').length };
}

/** Open requests to the kernel's PM-QoS; the list itself is open while it is read, hence the catch. */
function requests(): number {
  const targets = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target === '/dev/cpu_dma_latency').length;
}

describe('addon: start and stop', () => {
  it('reports what it got', () => {
    const { native } = new WatchedNode({
      links: [
        { kind: 'udp', network: 0, interface: 'lo' },
        { kind: 'udp', network: 1, interface: 'nosuch0' },
        { kind: 'udp', network: 2 },
      ],
    });
    const report = native.start(1n);
    native.stop();
    assert.deepEqual(report.beat, { policy: 'other', priority: 0, reason: report.beat.reason, isolationReason: null, secondThread: false });
    assert.equal(report.memory.locked, false);
    assert.deepEqual(report.links[0], { link: 0, open: true, reason: null });
    assert.equal(report.links[1]?.open, false);
    assert.match(report.links[1]?.reason ?? '', /nosuch0.*No such device/);
    assert.deepEqual(report.links[2], { link: 2, open: false, reason: null });
    assert.ok(report.problems.some((problem) => problem.includes('nosuch0')));
    assert.ok(['tcx', 'clsact', 'none'].includes(report.guard.enforcement));
  });

  it('runs a second beat thread where there is a CPU for one, and says so where there is none', () => {
    const { native } = new WatchedNode({ isolation: { secondThread: true, spin: false, busyPollUs: 0, cpuLatencyUs: null } });
    const { secondThread, isolationReason } = native.start(1n).beat;
    native.stop();
    assert.equal(secondThread, availableParallelism() > 1);
    if (!secondThread) assert.match(isolationReason ?? '', /second beat thread/);
  });

  it('names every part of the isolation that was refused, and holds the PM-QoS request no longer than it runs', () => {
    const { native } = new WatchedNode({ isolation: { secondThread: false, spin: true, busyPollUs: 50, cpuLatencyUs: 100 } });
    const { isolationReason } = native.start(1n).beat;
    const held = requests();
    native.stop();
    assert.equal(held, isolationReason?.includes('/dev/cpu_dma_latency') === true ? 0 : 1);
    assert.equal(requests(), 0);
    for (const reason of isolationReason?.split('; ') ?? [])
      assert.match(reason, /^(\/dev\/cpu_dma_latency|SO_BUSY_POLL|busy polling of epoll): ./);
  });

  it('asks to keep CPUs awake through one door, for no longer than it runs', () => {
    const { native } = new WatchedNode({ awakeUs: 0 });
    const { awakeReason } = native.start(1n);
    const held = requests();
    native.stop();
    assert.equal(held, awakeReason === null ? 1 : 0, String(awakeReason));
    assert.equal(requests(), 0);
    if (awakeReason !== null) assert.match(awakeReason, /^\/dev\/cpu_dma_latency: ./);
  });

  it('refuses a second start, and runs on', async () => {
    const node = new WatchedNode();
    node.native.start(1n);
    assert.throws(() => node.native.start(2n), { code: 'HW_ALREADY_STARTED' });
    node.native.release(0, 0);
    await node.told('seat_released');
    node.native.stop();
  });

  it('takes a second stop, and one before any start, for done', () => {
    const { native } = new WatchedNode();
    native.stop();
    native.start(1n);
    native.stop();
    native.stop();
  });

  it('starts again with a larger boot number only', async () => {
    const node = new WatchedNode();
    node.native.start(5n);
    node.native.stop();
    for (const boot of [5n, 4n]) assert.throws(() => node.native.start(boot), { code: 'HW_BOOT_REUSED', message: /\(5\)/ });
    const told = node.events.length;
    node.native.start(6n);
    node.native.release(0, 0);
    await node.told('seat_released', () => true, told);
    node.native.stop();
  });

  it('may be stopped and started from its own callback', async () => {
    const node = new WatchedNode();
    let boot = 1n;
    const push = node.events.push.bind(node.events);
    node.events.push = (...events) => {
      if (boot === 1n && events.some((event) => event.kind === 'seat_released')) {
        node.native.stop();
        node.native.start(++boot);
        node.native.release(1, 0);
      }
      return push(...events);
    };
    node.native.start(boot);
    node.native.release(0, 0);
    await node.told('seat_released', (event) => event.seat === 1);
    node.native.stop();
  });

  it('refuses commands unless it is started', () => {
    const { native } = new WatchedNode();
    const commands = [
      () => native.setPeer(2, true, true, 0, 0),
      () => native.announce(new Uint8Array(1)),
      () => native.send(2, new Uint8Array(1)),
      () => native.setAddresses([]),
    ];
    for (const command of commands) assert.throws(command, { code: 'HW_NOT_RUNNING' });
    native.start(1n);
    native.stop();
    for (const command of commands) assert.throws(command, { code: 'HW_NOT_RUNNING' });
    native.flush();
    assert.deepEqual(native.messageCounters(), []);
  });

  it('leaves no descriptor and no thread behind', async () => {
    const node = new WatchedNode();
    let boot = 0n;
    const cycle = (): void => {
      node.native.start(++boot);
      node.native.stop();
    };
    const settled = async (most: { descriptors: number; threads: number }): Promise<void> => {
      await waitFor('descriptors and threads to go', () => left().descriptors <= most.descriptors && left().threads <= most.threads, {
        deadlineMs: 20_000,
        seen: () => JSON.stringify({ left: left(), most }),
      });
    };
    const fresh = left();
    cycle();
    await settled({ descriptors: fresh.descriptors + 1, threads: fresh.threads });
    const before = left();
    for (let round = 0; round < 20; round++) cycle();
    await settled(before);
  });

  it('leaves nothing behind after a start that failed', () => {
    const { native } = new WatchedNode();
    assert.throws(() => native.start(0n), { code: 'HW_BAD_ARGUMENT' });
    native.start(1n);
    native.stop();
  });
});
