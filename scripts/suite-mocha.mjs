// Suites in JavaScript: mocha over the compiled tests of one folder, and the addon's on every Node version at hand.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';
import { crashed, ending, leftOut, MINUTE, spawnAside, sum, tail } from './suite-steps.mjs';

/** Of standard error, shown where something failed. */
const LOG_LINES = 150;
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

/** Mocha over test/FOLDER; `limitMs` ends a run that hangs. */
export async function mocha(folder, { timeoutMs = MINUTE / 2, limitMs = 10 * MINUTE, node = process.execPath, nodeArguments = [] } = {}) {
  const files = testFiles(folder);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0, details: [`no tests in test/${folder}`] };
  const reports = join(root, 'build', 'reports');
  mkdirSync(reports, { recursive: true });
  const report = join(reports, `${folder}-${process.pid}.json`);
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const result = await spawnAside(node, [...nodeArguments, ...mochaArguments(timeoutMs, files), ...reporter], { timeout: limitMs });
  if (!existsSync(report)) return crashed(result, `mocha ${folder}`);
  const { stats, failures, pending } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  const details = failures.map((each) => `${each.fullTitle}\n${each.err.stack ?? each.err.message}`);
  details.push(...pending.map((each) => `skipped: ${each.fullTitle}`));
  // What the daemons of a failed story logged.
  if (failures.length > 0) details.push(tail(result.stderr, LOG_LINES));
  // All tests may pass and the process still hang or crash at its end: that is a failure too.
  const badEnd = failures.length === 0 && result.status !== 0;
  if (badEnd) details.push(ending(result, `mocha ${folder}, after its tests`));
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
