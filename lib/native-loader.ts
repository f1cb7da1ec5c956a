// Finds and loads the compiled addon: a prebuilt binary that came with the package, else the one that was built here.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';
import type { NativeAddon } from './native.ts';

export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url);
  const built = join(packageRoot, 'build', 'Release', 'heartwire.node');
  const prebuilt = join(packageRoot, 'prebuilds', `${process.platform}-${process.arch}`, 'heartwire.node');
  const path = existsSync(prebuilt) ? prebuilt : built;
  return require(path) as NativeAddon;
}
