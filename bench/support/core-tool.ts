// The programs of native/tools that benches run: plain C++ on the core, without Node, optimised as what ships.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';

/** Builds it where it is not, and returns its path. @throws Error cmake or make failed; what they said is on standard error */
export function coreTool(name: string): string {
  const folder = join(packageRoot, 'build/bench-core');
  mkdirSync(folder, { recursive: true });
  execFileSync('cmake', ['-S', join(packageRoot, 'native'), '-B', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.stderr.write(`building ${name} (a few minutes when nothing is built yet) ...\n`);
  execFileSync('make', ['-C', folder, '-j2', name], { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(folder, name);
}
