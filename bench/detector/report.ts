// The report of a detector run: for each condition, what a time-out costs in mistakes and in time.
import { figure, markdownTable } from '../support/figures.ts';
import { partLine } from '../support/parts.ts';
import { dataBlock, draw } from '../support/plot.ts';
import type { Point } from './measure.ts';
import type { DetectorPart } from './stretches.ts';

const READING = `Two nodes on two networks, beats every third of the time-out, SCHED_FIFO 50. All rows of a condition are watched at the same time, each by two
nodes of its own: they meet the same stalls of the machine, so they can be compared with each other, and rows of two conditions only as far as the machine was the
same in both. What all of them need of the processor is part of every condition. *Mistakes*: a living node was taken for dead, by either of the
two; the rate is that of both together. *Lasted*: until it was taken for alive again. *Detection*: from the instant at which a node was stopped to
the verdict of the other. *loaded*: stress-ng keeps all cores busy. *stalled*: one node after the other stands still for 5 to 40 ms, twice a
second; that the other misses it is no mistake, what it thinks of the other is. *cpu*: a program of the highest priority keeps one of the CPUs for 5 to 40 ms,
twice a second, and one node's first beat thread is bound to it (the other CPU goes on): that node lives, so to miss it is a mistake. *second*: with a second
beat thread on the CPUs that the first does not use. Times in ms.`;

export function markdown(command: string, parts: readonly DetectorPart[], points: readonly Point[]): string {
  const rows = points.map((point) => [
    point.condition,
    point.secondThread ? 'second' : '-',
    point.timeoutMs,
    figure(point.watchedS),
    point.mistakes,
    figure(point.mistakesPerHour),
    ...[point.mistakeMs?.median, point.mistakeMs?.max].map(figure),
    ...[point.detectionMs?.median, point.detectionMs?.p99, point.detectionMs?.max].map(figure),
  ]);
  const head = [
    'condition',
    'threads',
    'time-out',
    'watched, s',
    'mistakes',
    'an hour',
    'lasted: median',
    'max',
    'detection: median',
    'p99',
    'max',
  ];
  const measured = parts.map((part) => `${part.conditions.join(', ')}: ${partLine(part)}`);
  return ['# Detector', '', `\`${command}\``, '', READING, '', markdownTable(head, rows), '', measured.join('\n\n'), ''].join('\n');
}

/** A name that gnuplot takes for one of its data. */
function seriesOf({ condition, secondThread }: Point): string {
  return secondThread ? `${condition}_second` : condition;
}

/** Mistakes an hour above, detection time below, both against the time-out. */
export function plotPoints(file: string, points: readonly Point[]): boolean {
  const series = [...new Set(points.map(seriesOf))];
  const own = (name: string): Point[] => points.filter((point) => seriesOf(point) === name);
  const blocks = series.flatMap((name) => [
    dataBlock(
      `mistakes_${name}`,
      own(name).map((point) => [point.timeoutMs, Math.max(0.5, point.mistakesPerHour)]),
    ),
    dataBlock(
      `detection_${name}`,
      own(name).flatMap(({ timeoutMs, detectionMs: spread }) =>
        spread === null ? [] : [[timeoutMs, spread.median, spread.min, spread.max]],
      ),
    ),
  ]);
  const curves = (what: string, style: string): string =>
    series.map((name, index) => `$${what}_${name} ${style} pt 7 ps 0.6 lc ${index + 1} title "${name.replace('_', ', ')}"`).join(', ');
  const axes = ['set logscale x', 'set xtics (1, 2, 3, 5, 10, 20)', 'set xrange [0.8:25]', 'set xlabel "time-out, ms"'];
  const first = [
    'set logscale y',
    'set yrange [0.5:*]',
    'set ylabel "mistakes an hour (none: 0.5)"',
    `plot ${curves('mistakes', 'using 1:2 with linespoints')}`,
  ];
  const second = [
    'set yrange [0.5:*]',
    'set ylabel "detection, ms (median, min to max)"',
    `plot ${curves('detection', 'using 1:2:3:4 with yerrorlines')}`,
  ];
  return draw({
    file,
    widthPx: 900,
    heightPx: 800,
    commands: [...blocks, ...axes, 'set multiplot layout 2,1', ...first, ...second, 'unset multiplot'],
  });
}
