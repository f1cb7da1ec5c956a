// Each transcript in this folder is played again and compared with what it was. HEARTWIRE_REWRITE=1 writes them anew:
// the difference is then reviewed like code.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';
import { replay } from './support/script.ts';

const folder = join(packageRoot, 'test', 'scenarios');

describe('scenarios', () => {
  for (const name of readdirSync(folder)
    .filter((each) => each.endsWith('.txt'))
    .sort()) {
    it(name.replace('.txt', '').replaceAll('-', ' '), () => {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      const now = replay(text);
      if (process.env['HEARTWIRE_REWRITE'] === '1') writeFileSync(path, now);
      else assert.equal(now, text, `${name} differs; HEARTWIRE_REWRITE=1 npm test scenarios writes it anew`);
    });
  }
});
