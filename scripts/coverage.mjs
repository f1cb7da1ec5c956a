// `npm run coverage`: how much of lib the unit tests and scenarios reach, measured on what the compiler emits (a
// loader's output gave wrong figures) and shown by the lines of the sources. The full report lies in coverage/.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { root } from './steps.mjs';
import { mochaArguments, testFiles } from './suite-mocha.mjs';

await setup(['code']);
const files = ['unit', 'scenarios'].flatMap((folder) => testFiles(folder));
const c8 = [
  '--all',
  '--src',
  'dist/lib',
  '--include',
  'dist/lib/**',
  '--include',
  'lib/**',
  '--reporter',
  'text',
  '--reporter',
  'html',
  '--reporter',
  'lcovonly',
];
const args = [join(root, 'node_modules/c8/bin/c8.js'), ...c8, process.execPath, ...mochaArguments(60_000, files), '--reporter', 'dot'];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
