// The bare programs are built where they are used: they are part of no package.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';

/** Path of the program of bench/floor/NAME.c, built when stale. */
export function compiled(name: string): string {
  const source = join(packageRoot, `bench/floor/${name}.c`);
  const program = join(packageRoot, `build/bench/${name}`);
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(dirname(program), { recursive: true });
  execFileSync(process.env['CC'] ?? 'cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { stdio: 'inherit' });
  return program;
}
