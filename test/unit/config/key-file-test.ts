// Who may read the key may take every address: modes, owners, links, damaged lines.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkKeyFileStats, readKeyFile, readKeys, wipeKeys } from '../../../lib/config/key-file.ts';
import { appendKey, createKeyFile, generateKeyLine } from '../../../lib/config/key-generate.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('key files', () => {
  let folder = '';
  const file = (name = 'keys'): string => join(folder, name);
  const write = (text: string, mode = 0o600): string => {
    writeFileSync(file(), text, { mode });
    chmodSync(file(), mode);
    return file();
  };

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-keys-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made with mode 0600 whatever the umask, and never over an existing file', () => {
    const umask = process.umask(0);
    try {
      createKeyFile(file(), 3);
    } finally {
      process.umask(umask);
    }
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.deepEqual(
      readKeyFile(file()).map((key) => [key.id, key.key.length]),
      [[3, 32]],
    );
    const before = readFileSync(file(), 'utf8');
    assert.throws(() => createKeyFile(file(), 1), { code: 'HW_KEY_FILE_EXISTS', place: file() });
    assert.equal(readFileSync(file(), 'utf8'), before);
  });

  it('are not made through a symbolic link', () => {
    symlinkSync(file('target'), file());
    assert.throws(() => createKeyFile(file(), 1), { code: 'HW_KEY_FILE_EXISTS' });
    assert.equal(statSync(file('target'), { throwIfNoEntry: false }), undefined);
  });

  it('say so when the folder is not there', () => {
    assert.throws(() => createKeyFile(join(folder, 'no', 'keys'), 1), { code: 'HW_KEY_FILE_FAILED' });
  });

  it('take further keys at the end, which accept and do not send', () => {
    createKeyFile(file(), 1);
    const [first] = readKeyFile(file());
    assert.equal(appendKey(file(), null), 2);
    assert.equal(appendKey(file(), 9), 9);
    const keys = readKeyFile(file());
    assert.deepEqual(
      keys.map((key) => key.id),
      [1, 2, 9],
    );
    assert.deepEqual(keys[0], first);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.throws(() => appendKey(file(), 9), { code: 'HW_KEY_ID_TAKEN' });
    assert.throws(() => appendKey(file('other'), null), { code: 'HW_KEY_FILE_FAILED' });
  });

  it('hold eight keys at most', () => {
    write(Array.from({ length: 8 }, (_, index) => generateKeyLine(index + 1)).join(''));
    assert.equal(readKeys([file()]).length, 8);
    assert.throws(() => appendKey(file(), null), { code: 'HW_KEY_FILE_FAILED' });
    write(Array.from({ length: 9 }, (_, index) => generateKeyLine(index + 1)).join(''));
    assert.throws(() => readKeys([file()]), { code: 'HW_KEY_FILE_SYNTAX' });
  });

  it('are refused when group or others may read or write them', () => {
    for (const mode of [0o640, 0o604, 0o660, 0o601, 0o644])
      assert.throws(() => readKeyFile(write(`1 ${KEY}\n`, mode)), { code: 'HW_KEY_FILE_MODE', place: file() }, mode.toString(8));
    for (const mode of [0o600, 0o400]) assert.equal(readKeyFile(write(`1 ${KEY}\n`, mode)).length, 1);
  });

  it('are refused when they belong to somebody else', () => {
    checkKeyFileStats('keys', { mode: 0o100600, uid: 0 }, 1000);
    checkKeyFileStats('keys', { mode: 0o100600, uid: 1000 }, 1000);
    assert.throws(() => checkKeyFileStats('keys', { mode: 0o100600, uid: 1001 }, 1000), { code: 'HW_KEY_FILE_OWNER' });
    assert.throws(() => checkKeyFileStats('keys', { mode: 0o100600, uid: 1001 }, 0), { code: 'HW_KEY_FILE_OWNER' });
  });

  it('are files', () => {
    chmodSync(folder, 0o700);
    assert.throws(() => readKeyFile(folder), { code: 'HW_KEY_FILE_FAILED' });
    assert.throws(() => readKeyFile('/dev/null'), { code: 'HW_KEY_FILE_FAILED' });
  });

  it('may have comments and empty lines, and the order counts', () => {
    write(`# keys\n\n  5 ${KEY}  \r\n2 ${Buffer.alloc(64, 1).toString('base64')}\n`);
    assert.deepEqual(
      readKeys([file()]).map((key) => [key.id, key.key.length]),
      [
        [5, 32],
        [2, 64],
      ],
    );
  });

  it('name the line that is wrong, and never what it says', () => {
    const wrong = [
      `1${KEY}`,
      `x ${KEY}`,
      `0 ${KEY}`,
      `256 ${KEY}`,
      `1 ${KEY.slice(0, 20)}`,
      `1 ${Buffer.alloc(31, 7).toString('base64')}`,
      `1 ${Buffer.alloc(65, 7).toString('base64')}`,
      `1 ${KEY.replace('=', '')}`,
      `1 ${KEY} ${KEY}`,
    ];
    for (const line of wrong) {
      assert.throws(
        () => readKeyFile(write(`# one\n${line}\n`)),
        (error: Error & { code: string; place: string }) => {
          assert.equal(error.code, 'HW_KEY_FILE_SYNTAX', line);
          assert.equal(error.place, `${file()}:2`);
          assert.ok(!error.message.includes(KEY.slice(0, 12)), error.message);
          return true;
        },
      );
    }
    assert.throws(() => readKeyFile(write('# nothing\n')), { code: 'HW_KEY_FILE_SYNTAX' });
  });

  it('may be several, with ids that differ', () => {
    write(`1 ${KEY}\n`);
    writeFileSync(file('old'), `2 ${KEY}\n`, { mode: 0o600 });
    assert.deepEqual(
      readKeys([file(), file('old')]).map((key) => key.id),
      [1, 2],
    );
    assert.throws(() => readKeys([file(), file()]), { code: 'HW_KEY_FILE_SYNTAX' });
  });

  it('leave nothing in the bytes once wiped', () => {
    write(`1 ${KEY}\n`);
    const keys = readKeys([file()]);
    wipeKeys(keys);
    assert.ok(keys.every((key) => key.key.every((byte) => byte === 0)));
  });
});
