// The kernel guard's instructions are checked in, so that users need no compiler for BPF; they are what the source makes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/generate-guard.mjs', import.meta.url));
const NO_COMPILER = 3;

describe('generated files', () => {
  it('are what their sources make', function () {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], { encoding: 'utf8' });
    if (status === NO_COMPILER) return this.skip();
    assert.equal(status, 0, stderr);
  });
});
