// Reads the cluster's keys. A key file that others can read, or that somebody else could have written, is
// refused: who holds a key can take every address. Checks are made on the open file, so that it cannot be
// exchanged in between.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { HeartwireError } from '../errors.ts';
import type { ClusterKey } from '../runtime/types.ts';

export const KEY_BYTES_MIN = 32;
export const KEY_BYTES_MAX = 64;
export const KEYS_MAX = 8;
const FILE_BYTES_MAX = 16 * 1024;

/**
 * All keys of several files in order: the first one sends, all are accepted. The caller wipes them
 * (`wipeKeys`) once the native engine has its copy. Their base64 text stays in the JavaScript heap until it
 * is collected.
 * @throws HeartwireError HW_KEY_FILE_FAILED, HW_KEY_FILE_MODE, HW_KEY_FILE_OWNER, HW_KEY_FILE_SYNTAX
 */
export function readKeys(files: readonly string[]): ClusterKey[] {
  const keys: ClusterKey[] = [];
  for (const file of files) {
    for (const key of readKeyFile(file)) {
      if (keys.some((other) => other.id === key.id)) throw invalid(file, `key id ${key.id} is used twice.`);
      if (keys.length === KEYS_MAX) throw invalid(file, `more than ${KEYS_MAX} keys.`);
      keys.push(key);
    }
  }
  return keys;
}

/** Overwrites the bytes. */
export function wipeKeys(keys: readonly ClusterKey[]): void {
  for (const { key } of keys) key.fill(0);
}

/** The keys of one file, in its order. Throws as readKeys. */
export function readKeyFile(file: string): ClusterKey[] {
  const bytes = readChecked(file);
  try {
    const keys = bytes
      .toString('latin1')
      .split('\n')
      .flatMap((line, index) => parseLine(line, `${file}:${index + 1}`));
    if (keys.length === 0) throw invalid(file, 'it holds no key.');
    return keys;
  } finally {
    bytes.fill(0);
  }
}

/** @throws HeartwireError HW_KEY_FILE_MODE, HW_KEY_FILE_OWNER */
export function checkKeyFileStats(file: string, stats: Pick<Stats, 'mode' | 'uid'>, ownUid: number): void {
  if ((stats.mode & 0o077) !== 0) {
    throw HeartwireError.of('HW_KEY_FILE_MODE', { mode: (stats.mode & 0o777).toString(8).padStart(4, '0') }, { place: file });
  }
  if (stats.uid !== 0 && stats.uid !== ownUid) throw HeartwireError.of('HW_KEY_FILE_OWNER', { uid: stats.uid }, { place: file });
}

function readChecked(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw HeartwireError.of('HW_KEY_FILE_FAILED', { reason: (error as Error).message }, { place: file, cause: error });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw HeartwireError.of('HW_KEY_FILE_FAILED', { reason: 'it is no file.' }, { place: file });
    checkKeyFileStats(file, stats, process.geteuid?.() ?? 0);
    const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    if (length > FILE_BYTES_MAX) throw invalid(file, `it is longer than ${FILE_BYTES_MAX} bytes.`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Errors name the line, never its content. */
function parseLine(line: string, place: string): ClusterKey[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return [];
  const match = /^(\d{1,3})\s+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (match === null) throw invalid(place, 'this is no id with a key in base64.');
  const id = Number(match[1]);
  if (id < 1 || id > 255) throw invalid(place, `${id} is no key id; ids go from 1 to 255.`);
  const encoded = match[2] ?? '';
  const key = Buffer.from(encoded, 'base64');
  if (key.toString('base64') !== encoded) throw invalid(place, 'the base64 text is damaged.');
  if (key.length < KEY_BYTES_MIN || key.length > KEY_BYTES_MAX) {
    throw invalid(place, `the key has ${key.length} bytes; it needs ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX}.`);
  }
  return [{ id, key }];
}

function invalid(place: string, reason: string): HeartwireError {
  return HeartwireError.of('HW_KEY_FILE_SYNTAX', { reason }, { place });
}
