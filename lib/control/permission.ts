// Who may command the daemon: root, the user it runs as, and members of the configured group. The kernel
// says who is at the other end (SO_PEERCRED); a process may be in the group by its main group, by a
// supplementary one, or by /etc/group (before its user logs in anew). Asked anew at every command.
import { readFileSync } from 'node:fs';

export interface PeerCredentials {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

/** The files that are read; tests give their own. */
export interface SystemFiles {
  read(file: string): string | null;
}

export const systemFiles: SystemFiles = {
  read(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  },
};

export function mayCommand(peer: PeerCredentials, ownUid: number, group: string | null, files: SystemFiles = systemFiles): boolean {
  if (peer.uid === 0 || peer.uid === ownUid) return true;
  return group !== null && inGroup(peer, group, files);
}

/** Number of a group by its name; null when there is none. */
export function groupId(group: string, files: SystemFiles = systemFiles): number | null {
  const id = groupRow(group, files)?.[2];
  return id === undefined ? null : Number(id);
}

function inGroup(peer: PeerCredentials, group: string, files: SystemFiles): boolean {
  const row = groupRow(group, files);
  if (row === undefined) return false;
  const id = Number(row[2]);
  const members = (row[3] ?? '').split(',');
  const user = rows('/etc/passwd', files).find((entry) => Number(entry[2]) === peer.uid)?.[0];
  return peer.gid === id || (user !== undefined && members.includes(user)) || supplementaryGroups(peer, files).includes(id);
}

/** None when the process is gone, or its id has passed to another user's process. */
function supplementaryGroups(peer: PeerCredentials, files: SystemFiles): number[] {
  const status = files.read(`/proc/${peer.pid}/status`) ?? '';
  const effectiveUid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
  const groups = /^Groups:[ \t]*([\d ]*)$/m.exec(status)?.[1] ?? '';
  return Number(effectiveUid) === peer.uid
    ? groups
        .split(' ')
        .filter((word) => word !== '')
        .map(Number)
    : [];
}

function groupRow(group: string, files: SystemFiles): string[] | undefined {
  return rows('/etc/group', files).find((row) => row[0] === group);
}

function rows(file: string, files: SystemFiles): string[][] {
  return (files.read(file) ?? '').split('\n').map((line) => line.split(':'));
}
