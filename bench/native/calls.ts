// What one call into the addon costs JavaScript, and what reading the cluster's state from the shared page costs
// instead. A call that the beat thread's ring cannot take yet is made again: so the figure of a command is what the
// beat thread keeps up with, where that is slower than the call.
import Benchmark from 'benchmark';
import { native, type NativeNode } from '../../lib/native.ts';
import { Statistics } from '../../lib/runtime/statistics.ts';

export interface CallCost {
  readonly name: string;
  readonly meanNs: number;
  /** Relative margin of error, percent. */
  readonly marginPercent: number;
}

function pressed(call: () => void): () => void {
  return () => {
    for (;;) {
      try {
        return call();
      } catch (error) {
        if ((error as { code?: string }).code !== 'HW_QUEUE_OVERFLOW') throw error;
      }
    }
  };
}

function reads(node: NativeNode): [string, () => unknown][] {
  const page = new Statistics(node.page);
  let sink = 0;
  return [
    ['read: holder of a seat', () => (sink += page.holder(0))],
    ['read: holder, epoch and state of one moment', () => (sink += page.seat(0).epoch)],
    ['read: one link', () => (sink += page.link(0).sent)],
    ['read: two peers with all paths', () => (sink += page.peers().length)],
    ['read: histogram of lateness', () => (sink += page.wakeLateness().count)],
  ];
}

function calls(node: NativeNode): [string, () => unknown][] {
  const announcement = new Uint8Array(400);
  let orders = 0n;
  return [
    ['bootTimeNs', () => native.bootTimeNs()],
    ['renewLiveness', pressed(() => node.renewLiveness(1n))],
    ['setPeer', pressed(() => node.setPeer(2, true, true, 0, 0))],
    ['setRegister', pressed(() => node.setRegister(0, true, 0n, 8n, 0n, 100_000))],
    ['setOrders, two successors', pressed(() => node.setOrders(0, ++orders, 1n, [2, 3]))],
    ['setTiming', pressed(() => node.setTiming(10_000, 100_000, 'last'))],
    ['prefer', () => node.prefer(0)],
    ['announce, 400 bytes', () => node.announce(announcement)],
    ['messageCounters', () => node.messageCounters()],
    ['interfaceInfo lo', () => native.interfaceInfo('lo')],
  ];
}

export function measureCalls(node: NativeNode, seconds: number): CallCost[] {
  return [...reads(node), ...calls(node)].map(([name, work]) => {
    const one = new Benchmark(name, work, { maxTime: seconds, minSamples: 10 });
    one.run({ async: false });
    const failure = one.error as Error | undefined;
    if (failure !== undefined) throw failure;
    return { name, meanNs: one.stats.mean * 1e9, marginPercent: one.stats.rme };
  });
}
