// The check suite: types, lint and format of everything. It never writes; `npm run fix` does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';
import { crashed, leftOut, spawnAside, sum } from './suite-steps.mjs';

/** Biome's program for this platform; npm run-scripts would find it, plain scripts need its path. */
export const formatter = join(root, 'test/tools/node_modules/@biomejs/cli-linux-x64/biome');
export const lintArguments = ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', 'lib', 'test', 'bench'];

async function step(name, command, args) {
  const result = await spawnAside(command, args);
  return result.status === 0
    ? { passed: 1, failed: 0, skipped: 0, details: [] }
    : crashed(result, `${name} (npm run fix mends what it can)`);
}

export async function check() {
  return sum([
    await step('types', join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json', '--noEmit']),
    await step('lint', process.execPath, lintArguments),
    existsSync(formatter)
      ? await step('format', formatter, ['format'])
      : leftOut(`format, since npm carries no formatter for ${process.arch}`),
  ]);
}
