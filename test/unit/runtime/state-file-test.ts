// The state file is the old one or the new one; what is left of a write that did not end is ignored.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '../../../lib/runtime/state-file.ts';

describe('state file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartwire-state-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it was written, readable for its owner only, with nothing beside it', () => {
    const path = join(folder, 'state');
    for (const text of ['one', 'a longer one, ✓', '']) {
      writeDurably(path, text);
      assert.equal(readIfThere(path), text);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['state']);
  });

  it('is null where there is none, and an error where it cannot be read', () => {
    assert.equal(readIfThere(join(folder, 'state')), null);
    assert.throws(() => readIfThere(folder), { code: 'EISDIR' });
  });

  it('goes over what a write that did not end has left', () => {
    const path = join(folder, 'state');
    writeDurably(path, 'old');
    writeFileSync(`${path}.new`, 'half of a new one that is longer');
    assert.equal(readIfThere(path), 'old');
    writeDurably(path, 'new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.deepEqual(readdirSync(folder), ['state']);
  });

  it('is the old one after a write that failed', () => {
    const path = join(folder, 'state');
    writeDurably(path, 'old');
    assert.throws(() => writeDurably(join(folder, 'no', 'state'), 'new'), { code: 'ENOENT' });
    assert.equal(readIfThere(path), 'old');
  });
});
