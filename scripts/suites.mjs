// The ladder of tests, one rung a suite, in the order in which a failure is cheapest to understand. Each suite
// returns { passed, failed, skipped, details }.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './steps.mjs';

const MINUTE = 60_000;

function spawn(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
}

function tail(text, lines = 60) {
  return (text ?? '').trim().split('\n').slice(-lines).join('\n');
}

function crashed(result, what) {
  const why = result.error?.message ?? `exit ${result.status}${result.signal === null ? '' : `, ${result.signal}`}`;
  return { passed: 0, failed: 1, skipped: 0, details: [`${what}: ${why}\n${tail(result.stdout)}\n${tail(result.stderr)}`] };
}

function testFiles(folder) {
  const base = join(root, 'dist', 'test', folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true }).map(String).filter((name) => name.endsWith('-test.js')).sort().map((name) => join('dist/test', folder, name));
}

/** Mocha over compiled tests of one folder. */
function mocha(folder, { timeoutMs = 30_000, limitMs = 10 * MINUTE, node = process.execPath, nodeArguments = [] } = {}) {
  const files = testFiles(folder);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0, details: [`no tests in test/${folder}`] };
  mkdirSync(join(root, 'build', 'reports'), { recursive: true });
  const report = join(root, 'build', 'reports', `${folder}-${process.pid}.json`);
  rmSync(report, { force: true });
  const result = spawn(node, [
    ...nodeArguments, join(root, 'node_modules/mocha/bin/mocha.js'), '--timeout', String(timeoutMs),
    '--reporter', 'json', '--reporter-option', `output=${report}`, ...files,
  ], { timeout: limitMs, killSignal: 'SIGKILL' });
  if (!existsSync(report)) return crashed(result, `mocha ${folder}`);
  const { stats, failures, pending } = JSON.parse(readFileSync(report, 'utf8'));
  const details = failures.map((each) => `${each.fullTitle}\n${each.err.stack ?? each.err.message}`);
  details.push(...pending.map((each) => `skipped: ${each.fullTitle}`));
  return { passed: stats.passes, failed: stats.failures, skipped: stats.pending, details };
}

