// The client's gap by fault and system, on a logarithmic scale: median, and the range to the worst.
import { dataBlock, draw, quoted } from '../support/plot.ts';
import type { Row } from './rows.ts';

const FLOOR_MS = 0.05; // a gap that was no gap is drawn on the axis
const WIDTH_OF_GROUP = 0.7;

export function plotGaps(file: string, rows: readonly Row[]): boolean {
  const shown = rows.filter((row) => row.gapMs !== null);
  const faults = [...new Set(shown.map((row) => row.fault))];
  const systems = [...new Set(shown.map((row) => row.system))];
  if (shown.length === 0) return false;
  const blocks = systems.map((system, index) => {
    const shift = WIDTH_OF_GROUP * ((index + 0.5) / systems.length - 0.5);
    const points = shown.filter((row) => row.system === system);
    return dataBlock(
      `system${index}`,
      points.map((row) => [faults.indexOf(row.fault) + shift, ...[row.gapMs?.median, row.gapMs?.min, row.gapMs?.max].map(onAxis)]),
    );
  });
  const curves = systems.map(
    (system, index) => `$system${index} using 1:2:3:4 with yerrorbars pt 7 ps 0.5 lc ${index + 1} title ${quoted(system)}`,
  );
  return draw({
    file,
    widthPx: 1200,
    heightPx: 620,
    commands: [
      ...blocks,
      'set logscale y',
      `set ylabel "client without an answer, ms (median, min to max)"`,
      `set xtics rotate by -30 (${faults.map((fault, index) => `${quoted(fault)} ${index}`).join(', ')})`,
      `set xrange [-0.6:${faults.length - 0.4}]`,
      `set yrange [${FLOOR_MS}:*]`,
      `plot ${curves.join(', ')}`,
    ],
  });
}

const onAxis = (value: number | undefined): number => Math.max(FLOOR_MS, value ?? FLOOR_MS);
