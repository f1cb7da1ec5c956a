// Makes keys, and writes them so that nobody else ever could read them: a new file is created exclusively
// with mode 0600, and an existing one is replaced as a whole, so that no reader meets half a line.
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchownSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { HeartwireError } from '../errors.ts';
import { KEY_BYTES_MIN, KEYS_MAX, readKeyFile } from './key-file.ts';

const HEADER = '# Heartwire keys: an id, then the key. The first one sends, all are accepted. Keep this file secret.\n';

/** One line of a key file: id 1-255, 32 random bytes. */
export function generateKeyLine(id: number): string {
  return `${id} ${randomBytes(KEY_BYTES_MIN).toString('base64')}\n`;
}

/**
 * Writes a new key file, mode 0600.
 * @throws HeartwireError HW_KEY_FILE_EXISTS, HW_KEY_FILE_FAILED
 */
export function createKeyFile(file: string, id: number): void {
  try {
    writeNew(file, HEADER + generateKeyLine(id));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw HeartwireError.of('HW_KEY_FILE_EXISTS', {}, { place: file, cause: error });
    throw unusable(file, error);
  }
}

/**
 * Adds a key at the end: accepted from the next reload on, and not yet used for sending. Once all nodes
 * have it, move its line to the top.
 * @param id null: the lowest free one
 * @returns the id of the new key
 * @throws HeartwireError HW_KEY_ID_TAKEN, and those of readKeyFile
 */
export function appendKey(file: string, id: number | null): number {
  const taken = readKeyFile(file).map((key) => key.id);
  const chosen = id ?? freeId(taken);
  if (taken.includes(chosen)) throw HeartwireError.of('HW_KEY_ID_TAKEN', { id: chosen }, { place: file });
  if (taken.length === KEYS_MAX) throw unusable(file, new Error(`it holds ${KEYS_MAX} keys, the most there may be; remove old ones.`));
  const text = readFileSync(file, 'latin1');
  replace(file, `${text}${text.endsWith('\n') ? '' : '\n'}${generateKeyLine(chosen)}`);
  return chosen;
}

function freeId(taken: readonly number[]): number {
  let id = 1;
  while (taken.includes(id)) id++;
  return id;
}

function replace(file: string, text: string): void {
  const temporary = `${file}.new`;
  try {
    const { uid, gid, ...stats } = lstatSync(file);
    if ((stats.mode & constants.S_IFMT) === constants.S_IFLNK) throw new Error('it is a symbolic link; name the file itself.');
    writeNew(temporary, text, { uid, gid });
    renameSync(temporary, file);
  } catch (error) {
    throw unusable(file, error);
  }
}

function writeNew(file: string, text: string, owner?: { readonly uid: number; readonly gid: number }): void {
  const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    const bytes = Buffer.from(text, 'latin1');
    writeSync(descriptor, bytes);
    bytes.fill(0);
    fsyncSync(descriptor);
  } catch (error) {
    unlinkSync(file);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function unusable(file: string, error: unknown): HeartwireError {
  return HeartwireError.of('HW_KEY_FILE_FAILED', { reason: (error as Error).message }, { place: file, cause: error });
}
