// One thread of a process stands still while the others go on: what a process sees of a virtual CPU that stalls. Done by the
// kernel's freezer, of control groups version 2 or, where those are not in use, version 1. Needs root.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const GROUPS = '/sys/fs/cgroup';
let given = 0;

interface Freezer {
  /** What stops the thread when `stop` is written to it, and lets it go on with `go`. */
  readonly file: string;
  readonly stop: string;
  readonly go: string;
  remove(): void;
}

export class FrozenThread {
  readonly #freezer: Freezer;

  private constructor(freezer: Freezer) {
    this.#freezer = freezer;
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
    const freezer = freezerOf(pid, threadName);
    writeFileSync(freezer.file, freezer.stop);
    return new FrozenThread(freezer);
  }

  /** For so long, whatever else the machine does meanwhile: a real-time program counts the time. */
  static async forMs(pid: number, threadName: string, ms: number): Promise<void> {
    const { file, stop, go, remove } = freezerOf(pid, threadName);
    const script = `echo ${stop} > ${file}; sleep ${ms / 1000}; echo ${go} > ${file}`;
    try {
      await promisify(execFile)('chrt', ['-f', '30', 'sh', '-c', script]);
    } finally {
      writeFileSync(file, go);
      remove();
    }
  }

  /** It goes on. */
  thaw(): void {
    writeFileSync(this.#freezer.file, this.#freezer.go);
    this.#freezer.remove();
  }
}

function hasOldFreezer(): boolean {
  return existsSync(join(GROUPS, 'freezer'));
}

function freezerOf(pid: number, threadName: string): Freezer {
  const thread = readdirSync(`/proc/${pid}/task`).find((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() === threadName);
  if (thread === undefined) throw new Error(`process ${pid} has no thread ${threadName}`);
  const group = `heartwire-test-${process.pid}-${given++}`;
  return hasOldFreezer() ? oldFreezer(group, thread) : freezer(group, pid, thread);
}

function oldFreezer(group: string, thread: string): Freezer {
  const folder = join(GROUPS, 'freezer', group);
  mkdirSync(folder);
  writeFileSync(join(folder, 'tasks'), thread);
  const remove = (): void => {
    writeFileSync(join(GROUPS, 'freezer', 'tasks'), thread);
    rmdirSync(folder);
  };
  return { file: join(folder, 'freezer.state'), stop: 'FROZEN', go: 'THAWED', remove };
}

/** A thread may have a group of its own only below the one of its process. */
function freezer(group: string, pid: number, thread: string): Freezer {
  const before = join(GROUPS, readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace(/^0::/, ''), 'cgroup.procs');
  const folder = join(GROUPS, group);
  const inner = join(folder, 'thread');
  mkdirSync(inner, { recursive: true });
  writeFileSync(join(inner, 'cgroup.type'), 'threaded');
  writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  writeFileSync(join(inner, 'cgroup.threads'), thread);
  const remove = (): void => {
    writeFileSync(before, String(pid));
    rmdirSync(inner);
    rmdirSync(folder);
  };
  return { file: join(inner, 'cgroup.freeze'), stop: '1', go: '0', remove };
}
