// One program inside a sandbox. `nsenter` must fork to get into the process namespace, so the program is
// its child: signals are sent to that child, and nsenter ends the way its child has ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export interface SpawnOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class SandboxProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #pid: number | null = null;
  #exit: Exit | null = null;

  constructor(enter: readonly string[], command: readonly string[], options: SpawnOptions) {
    const [program, ...rest] = [...enter, ...command] as [string, ...string[]];
    this.#child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...(options.directory === undefined ? {} : { cwd: options.directory }),
      env: { ...process.env, ...options.environment },
    });
    // A program that ended before it read all its input is judged by its exit, not by the broken pipe.
    this.#child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#exit ??= { code, signal };
        resolve(this.#exit);
      };
      this.#child.once('exit', end);
      this.#child.once('error', () => {
        end(127, null);
      });
    });
  }

  get stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  get stderr(): Readable {
    return this.#child.stderr as Readable;
  }

  get running(): boolean {
    return this.#exit === null;
  }

  /** Id of the program itself, seen from outside; null before it runs and after it has ended. */
  get pid(): number | null {
    if (!this.running) return null;
    this.#pid ??= onlyChild(this.#child.pid);
    return this.#pid;
  }

  /** nsenter stops itself when its child is stopped, and could not see it end any more. */
  wakeParent(): void {
    if (this.running) this.#child.kill('SIGCONT');
  }

  /** Sends a signal to the program. False: it does not run (any more). */
  kill(signal: NodeJS.Signals): boolean {
    const { pid } = this;
    if (pid === null) return false;
    if (signal === 'SIGCONT') this.#child.kill(signal); // nsenter stops and goes on with its child
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }

  /** Asks it to end, and waits until it has. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.kill(signal);
    return this.exited;
  }
}

function onlyChild(parent: number | undefined): number | null {
  if (parent === undefined) return null;
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    return children === '' ? null : Number(children.split(' ')[0]);
  } catch {
    return null;
  }
}
