// Plots are drawn by gnuplot: a well-kept program that writes SVG, of which nothing gets into the package. Where it is not
// installed, the tables are written all the same.
import { spawnSync } from 'node:child_process';

const SETTINGS = [
  'set border 3',
  'set grid ytics lc rgb "#dddddd"',
  'set tics nomirror',
  'set key outside top center horizontal maxrows 3',
];

export interface Plot {
  readonly file: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** gnuplot's own commands, the last of which plots. */
  readonly commands: readonly string[];
}

/** False, and a word on standard error, when it could not be drawn. */
export function draw(plot: Plot): boolean {
  const terminal = `set terminal svg size ${plot.widthPx},${plot.heightPx} font "sans,13" background rgb "white"`;
  const input = [terminal, `set output ${quoted(plot.file)}`, ...SETTINGS, ...plot.commands, ''].join('\n');
  const result = spawnSync('gnuplot', ['-'], { input, encoding: 'utf8' });
  if (result.status === 0) return true;
  const why = result.error === undefined ? result.stderr : 'gnuplot is not installed (apt install gnuplot-nox)';
  process.stderr.write(`no plot: ${why}\n`);
  return false;
}

export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Inline data under a name, one row a line. */
export function dataBlock(name: string, rows: readonly (readonly (string | number)[])[]): string {
  return [`$${name} << END`, ...rows.map((row) => row.join(' ')), 'END'].join('\n');
}
