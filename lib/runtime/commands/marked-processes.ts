// All processes that a command has started, however they have changed their parents, groups and sessions: each has inherited
// a mark in its environment that no other process on the machine has. A process id or group alone may belong to another by now.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The environment variable that carries the mark. */
export const MARK = 'HEARTWIRE_RUN';

const LOOK_MS = 20;

/** Ids of the living processes with this mark; those whose environment may not be read are not seen. */
export function markedProcesses(mark: string, root = '/proc'): number[] {
  const wanted = `${MARK}=${mark}`;
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => hasVariable(`${root}/${name}/environ`, wanted))
    .map(Number);
}

function hasVariable(path: string, wanted: string): boolean {
  try {
    return readFileSync(path, 'latin1').split('\0').includes(wanted);
  } catch {
    return false; // it has ended meanwhile, or is not ours to read
  }
}

/** To every process with the mark, now. */
export function signalMarked(mark: string, signal: NodeJS.Signals): void {
  for (const pid of markedProcesses(mark)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** SIGTERM, and SIGKILL to what is left after `graceMs`. @returns whether anything had to be killed */
export async function endMarked(mark: string, graceMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + graceMs;
  signalMarked(mark, 'SIGTERM');
  let killed = false;
  while (markedProcesses(mark).length > 0) {
    if (performance.now() >= deadlineMs) {
      killed = true;
      signalMarked(mark, 'SIGKILL');
    }
    await sleep(LOOK_MS);
  }
  return killed;
}
