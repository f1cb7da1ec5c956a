// Texts that people read are compared with files that people review: HEARTWIRE_GOLDEN=rewrite writes them
// anew, and the difference is looked at before it is committed.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root.ts';

/** Absolute path of a file in test/unit. */
export function unitFile(...parts: string[]): string {
  return join(packageRoot, 'test', 'unit', ...parts);
}

/** @param file below test/unit */
export function matchGolden(actual: string, ...file: string[]): void {
  const path = unitFile(...file);
  if (process.env['HEARTWIRE_GOLDEN'] === 'rewrite') writeFileSync(path, actual);
  assert.equal(actual, readFileSync(path, 'utf8'), `differs from ${path}; HEARTWIRE_GOLDEN=rewrite npm test writes it anew`);
}
