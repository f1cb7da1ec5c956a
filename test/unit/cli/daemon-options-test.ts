// Which daemon is meant.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketOf } from '../../../lib/cli/daemon-options.ts';

describe('the daemon that is meant', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-run-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is the one that is named', () => {
    assert.equal(socketOf({ socket: '/x.sock' }, folder), '/x.sock');
    assert.equal(socketOf({ cluster: 'demo' }, folder), join(folder, 'demo.sock'));
  });

  it('is the only one; none and several are errors', () => {
    assert.throws(() => socketOf({}, folder), { code: 'HW_NO_DAEMON' });
    assert.throws(() => socketOf({}, join(folder, 'none')), { code: 'HW_NO_DAEMON' });
    writeFileSync(join(folder, 'demo.sock'), '');
    writeFileSync(join(folder, 'other.txt'), '');
    assert.equal(socketOf({}, folder), join(folder, 'demo.sock'));
    writeFileSync(join(folder, 'b.sock'), '');
    assert.throws(() => socketOf({}, folder), { code: 'HW_SOCKET_AMBIGUOUS' });
  });
});
