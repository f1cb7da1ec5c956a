// What one call costs. Calls that answer at once are timed by `benchmark`; commands go through a bounded ring to another
// thread, so they are timed in bursts that it holds, and the next burst waits until the last is carried out.
import Benchmark from 'benchmark';
import { native, type NativeNode } from '../../lib/native.ts';
import { header, seatFields, seatWord } from '../../lib/runtime/statistics-layout.ts';
import { Statistics } from '../../lib/runtime/statistics.ts';
import { quantile } from '../support/figures.ts';
import type { Fence } from './fence.ts';

export interface CallCost {
  readonly name: string;
  readonly how: 'benchmark' | 'bursts';
  /** Median of samples (a mean on a busy machine measures the others), or of bursts. */
  readonly ns: number;
  /** Relative margin of error (benchmark), or from the 10th to the 90th percentile of bursts, percent. */
  readonly spreadPercent: number;
  readonly runs: number;
}

const BURST = 50;
const BURSTS = 200;
const UNKNOWN_NODE = 4000;

/** What is read is kept, so that no reading is optimized away. */
let kept: unknown = null;

function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

function answeringCalls(node: NativeNode): Readonly<Record<string, () => unknown>> {
  const statistics = new Statistics(node.page);
  const payload = new Uint8Array(100);
  return {
    'page: one word (ticks)': () => statistics.word(header.ticks),
    'page: holder of a seat': () => statistics.holder(0),
    'page: seat as of one moment': () => statistics.seat(0),
    'page: own epoch and state': () => statistics.word(seatWord(0, seatFields.epoch)) + statistics.seatState(0),
    'page: all of a link': () => statistics.link(0),
    bootTimeNs: () => native.bootTimeNs(),
    messageCounters: () => node.messageCounters(),
    'send to an unknown node (throws)': () => attempt(() => node.send(UNKNOWN_NODE, payload)),
    'setPeer with a bad argument (throws)': () => attempt(() => node.setPeer(0, true, true, 0, 0)),
    'interfaceInfo of lo': () => native.interfaceInfo('lo'),
    'interfaceInfo of what is not there': () => native.interfaceInfo('nosuch0'),
  };
}

function timeByBenchmark(name: string, call: () => unknown, seconds: number): CallCost {
  const bench = new Benchmark(
    name,
    () => {
      kept = call();
    },
    { maxTime: seconds, minTime: seconds / 20, minSamples: 20 },
  );
  bench.run();
  const { stats } = bench;
  return {
    name,
    how: 'benchmark',
    ns:
      (quantile(
        [...stats.sample].sort((left, right) => left - right),
        0.5,
      ) ?? Number.NaN) * 1e9,
    spreadPercent: stats.rme,
    runs: stats.sample.length,
  };
}

function commands(node: NativeNode): Readonly<Record<string, (index: number) => void>> {
  const payload = new Uint8Array(200);
  return {
    setPeer: (index) => node.setPeer(2 + (index % 4), true, true, 0, 0),
    setOrders: (index) => node.setOrders(1, BigInt(index + 1), 1n, [1, 2, 3]),
    renewLiveness: () => node.renewLiveness(1n << 62n),
    release: () => node.release(1, 0),
    'announce 200 bytes': () => node.announce(payload),
  };
}

async function timeInBursts(name: string, call: (index: number) => void, fence: Fence): Promise<CallCost> {
  const costs: number[] = [];
  for (let burst = 0; burst < BURSTS; burst++) {
    const before = process.hrtime.bigint();
    for (let index = 0; index < BURST; index++) call(index);
    costs.push(Number(process.hrtime.bigint() - before) / BURST);
    await fence.passed();
  }
  costs.sort((left, right) => left - right);
  const [low, median, high] = [0.1, 0.5, 0.9].map((part) => quantile(costs, part) ?? 0) as [number, number, number];
  return { name, how: 'bursts', ns: median, spreadPercent: (100 * (high - low)) / 2 / median, runs: BURSTS };
}

/** @param seconds for each of the calls that answer at once */
export async function callCosts(node: NativeNode, fence: Fence, seconds: number): Promise<CallCost[]> {
  const costs = Object.entries(answeringCalls(node)).map(([name, call]) => timeByBenchmark(name, call, seconds));
  for (const [name, call] of Object.entries(commands(node))) costs.push(await timeInBursts(name, call, fence));
  return kept === undefined ? [] : costs;
}
