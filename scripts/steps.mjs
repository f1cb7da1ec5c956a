// Shared by the scripts: where we are, running a command with progress, and knowing when something is stale. No
// dependencies, since these run before `npm ci`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A sentence for people on standard error, so that standard output stays clean for results. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a command; its output is shown only when it fails. Throws with what to do. */
export function run(what, command, args, options = {}) {
  const started = Date.now();
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (result.status === 0) {
    if (Date.now() - started > 1000) say(`  ${what} (${seconds} s)`);
    return result.stdout ?? '';
  }
  say(result.stdout ?? '');
  say(result.stderr ?? '');
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
export function unlessFresh(name, print, products, step) {
  const stamp = join(root, 'build', 'stamps', name);
  const present = products.every((product) => existsSync(join(root, product)));
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return false;
  step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
  return true;
}
