// The addon's tests once more with the addon under AddressSanitizer, in an ordinary Node: what native code frees twice,
// uses too late or never frees. What Node itself keeps until the process ends is not ours: of the leaks only those
// count that our code allocated.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asanRoot, buildAsan } from './build-asan.mjs';
import { mochaArguments, testFiles } from './suite-mocha.mjs';
import { crashed, leftOut, MINUTE, spawn } from './suite-steps.mjs';

const OURS = /heartwire\.node/;

function library() {
  const path = spawn('g++', ['-print-file-name=libasan.so']).stdout?.trim() ?? '';
  return existsSync(path) ? path : null;
}

/** Each finding in the logs of all processes: a leak that we allocated, or anything worse that touches our code. */
function findings(logs) {
  const texts = readdirSync(logs)
    .sort()
    .map((name) => readFileSync(join(logs, name), 'utf8'));
  const leaks = texts.flatMap((text) => text.split(/\n\n+/)).filter((block) => /^(Direct|Indirect) leak/.test(block) && OURS.test(block));
  const worse = texts.filter(
    (text) => /ERROR: AddressSanitizer|runtime error:/.test(text) && (OURS.test(text) || /native\/(core|binding)/.test(text)),
  );
  return [...new Set(leaks), ...worse];
}

export function leaks() {
  const preload = library();
  if (preload === null) return leftOut('the addon under AddressSanitizer, since libasan is not installed');
  const failure = buildAsan();
  if (failure !== null) return { passed: 0, failed: 1, skipped: 0, details: [failure] };
  const logs = join(asanRoot, 'logs');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const log = `log_path=${join(logs, 'log')}`;
  const env = {
    ...process.env,
    LD_PRELOAD: preload,
    // The exit codes of the children are what some tests are about: they stay as they are.
    ASAN_OPTIONS: `detect_leaks=1:exitcode=0:${log}`,
    LSAN_OPTIONS: 'exitcode=0',
    UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
  };
  const report = join(asanRoot, 'report.json');
  rmSync(report, { force: true });
  const args = [
    '--expose-gc',
    ...mochaArguments(2 * MINUTE, testFiles('addon')),
    '--reporter',
    'json',
    '--reporter-option',
    `output=${report}`,
  ];
  const result = spawn(process.execPath, args, { cwd: asanRoot, env, timeout: 5 * MINUTE });
  if (!existsSync(report)) return crashed(result, 'the addon under AddressSanitizer');
  const { stats, failures, pending } = JSON.parse(readFileSync(report, 'utf8'));
  const found = findings(logs);
  const details = [
    ...failures.map((each) => `${each.fullTitle}\n${each.err.stack ?? each.err.message}`),
    ...pending.map((each) => `skipped: ${each.fullTitle}`),
    ...found,
  ];
  return { passed: stats.passes, failed: stats.failures + found.length, skipped: stats.pending, details };
}
