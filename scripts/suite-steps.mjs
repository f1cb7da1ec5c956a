// What all suites share: running a program to its end, and an outcome { passed, failed, skipped, details }. A suite
// that crashes, hangs or has no tests has failed.
import { execFile, spawnSync } from 'node:child_process';
import { root } from './steps.mjs';

export const MINUTE = 60_000;
/** How a detail begins that is no failure. */
export const SKIPPED = 'skipped: ';

const DEFAULTS = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, killSignal: 'SIGKILL' };

export function spawn(command, args, options = {}) {
  return spawnSync(command, args, { ...DEFAULTS, ...options });
}

/** The same, while others go on. */
export function spawnAside(command, args, options = {}) {
  return new Promise((resolve) => {
    execFile(command, args, { ...DEFAULTS, ...options }, (error, stdout, stderr) => {
      const failedToStart = typeof error?.code === 'string' ? error : undefined;
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ status, signal: error?.signal ?? null, error: failedToStart, stdout, stderr });
    });
  });
}

let building = Promise.resolve();

/** A build takes all cores: one at a time, in the order in which they are asked for, whatever else goes on. */
export function oneBuildAtATime(build) {
  const built = building.then(build);
  building = built.catch(() => undefined);
  return built;
}

export function tail(text, lines = 60) {
  return (text ?? '').trim().split('\n').slice(-lines).join('\n');
}

/** How a program ended otherwise than it should, with what it said last. */
export function ending(result, what) {
  const why = result.error?.message ?? (result.signal === null ? `exit ${result.status}` : `ended by ${result.signal}`);
  return [`${what}: ${why}`, tail(result.stdout), tail(result.stderr)].filter((part) => part !== '').join('\n');
}

export function crashed(result, what) {
  return { passed: 0, failed: 1, skipped: 0, details: [ending(result, what)] };
}

export function leftOut(why) {
  return { passed: 0, failed: 0, skipped: 1, details: [`${SKIPPED}${why}`] };
}

export function sum(outcomes) {
  const total = { passed: 0, failed: 0, skipped: 0, details: [] };
  for (const outcome of outcomes) {
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped += outcome.skipped;
    total.details.push(...outcome.details);
  }
  return total;
}

const BRIEF_LINES = 3;
const BRIEF_CHARACTERS_MAX = 240;

/** Each failure of a suite in one line: which test, and how its error begins. */
export function failuresInBrief({ failed, details }) {
  if (failed === 0) return [];
  const failures = details.filter((detail) => !detail.replace(/^on \S+: /, '').startsWith(SKIPPED));
  return failures.map((detail) => {
    const lines = detail.split('\n').map((line) => line.trim());
    const brief = lines.filter((line) => line !== '').slice(0, BRIEF_LINES);
    return brief.join(' | ').slice(0, BRIEF_CHARACTERS_MAX);
  });
}
