// How long is a client without its address, does the old owner answer after the new one, and who keeps an address that is
// not his? All systems taking turns on the same machine, each with all faults in a row, so that a busy minute is everybody's
// busy minute.
//
//   npm run bench:failover -- [--runs 20] [--slow-runs N] [--systems A,B] [--faults A,B] [--short] [--out PATH [--resume] [--join A,B]] [--list]
//
// Systems and faults that take long get --slow-runs instead, by default a tenth.
// --systems and --faults take parts of names ('=silent': exactly that one). --out PATH writes PATH.json, PATH.md and PATH.svg.
// --resume goes on with the runs that PATH.json lacks; --join takes in what A.json and B.json have, measured by themselves. An
// interrupt ends the run at hand and writes what was measured until then; a second one ends it at once. What was measured is
// also written after every round.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allFaults } from './failover/faults.ts';
import { measure, type Run } from './failover/measure.ts';
import { doneBefore, joined } from './failover/parts.ts';
import { plotGaps } from './failover/plot.ts';
import { markdown } from './failover/report.ts';
import { rowsOf } from './failover/rows.ts';
import { Standing } from './failover/standing.ts';
import { allSystems } from './failover/systems.ts';
import { turnsOf } from './failover/turns.ts';
import { figure } from './support/figures.ts';
import { interruptible } from './support/interrupt.ts';
import { machineFacts } from './support/machine.ts';
import { chosen, commandLine, writeResults } from './support/results.ts';
import { measuredVersion } from './support/version.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    'slow-runs': { type: 'string' },
    'in-a-row': { type: 'string', default: '1' },
    systems: { type: 'string' },
    faults: { type: 'string' },
    short: { type: 'boolean', default: false },
    out: { type: 'string' },
    resume: { type: 'boolean', default: false },
    join: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const short = { systems: 'heartwire 1 ms,bare,keepalived 10 ms', faults: '=silent,=daemon killed,=daemon stopped' };
const systems = chosen(allSystems(), values.systems ?? (values.short ? short.systems : undefined));
const faults = chosen(allFaults, values.faults ?? (values.short ? short.faults : undefined));
const rounds = Number(values.runs ?? (values.short ? 1 : 20));
const slowRounds = Number(values['slow-runs'] ?? Math.ceil(rounds / 10));

if (values.list) {
  process.stdout.write([...systems, ...faults].map(({ name, detail }) => `${name}: ${detail}\n`).join(''));
  process.exit(0);
}
for (const { name, missing } of systems)
  if (missing !== null) process.stderr.write(`${name}: left out, not installed (apt-get install --no-install-recommends ${missing})\n`);

const machine = machineFacts();
const version = measuredVersion();
const stop = interruptible();
const before = joined(
  [
    ...(values.resume && values.out !== undefined && existsSync(`${values.out}.json`) ? [values.out] : []),
    ...(values.join?.split(',') ?? []),
  ],
  machine,
);
const runs: Run[] = [...before.runs];
const turns = turnsOf(
  systems.filter((system) => system.missing === null),
  faults,
  { all: rounds, slow: slowRounds, inARow: Number(values['in-a-row']) },
  (fault, system) => doneBefore(before.runs, fault.name, system.name),
);
let standing: Standing | null = null;
for (const [index, { round, fault, system }] of turns.entries()) {
  if (stop.aborted) break;
  if (runs.some((run) => run.unfit !== null && run.system === system.name && run.fault === fault.name)) continue;
  if (standing?.system !== system) {
    await standing?.close();
    standing = new Standing(system);
    if (index > 0) report();
  }
  const run = await measure(standing, fault);
  runs.push(run);
  process.stderr.write(`${index + 1}/${turns.length} round ${round}: ${system.name}, ${fault.name}: ${inWords(run)}\n`);
}

function inWords(run: Run): string {
  if (run.unfit !== null) return `left out: ${run.unfit}`;
  if (run.failure !== null) return `failed: ${run.failure}`;
  const faultsFound = [
    run.oldAnswers > 0 ? `${run.oldAnswers} answers of the old owner, for ${figure(run.oldAnswersMs)} ms` : '',
    run.orphans > 0 ? `${run.orphans} orphans` : '',
    run.falseTakeovers > 0 ? `${run.falseTakeovers} moves without a fault` : '',
  ].filter((part) => part !== '');
  return [`gap ${figure(run.gapMs)} ms, taken ${figure(run.takenMs)} ms`, ...faultsFound].join('; ');
}

await standing?.close();
process.stdout.write(report());

function report(): string {
  // Those of the parts before, too.
  const [systems, faults] = [allSystems().filter(isShown('system')), allFaults.filter(isShown('fault'))];
  const rows = rowsOf(faults, systems, runs);
  const measured = runs.length - before.runs.length;
  const parts = [
    ...before.parts,
    ...(measured === 0 ? [] : [{ machine, version, command: commandLine('bench:failover'), runs: measured }]),
  ];
  const text = markdown({ command: commandLine('bench:failover'), parts, systems, faults, rows });
  if (values.out === undefined) return text;
  writeResults(values.out, { command: commandLine('bench:failover'), parts, rows }, { runs }, text);
  plotGaps(`${values.out}.svg`, rows);
  return text;
}

function isShown(what: 'system' | 'fault'): (one: { readonly name: string }) => boolean {
  const now = what === 'system' ? systems : faults;
  return ({ name }) => now.some((each) => each.name === name) || runs.some((run) => run[what] === name);
}
