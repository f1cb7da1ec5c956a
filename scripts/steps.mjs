// Shared by the scripts: where we are, running a command with progress, and knowing when something is stale. No
// dependencies, since these run before `npm ci`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A sentence for people on standard error, so that standard output stays clean for results. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

const PROGRESS_EVERY_MS = 10_000;

/** How far a step is, in one line that is overwritten on a terminal and repeated now and then elsewhere. */
function progress(what) {
  const started = Date.now();
  let shownMs = started;
  return {
    show(share) {
      const now = Date.now();
      if (process.stderr.isTTY) process.stderr.write(`\r  ${what} ${share} `);
      else if (now - shownMs >= PROGRESS_EVERY_MS) {
        shownMs = now;
        say(`  ${what} ${share}`);
      }
    },
    end(how) {
      const tookMs = Date.now() - started;
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      if (how !== '' || tookMs > 1000) say(`  ${what}${how} (${(tookMs / 1000).toFixed(1)} s)`);
    },
  };
}

/**
 * Runs a command to its end; what it prints is returned, and not shown. `shareOf` turns a line of it into how far it is.
 * @returns {Promise<{ status: number | null, signal: string | null, error?: Error, stdout: string, stderr: string }>}
 */
export function execute(what, command, args, { shareOf = () => null, ...options } = {}) {
  return new Promise((resolve) => {
    const line = progress(what);
    const said = { stdout: '', stderr: '' };
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        said[stream] += text;
        const shares = text.split('\n').map(shareOf);
        const share = shares.filter((each) => each !== null).at(-1);
        if (share !== undefined) line.show(share);
      });
    }
    const end = (result) => {
      line.end(result.status === 0 ? '' : ' failed');
      resolve({ ...said, ...result });
    };
    child.on('error', (error) => end({ status: null, signal: null, error }));
    child.on('close', (status, signal) => end({ status, signal }));
  });
}

/** Runs a command; its output is shown only when it fails. Throws with the command to repeat. */
export async function run(what, command, args, options = {}) {
  const result = await execute(what, command, args, options);
  if (result.status === 0) return;
  say(result.stdout);
  say(result.stderr);
  throw new Error(`${what} failed: ${command} ${args.join(' ')}${result.error === undefined ? '' : `: ${result.error.message}`}`);
}

function filesUnder(path, accept) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => !['node_modules', 'dist', 'build', 'corpus'].includes(entry.name))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return filesUnder(child, accept);
      return accept.test(entry.name) ? [child] : [];
    })
    .sort();
}

/** A fingerprint of the contents of these files and folders. */
export function fingerprint(paths, accept = /.*/) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths.flatMap((each) => filesUnder(each, accept))) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Does `step` unless it was done with this fingerprint and its products are there. */
export async function unlessFresh(name, print, products, step) {
  const stamp = join(root, 'build', 'stamps', name);
  const present = products.every((product) => existsSync(join(root, product)));
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return false;
  await step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
  return true;
}
