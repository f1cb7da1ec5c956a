// The socket's place in the file system. It must never stand open for others, not even for a moment, and a
// socket left behind by a killed daemon must not keep the next one from starting.
import { chmodSync, chownSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { HeartwireError } from '../errors.ts';
import { groupId } from './permission.ts';

/** Of sun_path, without its closing zero; libuv would cut a longer path off, and bind to another one. */
const PATH_BYTES_MAX = 107;

/**
 * Binds `server` to `path`: 0600 at first, then 0660 and the group, where one is given.
 * @throws HeartwireError HW_SOCKET_IN_USE, HW_SOCKET_FAILED, HW_GROUP_UNKNOWN
 */
export async function bindSocket(server: Server, path: string, group: string | null): Promise<void> {
  const gid = group === null ? null : groupId(group);
  if (group !== null && gid === null) throw HeartwireError.of('HW_GROUP_UNKNOWN', { group });
  try {
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new Error(`the path is longer than ${PATH_BYTES_MAX} bytes.`);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await removeStale(path);
    await listenPrivately(server, path);
    if (gid !== null) chownSync(path, -1, gid);
    chmodSync(path, gid === null ? 0o600 : 0o660);
  } catch (error) {
    if (server.listening) server.close();
    if (error instanceof HeartwireError) throw error;
    throw HeartwireError.of('HW_SOCKET_FAILED', { socket: path, reason: (error as Error).message }, { place: path, cause: error });
  }
}

/** A socket that nobody listens on is removed; a living one, or what is no socket at all, is refused. */
async function removeStale(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error('there is something else, and no socket.');
  if (await answers(path)) throw HeartwireError.of('HW_SOCKET_IN_USE', { socket: path }, { place: path });
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const settle = (living: boolean): void => {
      probe.destroy();
      resolve(living);
    };
    probe.once('connect', () => settle(true));
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

/** A worker thread may not change the umask; there the mode is set right after. Commands are checked in any case. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const umask = isMainThread ? process.umask(0o177) : null;
    try {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      if (umask !== null) process.umask(umask);
    }
  });
}
