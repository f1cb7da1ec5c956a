// How long is a client without its address when the owner falls silent? Heartwire beside the bare program
// and keepalived, taking turns on the same machine, so that a busy minute is everybody's busy minute.
//
//   npm run bench:failover -- [--runs 20] [--only NAME] [--json FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Contender } from './failover/contender.ts';
import { floorContender } from './failover/floor.ts';
import { heartwireContender } from './failover/heartwire.ts';
import { keepalivedContender } from './failover/keepalived.ts';
import { measure, type Run } from './failover/measure.ts';
import { machineFacts, markdown, rowOf } from './failover/report.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, only: { type: 'string', default: '' }, json: { type: 'string' } },
});
const rounds = Number(values.runs);
const keepalived = keepalivedContender();
const contenders: Contender[] = [
  heartwireContender(1000, 3),
  heartwireContender(10_000, 3),
  floorContender(1000, 3),
  floorContender(10_000, 3),
  ...(keepalived === null ? [] : [keepalived]),
].filter((contender) => contender.name.includes(values.only));
if (keepalived === null) process.stderr.write('keepalived is not installed: its row is left out (apt install keepalived)\n');

const machine = machineFacts();
const runs: Run[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const contender of contenders) {
    const run = await measure(contender);
    runs.push(run);
    const result = run.gapMs === null ? `failed: ${run.failure ?? ''}` : `${run.gapMs.toFixed(2)} ms`;
    process.stderr.write(`${round}/${rounds} ${contender.name}: ${result}\n`);
  }
}
const rows = contenders.map((contender) => rowOf(contender, runs));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, rows, runs }, null, 2)}\n`);
process.stdout.write(markdown(machine, rows));
