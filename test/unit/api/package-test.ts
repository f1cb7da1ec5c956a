// The package as others load it: import and require, on Node versions that can require ES modules and on
// those that cannot.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as heartwire from '../../../lib/index.ts';
import { packageRoot } from '../../../lib/package-root.ts';

const REQUIRED = fileURLToPath(new URL('../../../lib/index.cjs', import.meta.url));
const PROGRAM = `
  const heartwire = require(${JSON.stringify(REQUIRED)});
  Promise.allSettled([heartwire.connect('/nowhere'), heartwire.Cluster.join('/nowhere')]).then((both) => console.log(both.map((one) => one.reason.code).join(' ')));
`;

describe('the package', () => {
  it('gives the same by import and by require', () => {
    const required = createRequire(import.meta.url)(REQUIRED) as typeof heartwire;
    assert.deepEqual(Object.keys(required).sort(), ['Cluster', 'HeartwireError', 'connect', 'loadConfig', 'parseConfig', 'planOf']);
    assert.equal(required.Cluster, heartwire.Cluster);
  });

  it('works by require where ES modules cannot be required', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-experimental-require-module', '-e', PROGRAM]);
    assert.equal(stdout, 'HW_NO_DAEMON HW_CONFIG_UNREADABLE\n');
  });

  it('names what it has: one entry for import, one for require, one command', () => {
    const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
      bin: unknown;
    };
    assert.deepEqual(manifest.exports['.'], {
      types: './dist/lib/index.d.ts',
      require: './dist/lib/index.cjs',
      default: './dist/lib/index.js',
    });
    assert.deepEqual(manifest.bin, { heartwire: 'dist/lib/cli/main.js' });
  });
});
