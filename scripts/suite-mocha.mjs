// Suites in JavaScript: mocha over the compiled tests of one folder, and the addon's on every Node version at hand.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';
import { crashed, ending, leftOut, MINUTE, SKIPPED, spawnAside, sum, tail } from './suite-steps.mjs';

/** Of standard error, shown where something failed: stories explain themselves, other tests may have said something there. */
const LOG_LINES = 20;
const OTHER_NODES = ['node-22', 'node-24'];

export function testFiles(folder) {
  const base = join(root, 'dist', 'test', folder);
  if (!existsSync(base)) return [];
  const names = readdirSync(base, { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith('-test.js'))
    .sort()
    .map((name) => join('dist/test', folder, name));
}

export function mochaArguments(timeoutMs, files) {
  return [join(root, 'node_modules/mocha/bin/mocha.js'), '--timeout', String(timeoutMs), ...files];
}

/**
 * Mocha over test/FOLDER. What waits more than it works may run in several `lanes`: each takes the next file when it has ended its
 * last one, the longest first, so that none ends long before the others. `limitMs` ends a run that hangs: of one file there, else of all.
 */
export async function mocha(folder, { lanes = 1, ...options } = {}) {
  const files = testFiles(folder);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0, details: [`no tests in test/${folder}`] };
  if (lanes === 1) return runFiles(folder, files, options);
  const sizeOf = (file) => statSync(join(root, file)).size;
  const waiting = files.toSorted((left, right) => sizeOf(right) - sizeOf(left));
  const outcomes = [];
  const lane = async (_, number) => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      outcomes.push(await runFiles(`${folder}-${number}`, [file], options));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return sum(outcomes);
}

async function runFiles(name, files, { timeoutMs = MINUTE / 2, limitMs = 10 * MINUTE, node = process.execPath, nodeArguments = [] }) {
  const reports = join(root, 'build', 'reports');
  mkdirSync(reports, { recursive: true });
  const report = join(reports, `${name}-${process.pid}.json`);
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const result = await spawnAside(node, [...nodeArguments, ...mochaArguments(timeoutMs, files), ...reporter], { timeout: limitMs });
  if (!existsSync(report)) return crashed(result, `mocha ${name}`);
  const { stats, failures, pending } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  const details = failures.map((each) => `${each.fullTitle}\n${each.err.stack ?? each.err.message}`);
  if (failures.length > 0) details.push(`${details.pop()}\n${tail(result.stderr, LOG_LINES)}`.trimEnd());
  details.push(...pending.map((each) => `${SKIPPED}${each.fullTitle}`));
  // All tests may pass and the process still hang or crash at its end: that is a failure too.
  const badEnd = failures.length === 0 && result.status !== 0;
  if (badEnd) details.push(ending(result, `mocha ${name}, after its tests`));
  return { passed: stats.passes, failed: stats.failures + (badEnd ? 1 : 0), skipped: stats.pending, details };
}

/** The same compiled addon on this Node and on the others. */
export async function everyNode(folder, options) {
  const outcomes = [await mocha(folder, options)];
  for (const name of OTHER_NODES) outcomes.push(await onNode(name, folder, options));
  return sum(outcomes);
}

async function onNode(name, folder, options) {
  const path = join(root, 'test/tools/node_modules', name, 'bin/node');
  if (!existsSync(path)) return leftOut(`test/${folder} on ${name}, which npm does not carry for ${process.arch}`);
  const outcome = await mocha(folder, { ...options, node: path });
  return { ...outcome, details: outcome.details.map((each) => `on ${name}: ${each}`) };
}
