// One process of a command: started without a shell, in a session of its own, what it says is logged line by line, and past its
// time it is ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Outcome {
  readonly ok: boolean;
  /** Why not, in a few words. */
  readonly reason: string;
}

export interface ProcessOptions {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Null: it may run for ever. */
  readonly timeoutMs: number | null;
  /** What it reads; default: nothing. */
  readonly input?: string;
  say(line: string): void;
}

/** Between SIGTERM and SIGKILL of a process that takes too long. */
const GRACE_MS = 1000;
const LINE_MAX = 1000;

export class CommandProcess {
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<Outcome>;
  readonly pid: number | null;

  constructor(options: ProcessOptions) {
    const [program = '', ...rest] = options.argv;
    const child = spawn(program, rest, {
      detached: true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', ...options.environment },
    });
    this.pid = child.pid ?? null;
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) tellLines(stream, options.say);
    if (options.input !== undefined) feed(child, options.input);
    this.ended = outcomeOf(child, options.timeoutMs);
  }
}

/** One that does not read what it is given loses nothing but that. */
function feed({ stdin }: ChildProcess, input: string): void {
  stdin?.on('error', () => {});
  stdin?.end(input);
}

function tellLines(stream: Readable, say: (line: string) => void): void {
  createInterface({ input: stream }).on('line', (line) => say(line.slice(0, LINE_MAX)));
}

/** It has ended when it has exited: what it has started may hold its output open for as long as it runs. */
function outcomeOf(child: ChildProcess, timeoutMs: number | null): Promise<Outcome> {
  return new Promise((resolve) => {
    let late = false;
    const timers: NodeJS.Timeout[] = [];
    const signal = (name: NodeJS.Signals): void => {
      late = true;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended meanwhile.
      }
    };
    const end = (outcome: Outcome): void => {
      for (const timer of timers) clearTimeout(timer);
      resolve(outcome);
    };
    if (timeoutMs !== null) {
      timers.push(setTimeout(() => signal('SIGTERM'), timeoutMs));
      timers.push(setTimeout(() => signal('SIGKILL'), timeoutMs + GRACE_MS));
    }
    child.on('error', (error) => end({ ok: false, reason: error.message }));
    child.on('exit', (code, name) => {
      if (late) end({ ok: false, reason: `it was not done within ${timeoutMs} ms` });
      else if (code === 0) end({ ok: true, reason: '' });
      else end({ ok: false, reason: code === null ? `it was ended by ${name}` : `exit code ${code}` });
    });
  });
}
