// `npm test`: sets up what is missing, then runs the suites (all, or those named), a line each, what failed in full, at the
// end each failure once more in one line, since the middle of a long output is what gets lost, and as the last line how many
// passed and failed.
import { setup } from './setup.mjs';
import { say } from './steps.mjs';
import { failuresInBrief, sum } from './suite-steps.mjs';
import { suites } from './suites.mjs';

function verdict({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function broken(error) {
  return { passed: 0, failed: 1, skipped: 0, details: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    return broken(error);
  }
}

async function runSuite(name) {
  const started = Date.now();
  if (process.stderr.isTTY) process.stderr.write(`     ${name} ...\r`);
  const outcome = await attempt(suites[name].run);
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  console.log(`${outcome.failed > 0 ? 'FAIL' : ' ok '} ${name.padEnd(11)} ${seconds} s  ${verdict(outcome)}`);
  for (const detail of outcome.details) console.log(`     ${detail.replaceAll('\n', '\n     ')}`);
  failures.push(...failuresInBrief(outcome).map((each) => `FAIL ${name}: ${each}`));
  return outcome;
}

async function inTurn(names) {
  const outcomes = [];
  for (const name of names) outcomes.push(await runSuite(name));
  return outcomes;
}

const failures = [];
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in suites));
if (unknown.length > 0) {
  say(`test: no suite named ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}
const chosen = named.length > 0 ? named : Object.keys(suites);
const prepared = await attempt(async () => {
  await setup([...new Set(chosen.map((name) => suites[name].needs))]);
  return sum([]);
});
for (const detail of prepared.details) console.log(`FAIL setup\n     ${detail.replaceAll('\n', '\n     ')}`);
const outcomes = [prepared];
if (prepared.failed === 0) {
  const laneOf = (name) => suites[name].lane;
  const lanes = new Set(chosen.map(laneOf).filter((lane) => lane !== undefined));
  const beside = [...lanes].map((lane) => inTurn(chosen.filter((name) => laneOf(name) === lane)));
  outcomes.push(...(await Promise.all(beside)).flat());
  outcomes.push(...(await inTurn(chosen.filter((name) => laneOf(name) === undefined))));
}
const total = sum(outcomes);
for (const failure of failures) console.log(failure);
console.log(verdict(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
