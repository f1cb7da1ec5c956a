// What does a time-out cost? Mistakes an hour, how long they last, and how fast a silent node is found, against time-outs of
// 1 to 20 ms; on an idle machine, a loaded one, with single nodes that stand still, and with one CPU that stalls; without and
// with a second beat thread.
//
//   npm run bench:detector -- [--seconds 60] [--detections 30] [--timeouts 1,2,3,5,10,20] [--conditions idle,loaded,stalled,cpu]
//                             [--threads one,two] [--long | --short] [--out PATH]
//
// --long watches ten minutes a point (three hours in all), --short one second at three points. Interrupted, it reports what
// it has.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measurePoint, type Condition, type Effort, type Point } from './detector/measure.ts';
import { markdown, plotPoints } from './detector/report.ts';
import { versionOf } from './failover/systems/installed.ts';
import { figure } from './support/figures.ts';
import { interruptible } from './support/interrupt.ts';
import { machineFacts } from './support/machine.ts';
import { chosen, commandLine, writeResults } from './support/results.ts';

const CONDITIONS: readonly { readonly name: Condition }[] = [{ name: 'idle' }, { name: 'loaded' }, { name: 'stalled' }, { name: 'cpu' }];
const THREADS = [{ name: 'one' }, { name: 'two' }] as const;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    detections: { type: 'string', default: '30' },
    timeouts: { type: 'string' },
    conditions: { type: 'string' },
    threads: { type: 'string' },
    long: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const usual: Effort = { watchMs: Number(values.seconds) * 1000, detections: Number(values.detections) };
const effort: Effort = values.long ? { watchMs: 600_000, detections: 100 } : values.short ? { watchMs: 1000, detections: 2 } : usual;
const timeoutsMs = (values.timeouts ?? (values.short ? '3,10,20' : '1,2,3,5,10,20')).split(',').map(Number);
const stressed = versionOf('stress-ng', '--version') !== null;
if (!stressed) process.stderr.write('loaded: left out, not installed (apt-get install --no-install-recommends stress-ng)\n');
const several = availableParallelism() > 1;
if (!several) process.stderr.write('cpu, and the second beat thread: left out, this machine has one CPU\n');
const conditions = chosen(CONDITIONS, values.conditions).filter(
  ({ name }) => (name !== 'loaded' || stressed) && (name !== 'cpu' || several),
);
const threads = chosen(THREADS, values.threads).filter(({ name }) => name === 'one' || several);
const cases = conditions.flatMap(({ name: condition }) =>
  timeoutsMs.flatMap((timeoutMs) => threads.map(({ name }) => ({ condition, timeoutMs, secondThread: name === 'two' }))),
);

const machine = machineFacts();
const stop = interruptible();
const points: Point[] = [];
for (const each of cases) {
  if (stop.aborted) break;
  const what = `${each.condition}, ${each.timeoutMs} ms, ${each.secondThread ? 'with' : 'without'} a second thread`;
  try {
    const point = await measurePoint(each, effort, stop);
    points.push(point);
    const detection = `${figure(point.detectionMs?.median)} ms (max ${figure(point.detectionMs?.max)})`;
    process.stderr.write(`${what}: ${point.mistakes} mistakes in ${figure(point.watchedS)} s, detection ${detection}\n`);
  } catch (error) {
    process.stderr.write(`${what}: failed: ${(error as Error).message}\n`);
  }
}
const command = commandLine('bench:detector');
const text = markdown(command, machine, points);
if (values.out !== undefined) {
  writeResults(values.out, { command, machine }, { points }, text);
  plotPoints(`${values.out}.svg`, points);
}
process.stdout.write(text);