/** The core's GoogleTests under a sanitizer (or none). */
function googleTests(sanitizer, filter) {
  const folder = join(root, 'build', `core-${sanitizer === '' ? 'plain' : sanitizer}`);
  const configure = spawn('cmake', ['-S', 'native', '-B', folder, `-DHEARTWIRE_SANITIZE=${sanitizer}`, '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);
  if (configure.status !== 0) return crashed(configure, 'cmake');
  const build = spawn('cmake', ['--build', folder, '--target', 'heartwire_core_test', '-j', String(availableParallelism())]);
  if (build.status !== 0) return crashed(build, 'build of the core');
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const result = spawn(join(folder, 'heartwire_core_test'), [`--gtest_output=json:${report}`, `--gtest_filter=${filter}`], {
    timeout: 10 * MINUTE, killSignal: 'SIGKILL',
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1', TSAN_OPTIONS: 'halt_on_error=0 exitcode=66' },
  });
  if (!existsSync(report)) return crashed(result, 'the core\'s tests');
  const cases = JSON.parse(readFileSync(report, 'utf8')).testsuites.flatMap((suite) => suite.testsuite.map((test) => ({ suite: suite.name, ...test })));
  const failed = cases.filter((test) => (test.failures ?? []).length > 0);
  const skipped = cases.filter((test) => test.result === 'SKIPPED');
  const ran = cases.filter((test) => test.status === 'RUN');
  const details = failed.map((test) => `${test.suite}.${test.name}\n${test.failures.map((each) => each.failure).join('\n')}`);
  details.push(...skipped.map((test) => `skipped: ${test.suite}.${test.name}`));
  const clean = result.status === 0 || failed.length > 0;
  if (!clean) details.push(`sanitizer or exit: ${tail(result.stderr)}`);
  return { passed: ran.length - failed.length - skipped.length, failed: failed.length + (clean ? 0 : 1), skipped: skipped.length, details };
}

/** Every fuzzer for a few seconds over its committed corpus. */
function fuzzers(seconds) {
  const folder = join(root, 'build', 'fuzz');
  const configure = spawn('cmake', ['-S', 'native', '-B', folder, '-DHEARTWIRE_FUZZ=ON', '-DCMAKE_CXX_COMPILER=clang++-19', '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);
  if (configure.status !== 0) return crashed(configure, 'cmake for the fuzzers');
  const build = spawn('cmake', ['--build', folder, '-j', String(availableParallelism())]);
  if (build.status !== 0) return crashed(build, 'build of the fuzzers');
  const outcome = { passed: 0, failed: 0, skipped: 0, details: [] };
  for (const name of readdirSync(join(root, 'native/fuzz')).filter((each) => each.endsWith('_fuzz.cc')).map((each) => each.slice(0, -3))) {
    const scratch = join(folder, 'scratch', name);
    mkdirSync(scratch, { recursive: true });
    const corpus = join(root, 'native/fuzz/corpus', name.replace(/_fuzz$/, ''));
    const result = spawn(join(folder, name), [`-max_total_time=${seconds}`, '-print_final_stats=1', `-artifact_prefix=${scratch}/`, scratch, ...(existsSync(corpus) ? [corpus] : [])], { timeout: (seconds + 60) * 1000 });
    if (result.status === 0) outcome.passed++;
    else {
      outcome.failed++;
      outcome.details.push(`${name}\n${tail(result.stderr)}`);
    }
  }
  return outcome;
}

/** Type check, lint and format of everything; never writes. */
function check() {
  const outcome = { passed: 0, failed: 0, skipped: 0, details: [] };
  const biome = 'test/tools/node_modules/@biomejs/cli-linux-x64/biome';
  const steps = [
    ['types', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json', '--noEmit']],
    ['lint', process.execPath, ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', 'lib', 'test', 'bench']],
    ['format', biome, ['format', 'lib', 'test', 'bench', 'scripts']],
  ];
  for (const [name, command, args] of steps) {
    const result = spawn(command, args);
    if (result.status === 0) outcome.passed++;
    else {
      outcome.failed++;
      outcome.details.push(`${name}\n${tail(result.stdout)}\n${tail(result.stderr)}`);
    }
  }
  return outcome;
}

/** The addon's tests on every Node version that is at hand. */
function addon() {
  const versions = [process.execPath, ...['node-22', 'node-24'].map((name) => join(root, 'test/tools/node_modules', name, 'bin/node'))];
  const outcome = { passed: 0, failed: 0, skipped: 0, details: [] };
  for (const node of versions.filter((path) => existsSync(path))) {
    const one = mocha('addon', { node, nodeArguments: ['--expose-gc'], timeoutMs: 60_000 });
    const version = spawn(node, ['--version']).stdout.trim();
    outcome.passed += one.passed;
    outcome.failed += one.failed;
    outcome.skipped += one.skipped;
    outcome.details.push(...one.details.map((each) => `on ${version}: ${each}`));
  }
  return outcome;
}

export const suites = {
  tidy: () => mocha('tidy'),
  check,
  unit: () => mocha('unit'),
  scenarios: () => mocha('scenarios'),
  properties: () => mocha('properties', { timeoutMs: 2 * MINUTE }),
  model: () => mocha('model', { timeoutMs: 3 * MINUTE }),
  simulation: () => mocha('simulation', { timeoutMs: 10 * MINUTE, limitMs: 20 * MINUTE }),
  native: () => googleTests('address', '*'),
  memory: () => googleTests('', '*Memory*'),
  threads: () => googleTests('thread', '*Thread*:*Ring*'),
  fuzz: () => fuzzers(5),
  addon,
  network: () => mocha('network', { timeoutMs: 3 * MINUTE, limitMs: 30 * MINUTE }),
};
