// One thread of a process stands still while the others go on: what a process sees of a virtual CPU that stalls. Done by the
// kernel's freezer, of control groups version 2 or, where those are not in use, version 1. Needs root.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const GROUPS = '/sys/fs/cgroup';
let given = 0;

export class FrozenThread {
  readonly #thaw: () => void;

  private constructor(thaw: () => void) {
    this.#thaw = thaw;
  }

  /** Is there a freezer here that this user may use? */
  static isPossible(): boolean {
    const group = `heartwire-test-${process.pid}-${given++}`;
    const folder = join(GROUPS, ...(hasOldFreezer() ? ['freezer'] : []), group);
    try {
      mkdirSync(folder);
      const freezes = existsSync(join(folder, hasOldFreezer() ? 'freezer.state' : 'cgroup.freeze'));
      rmdirSync(folder);
      return freezes;
    } catch {
      return false;
    }
  }

  static of(pid: number, threadName: string): FrozenThread {
    const thread = readdirSync(`/proc/${pid}/task`).find(
      (id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() === threadName,
    );
    if (thread === undefined) throw new Error(`process ${pid} has no thread ${threadName}`);
    const group = `heartwire-test-${process.pid}-${given++}`;
    return new FrozenThread(hasOldFreezer() ? freezeOld(group, thread) : freeze(group, pid, thread));
  }

  /** It goes on. */
  thaw(): void {
    this.#thaw();
  }
}

function hasOldFreezer(): boolean {
  return existsSync(join(GROUPS, 'freezer'));
}

function freezeOld(group: string, thread: string): () => void {
  const folder = join(GROUPS, 'freezer', group);
  mkdirSync(folder);
  writeFileSync(join(folder, 'tasks'), thread);
  writeFileSync(join(folder, 'freezer.state'), 'FROZEN');
  return () => {
    writeFileSync(join(folder, 'freezer.state'), 'THAWED');
    writeFileSync(join(GROUPS, 'freezer', 'tasks'), thread);
    rmdirSync(folder);
  };
}

/** A thread may have a group of its own only below the one of its process. */
function freeze(group: string, pid: number, thread: string): () => void {
  const before = join(GROUPS, readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace(/^0::/, ''), 'cgroup.procs');
  const folder = join(GROUPS, group);
  const inner = join(folder, 'thread');
  mkdirSync(inner, { recursive: true });
  writeFileSync(join(inner, 'cgroup.type'), 'threaded');
  writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  writeFileSync(join(inner, 'cgroup.threads'), thread);
  writeFileSync(join(inner, 'cgroup.freeze'), '1');
  return () => {
    writeFileSync(join(inner, 'cgroup.freeze'), '0');
    writeFileSync(before, String(pid));
    rmdirSync(inner);
    rmdirSync(folder);
  };
}
