// Finds and loads the compiled addon: the one that was built here, else a prebuilt binary that came with the package. The
// guardian's program lies beside either (`npm run package:addon`).
import { createRequire } from 'node:module';
import { packageRoot } from './package-root.ts';
import type { NativeAddon } from './native.ts';

type LoadBinding = (basePath: string, options: { readonly name: string; readonly napi_versions: readonly number[] }) => unknown;

/** As `--name` and `--napi_version` of package:addon. */
const BINDING = { name: 'heartwire', napi_versions: [9] } as const;

/** @throws Error that names the paths that were tried, where there is neither */
export function loadAddon(base: string = packageRoot): NativeAddon {
  const loadBinding = createRequire(import.meta.url)('pkg-prebuilds') as LoadBinding;
  return loadBinding(base, BINDING) as NativeAddon;
}
