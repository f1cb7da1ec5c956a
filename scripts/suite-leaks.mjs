// The addon's tests once more with the addon under AddressSanitizer and UBSan, in an ordinary Node: what native code
// frees twice, uses too late or never frees. What Node and V8 keep until the process ends is not ours: a leak counts
// where the first frame that is neither an allocator's nor a header's is in native/. A planted leak shows that it counts.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asanRoot, buildAsan } from './build-asan.mjs';
import { buildFlavour } from './suite-core.mjs';
import { mochaArguments, testFiles } from './suite-mocha.mjs';
import { crashed, leftOut, MINUTE, oneBuildAtATime, spawn, spawnAside } from './suite-steps.mjs';

const FRAME = /^\s*#\d+ .* in (?<where>.*)$/;
const NOT_DECIDING = /libsanitizer|\/include\/|napi(-inl)?\.h|_interceptor_/;
const OURS = /native\/(addon|core|binding)/;

function library() {
  const path = spawn('g++', ['-print-file-name=libasan.so']).stdout?.trim() ?? '';
  return existsSync(path) ? path : null;
}

function isOurs(block) {
  const frames = block.split('\n').flatMap((line) => FRAME.exec(line)?.groups.where ?? []);
  return OURS.test(frames.find((where) => !NOT_DECIDING.test(where)) ?? '');
}

/** Each finding in the logs of all processes: a leak that we allocated, or anything worse. */
function findings(logs) {
  const texts = readdirSync(logs)
    .sort()
    .map((name) => readFileSync(join(logs, name), 'utf8'));
  const leaks = texts.flatMap((text) => text.split(/\n\n+/)).filter((block) => /^(Direct|Indirect) leak/.test(block) && isOurs(block));
  const worse = texts.filter((text) => /ERROR: AddressSanitizer|runtime error:/.test(text));
  return [...new Set(leaks), ...worse];
}

/** Runs Node with the sanitizer in front; what the process and its children report lies in build/asan/NAME. */
async function watched(name, preload, args) {
  const logs = join(asanRoot, name);
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const log = `log_path=${join(logs, 'log')}`;
  const env = {
    ...process.env,
    LD_PRELOAD: preload,
    // The exit codes of the children are what some tests are about: they stay as they are.
    ASAN_OPTIONS: `detect_leaks=1:exitcode=0:malloc_context_size=16:fast_unwind_on_malloc=0:${log}`,
    LSAN_OPTIONS: 'exitcode=0',
    UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
  };
  const result = await spawnAside(process.execPath, args, { cwd: asanRoot, env, timeout: 10 * MINUTE });
  return { result, found: findings(logs) };
}

export async function leaks() {
  const preload = library();
  if (preload === null) return leftOut('the addon under AddressSanitizer, since libasan is not installed');
  const core = await buildFlavour('address', 'heartwire_core');
  if (core.failure !== undefined) return core.failure;
  const failure = await oneBuildAtATime(() => buildAsan(join(core.folder, 'libheartwire_core.a')));
  if (failure !== null) return { passed: 0, failed: 1, skipped: 0, details: [failure] };

  const planted = await watched('planted', preload, ['-e', "require('./build/Release/heartwire.node').plantLeak()"]);
  if (planted.found.length === 0) return crashed(planted.result, 'the check for leaks: a planted leak is not seen');

  const report = join(asanRoot, 'report.json');
  rmSync(report, { force: true });
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const { result, found } = await watched('logs', preload, ['--expose-gc', ...mochaArguments(2 * MINUTE, testFiles('addon')), ...reporter]);
  if (!existsSync(report)) return crashed(result, 'the addon under AddressSanitizer');
  const { stats, failures, pending } = JSON.parse(readFileSync(report, 'utf8'));
  const details = [
    ...failures.map((each) => `${each.fullTitle}\n${each.err.stack ?? each.err.message}`),
    ...pending.map((each) => `skipped: ${each.fullTitle}`),
    ...found,
  ];
  return { passed: stats.passes + 1, failed: stats.failures + found.length, skipped: stats.pending, details };
}
