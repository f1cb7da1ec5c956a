// Where this package lies, and its version. Compiled code lies at another depth than its source, so the
// folder is found by its package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

/** Absolute. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Of Heartwire, such as "0.1.0". */
export const version: string = readManifest(packageRoot)?.version ?? '0.0.0';

function findRoot(folder: string): string {
  if (readManifest(folder)?.name === 'heartwire') return folder;
  const parent = dirname(folder);
  return parent === folder ? process.cwd() : findRoot(parent);
}

function readManifest(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return null;
  }
}
