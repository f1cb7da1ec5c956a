// What `npm run package:addon` packs is what the loader finds where nothing was built: the addon, and the guardian beside it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from '../../lib/native-loader.ts';
import { packageRoot } from '../../lib/package-root.ts';

describe('a prebuilt addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwire-prebuilt-'));
  after(() => rmSync(folder, { recursive: true }));

  it('is found where nothing was built, with its guardian', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const [program = '', ...args] = (scripts['package:addon'] ?? '').split(' ');
    symlinkSync(join(packageRoot, 'build'), join(folder, 'build'));
    execFileSync(join(packageRoot, 'node_modules/.bin', program), args, { cwd: folder });
    unlinkSync(join(folder, 'build'));
    const addon = loadAddon(folder);
    assert.equal(typeof addon.NativeNode, 'function');
    accessSync(join(folder, 'prebuilds', `heartwire-${process.platform}-${process.arch}`, 'heartwire-guardian'), constants.X_OK);
  });

  it('that is not there is named with the places that were looked at', () => {
    assert.throws(() => loadAddon(join(folder, 'nowhere')), /build\/Release\/heartwire.node/);
  });
});
