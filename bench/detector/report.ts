// The report of a detector run: for each condition, what a time-out costs in mistakes and in time.
import { figure, markdownTable } from '../support/figures.ts';
import { type Machine, machineLine } from '../support/machine.ts';
import { dataBlock, draw } from '../support/plot.ts';
import type { Condition, Point } from './measure.ts';

const READING = `Three nodes on two networks, beats every third of the time-out, SCHED_FIFO 50. *Mistakes*: a living node was taken for dead, by any of the
three; the rate is that of all three together. *Lasted*: until it was taken for alive again. *Detection*: from the instant at which a node was stopped to
the verdict of each other. *loaded*: stress-ng keeps all cores busy. *stalled*: one node after the other stands still for 5 to 40 ms, twice a
second; that the others miss it is no mistake, what it thinks of them is. Times in ms.`;

export function markdown(command: string, machine: Machine, points: readonly Point[]): string {
  const rows = points.map((point) => [
    point.condition,
    point.timeoutMs,
    figure(point.watchedS),
    point.mistakes,
    figure(point.mistakesPerHour),
    ...[point.mistakeMs?.median, point.mistakeMs?.max].map(figure),
    ...[point.detectionMs?.median, point.detectionMs?.p99, point.detectionMs?.max].map(figure),
  ]);
  const head = ['condition', 'time-out', 'watched, s', 'mistakes', 'an hour', 'lasted: median', 'max', 'detection: median', 'p99', 'max'];
  return ['# Detector', '', `\`${command}\``, '', READING, '', markdownTable(head, rows), '', machineLine(machine), ''].join('\n');
}

/** Mistakes an hour above, detection time below, both against the time-out. */
export function plotPoints(file: string, points: readonly Point[]): boolean {
  const conditions = [...new Set(points.map((point) => point.condition))];
  const own = (condition: Condition): Point[] => points.filter((point) => point.condition === condition);
  const blocks = conditions.flatMap((condition) => [
    dataBlock(
      `mistakes_${condition}`,
      own(condition).map((point) => [point.timeoutMs, Math.max(0.5, point.mistakesPerHour)]),
    ),
    dataBlock(
      `detection_${condition}`,
      own(condition).flatMap(({ timeoutMs, detectionMs: spread }) =>
        spread === null ? [] : [[timeoutMs, spread.median, spread.min, spread.max]],
      ),
    ),
  ]);
  const curves = (name: string, style: string): string =>
    conditions.map((condition, index) => `$${name}_${condition} ${style} pt 7 ps 0.6 lc ${index + 1} title "${condition}"`).join(', ');
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
