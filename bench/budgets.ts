// The budgets of the design beside what was measured last: every row met, or how far off, and why. Measures nothing itself: it
// reads what the other benches have written.
//
//   npm run bench:budgets -- [--results DIRECTORY] [--out PATH]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../lib/package-root.ts';
import { budgets } from './budgets/budgets.ts';
import type { Results } from './budgets/results.ts';
import { commandLine } from './support/results.ts';
import { markdownTable } from './support/figures.ts';

const { values } = parseArgs({ options: { results: { type: 'string' }, out: { type: 'string' } } });
const directory = values.results ?? join(packageRoot, 'bench/results');

const read = (name: string): unknown => {
  const file = join(directory, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : {};
};
const results = Object.fromEntries(['failover', 'commit', 'scale', 'native'].map((name) => [name, read(name)])) as unknown as Results;

const rows = budgets.map(({ what, budget, measured, reason }) => {
  const found = measured(results);
  if (found === null) return [what, budget, 'not measured', '-', ''];
  return [what, budget, found.text, found.isMet ? 'met' : 'missed', found.isMet ? '' : reason];
});
const missed = rows.filter((row) => row[3] !== 'met').length;
const text = [
  '# Budgets',
  '',
  `\`${commandLine('bench:budgets')}\` on the results of bench:failover, bench:commit, bench:scale and bench:native in this directory. ${rows.length - missed} of ${rows.length} met.`,
  '',
  markdownTable(['what', 'budget', 'measured', '', 'why not, and what was tried'], rows),
  '',
].join('\n');
if (values.out !== undefined) writeFileSync(`${values.out}.md`, text);
process.stdout.write(text);
