// What the border between C++ and JavaScript costs: each call into the addon, reading the cluster's state without one,
// and the way of an event from the beat thread to a callback.
//
//   npm run bench:native -- [--seconds 1] [--rounds 20000] [--json FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machineFacts, quantile } from './failover/report.ts';
import { measureCalls } from './native/calls.ts';
import { LatencyMeter } from './native/latency.ts';
import { subject } from './native/subject.ts';

const READ_TARGET_NS = 50;
const EVENT_TARGET_NS = 30_000;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '1' }, rounds: { type: 'string', default: '20000' }, json: { type: 'string' } },
});

const meter = new LatencyMeter();
const node = subject(meter.onEvents);
const latency = await meter.measure(node, Number(values.rounds));
const costs = measureCalls(node, Number(values.seconds));
node.stop();

const shares = { median: 0.5, p90: 0.9, p99: 0.99, max: 1 } as const;
const spread = (sorted: readonly number[]): Record<keyof typeof shares, number> => ({
  median: quantile(sorted, shares.median) ?? NaN,
  p90: quantile(sorted, shares.p90) ?? NaN,
  p99: quantile(sorted, shares.p99) ?? NaN,
  max: quantile(sorted, shares.max) ?? NaN,
});
const figures = { machine: machineFacts(), event: spread(latency.eventNs), roundTrip: spread(latency.roundTripNs), costs };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);

const { machine } = figures;
const microseconds = (ns: number): string => (ns / 1000).toFixed(1);
const verdict = (value: number, target: number): string => (value <= target ? 'met' : 'missed');
const way = (name: string, ns: typeof figures.event): string =>
  `| ${name} | ${microseconds(ns.median)} | ${microseconds(ns.p90)} | ${microseconds(ns.p99)} | ${microseconds(ns.max)} |`;
const state = costs.find((each) => each.name.startsWith('read: holder, epoch'))?.meanNs ?? NaN;
process.stdout.write(
  [
    `${machine.cpu}, ${machine.cores} cores, kernel ${machine.kernel}, Node ${machine.node}, load ${machine.load1.toFixed(1)}`,
    '',
    '| native event, us | median | p90 | p99 | max |',
    '|---|---|---|---|---|',
    way('from the decision to the callback', figures.event),
    way('call, decision, callback', figures.roundTrip),
    '',
    '| call | ns | ± % |',
    '|---|---|---|',
    ...costs.map((each) => `| ${each.name} | ${each.meanNs.toFixed(1)} | ${each.marginPercent.toFixed(1)} |`),
    '',
    `state from the page in ${READ_TARGET_NS} ns: ${verdict(state, READ_TARGET_NS)}; event in ${EVENT_TARGET_NS / 1000} us (median): ${verdict(figures.event.median, EVENT_TARGET_NS)}`,
    '',
  ].join('\n'),
);
