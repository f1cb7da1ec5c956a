// What does a time-out cost? Mistakes an hour, how long they last, and how fast a silent node is found, against time-outs of
// 1 to 20 ms; on an idle machine, a loaded one, with single nodes that stand still, and with one CPU that stalls; without and
// with a second beat thread. All time-outs of a condition are watched at the same time, so that all meet the same stalls.
//
//   npm run bench:detector -- [--seconds 60] [--detections 30] [--timeouts 1,3,10,20] [--conditions idle,loaded,stalled,cpu]
//                             [--threads one,two] [--long | --short] [--out PATH [--resume]]
//
// --long watches ten minutes a condition (45 minutes in all), --short one second of three time-outs. --out PATH writes PATH.json,
// PATH.md and PATH.svg after each condition. --resume goes on with those that PATH.json lacks. An interrupt cuts the watch at hand
// short and writes what there is; --resume watches that condition anew. A second one ends it.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureStretch, type Condition, type Effort, type Point, type Stretch } from './detector/measure.ts';
import { markdown, plotPoints } from './detector/report.ts';
import { type DetectorPart, missingStretches, partsToKeep, pointsToKeep } from './detector/stretches.ts';
import { versionOf } from './failover/systems/installed.ts';
import { figure } from './support/figures.ts';
import { interruptible } from './support/interrupt.ts';
import { machineFacts } from './support/machine.ts';
import { partsBefore } from './support/parts.ts';
import { measuredVersion } from './support/version.ts';
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
    resume: { type: 'boolean', default: false },
  },
});
const usual: Effort = { watchMs: Number(values.seconds) * 1000, detections: Number(values.detections) };
const effort: Effort = values.long ? { watchMs: 600_000, detections: 100 } : values.short ? { watchMs: 1000, detections: 2 } : usual;
const timeoutsMs = (values.timeouts ?? (values.short ? '3,10,20' : '1,3,10,20')).split(',').map(Number);
const stressed = versionOf('stress-ng', '--version') !== null;
if (!stressed) process.stderr.write('loaded: left out, not installed (apt-get install --no-install-recommends stress-ng)\n');
const several = availableParallelism() > 1;
if (!several) process.stderr.write('cpu, and the second beat thread: left out, this machine has one CPU\n');
const conditions = chosen(CONDITIONS, values.conditions).filter(
  ({ name }) => (name !== 'loaded' || stressed) && (name !== 'cpu' || several),
);
const threads = chosen(THREADS, values.threads).filter(({ name }) => name === 'one' || several);
const cases = timeoutsMs.flatMap((timeoutMs) => threads.map(({ name }) => ({ timeoutMs, secondThread: name === 'two' })));
const wanted: readonly Stretch[] = conditions.map(({ name }) => ({ condition: name, cases }));

const machine = machineFacts();
const stop = interruptible();
const command = commandLine('bench:detector');
const before =
  values.resume && values.out !== undefined ? partsBefore<Point, DetectorPart>(values.out, machine, 'points') : { parts: [], figures: [] };
const kept = pointsToKeep(wanted, before.figures, effort.watchMs);
const points: Point[] = [...kept];
for (const stretch of missingStretches(wanted, kept)) {
  if (stop.aborted) break;
  try {
    const measured = await measureStretch(stretch, effort, stop);
    points.push(...measured);
    for (const point of measured) process.stderr.write(`${inWords(point)}\n`);
  } catch (error) {
    process.stderr.write(`${stretch.condition}: failed: ${(error as Error).message}\n`);
  }
  report();
}
process.stdout.write(report());

function inWords({ condition, timeoutMs, secondThread, mistakes, watchedS, detectionMs }: Point): string {
  const what = `${condition}, ${timeoutMs} ms, ${secondThread ? 'with' : 'without'} a second thread`;
  return `${what}: ${mistakes} mistakes in ${figure(watchedS)} s, detection ${figure(detectionMs?.median)} ms (max ${figure(detectionMs?.max)})`;
}

function report(): string {
  const measured = points.slice(kept.length);
  const now = {
    machine,
    version: measuredVersion(),
    command,
    runs: measured.length,
    conditions: [...new Set(measured.map(({ condition }) => condition))],
  };
  const parts = [...partsToKeep(before.parts, kept), ...(measured.length === 0 ? [] : [now])];
  const text = markdown(command, parts, points);
  if (values.out === undefined) return text;
  writeResults(values.out, { command, parts }, { points }, text);
  plotPoints(`${values.out}.svg`, points);
  return text;
}
