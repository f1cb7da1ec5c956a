// Suites of the core as plain C++: GoogleTests under a sanitizer, and short runs of the fuzzers.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { installed } from './packages.mjs';
import { execute, root } from './steps.mjs';
import { crashed, ending, leftOut, MINUTE, oneBuildAtATime, spawn, spawnAside, sum } from './suite-steps.mjs';

/** Configures and builds one flavour of the core; returns its folder, or the outcome of a build that failed. */
function buildCore(name, definitions, target) {
  return oneBuildAtATime(() => configureAndBuild(name, definitions, target));
}

async function configureAndBuild(name, definitions, target) {
  const folder = join(root, 'build', `core-${name}`);
  const configure = await spawnAside('cmake', ['-S', 'native', '-B', folder, '-DCMAKE_BUILD_TYPE=RelWithDebInfo', ...definitions]);
  if (configure.status !== 0) return { failure: crashed(configure, `cmake (${name})`) };
  const args = ['--build', folder, '-j', String(availableParallelism()), ...(target === '' ? [] : ['--target', target])];
  const shareOf = (line) => /^\[ *(\d+%|\d+\/\d+)\]/.exec(line)?.[1] ?? null;
  const build = await execute(`core, ${name}`, 'cmake', args, { shareOf });
  return build.status === 0 ? { folder } : { failure: crashed(build, `build of the core (${name})`) };
}

/** ThreadSanitizer of g++ 12 cannot map its shadow where addresses are spread wider than this. */
function withoutRandomAddresses(program) {
  const file = '/proc/sys/vm/mmap_rnd_bits';
  const bits = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return bits > 28 ? ['setarch', '-R', program] : [program];
}

const FLAVOURS = { plain: '', address: 'address', thread: 'thread' };

/** The core for its tests, plain or under a sanitizer, or one target of it. */
export function buildFlavour(name, target) {
  return buildCore(name, [`-DHEARTWIRE_SANITIZE=${FLAVOURS[name]}`], target);
}

/**
 * All GoogleTests, plain and under each sanitizer. Some cannot run under a sanitizer: left out is what ran in no flavour. They
 * wait more than they work: while those of one flavour run the next is built.
 */
export async function googleTests() {
  let before = null;
  const started = Object.keys(FLAVOURS).map((name) => {
    const built = buildFlavour(name, 'heartwire_core_test');
    before = Promise.all([built, before]).then(([build]) => flavour(name, build));
    return before;
  });
  const runs = await Promise.all(started);
  const ran = new Set(runs.flatMap((run) => run.ran));
  const leftOutOf = [...new Set(runs.flatMap((run) => run.leftOut))].filter((title) => !ran.has(title));
  return sum([...runs.map((run) => run.outcome), ...leftOutOf.map(leftOut)]);
}

async function flavour(name, { folder, failure }) {
  if (failure !== undefined) return { outcome: failure, ran: [], leftOut: [] };
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const program = join(folder, 'heartwire_core_test');
  const [command, ...before] = name === 'thread' ? withoutRandomAddresses(program) : [program];
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1', TSAN_OPTIONS: 'exitcode=66', UBSAN_OPTIONS: 'print_stacktrace=1' };
  const result = await spawnAside(command, [...before, `--gtest_output=json:${report}`], { timeout: 10 * MINUTE, env });
  if (!existsSync(report)) return { outcome: crashed(result, `the core's tests (${name})`), ran: [], leftOut: [] };
  return judge(name, JSON.parse(readFileSync(report, 'utf8')), result);
}

function judge(name, report, result) {
  const all = report.testsuites.flatMap((suite) => suite.testsuite.map((test) => ({ title: `${suite.name}.${test.name}`, ...test })));
  const done = all.filter((test) => test.status === 'RUN' && test.result !== 'SKIPPED');
  const failed = done.filter((test) => (test.failures ?? []).length > 0);
  const details = failed.map((test) => `${test.title} (${name})\n${test.failures.map((each) => each.failure).join('\n')}`);
  const badEnd = failed.length === 0 && result.status !== 0;
  if (badEnd) details.push(ending(result, `the core's tests (${name}), by a sanitizer or at the end`));
  if (done.length === 0) details.push(`no tests of the core ran (${name})`);
  const more = badEnd || done.length === 0 ? 1 : 0;
  const outcome = { passed: done.length - failed.length, failed: failed.length + more, skipped: 0, details };
  return {
    outcome,
    ran: done.map((test) => test.title),
    leftOut: all.filter((test) => test.result === 'SKIPPED').map((test) => test.title),
  };
}

export function fuzzerNames() {
  return readdirSync(join(root, 'native/fuzz'))
    .filter((name) => name.endsWith('_fuzz.cc'))
    .map((name) => name.slice(0, -'_fuzz.cc'.length))
    .sort();
}

/** Each named fuzzer for some seconds, beginning with its committed corpus; what it finds lies in build/core-fuzz/found. */
export async function fuzzers(names, seconds, stdio = 'pipe') {
  if (!installed('fuzz')) return leftOut('fuzzers, since clang-19 with its runtime is not installed');
  if (names.length === 0) return { passed: 0, failed: 1, skipped: 0, details: ['no fuzzers in native/fuzz'] };
  const target = names.length === 1 ? `${names[0]}_fuzz` : '';
  const { folder, failure } = await buildCore('fuzz', ['-DHEARTWIRE_FUZZ=ON', '-DCMAKE_CXX_COMPILER=clang++-19'], target);
  if (failure !== undefined) return failure;
  const outcomes = [];
  for (const name of names) outcomes.push(await fuzz(folder, name, seconds, stdio));
  return sum(outcomes);
}

async function fuzz(folder, name, seconds, stdio) {
  const [found, scratch] = ['found', 'scratch'].map((each) => join(folder, each, name));
  for (const each of [found, scratch]) mkdirSync(each, { recursive: true });
  const corpus = join(root, 'native/fuzz/corpus', name);
  const dictionary = join(root, 'native/fuzz', `${name}.dict`);
  const args = [`-max_total_time=${seconds}`, '-timeout=10', '-rss_limit_mb=2048', `-artifact_prefix=${found}/`];
  if (existsSync(dictionary)) args.push(`-dict=${dictionary}`);
  args.push(scratch, ...(existsSync(corpus) ? [corpus] : []));
  const start = stdio === 'pipe' ? spawnAside : spawn;
  const result = await start(join(folder, `${name}_fuzz`), args, { timeout: seconds * 1000 + 2 * MINUTE, stdio });
  if (result.status === 0) return { passed: 1, failed: 0, skipped: 0, details: [] };
  return crashed(result, `fuzzer ${name} (again: npm run fuzz -- ${name} ${seconds}; inputs in ${found})`);
}
