// Processes below a process, from /proc: a fault hits the programs themselves, and not what started them.
import { readdirSync, readFileSync } from 'node:fs';

/** Read a file or directory of /proc that may vanish meanwhile. */
function orNothing<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** A child belongs to the thread that made it. */
function children(pid: number): number[] {
  return orNothing(() => readdirSync(`/proc/${pid}/task`)).flatMap((thread) =>
    orNothing(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
      .filter((each) => each.trim() !== '')
      .map(Number),
  );
}

/** All below it, the deepest first. */
export function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [...descendants(child), child]);
}

/** As the kernel names it (15 characters at most). */
export function processName(pid: number): string {
  return orNothing(() => [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()])[0] ?? '';
}

/** It exists and has not ended; one that nobody has waited for yet has. */
export function isAlive(pid: number): boolean {
  const [state] = orNothing(() => [/^State:\s*(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]]);
  return state !== undefined && state !== 'Z';
}
