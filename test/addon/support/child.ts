// A program of ../fixtures in a process of its own, with its end and what it printed; in a network namespace of its
// own where asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly ownNetwork?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** A child that hangs is killed then, and its signal tells. */
  readonly deadlineMs?: number;
}

export const isRoot: boolean = process.getuid?.() === 0;

const ENTER_OWN_NETWORK = [
  'unshare',
  '--net',
  '--mount',
  '--',
  'sh',
  '-c',
  'mount -t sysfs sysfs /sys 2>/dev/null; ip link set lo up && exec "$@"',
  'sh',
];

export async function runChild(fixture: string, args: readonly string[] = [], options: ChildOptions = {}): Promise<ChildEnd> {
  const script = fileURLToPath(new URL(`../fixtures/${fixture}.js`, import.meta.url));
  const command = [...(options.ownNetwork === true ? ENTER_OWN_NETWORK : []), process.execPath, '--expose-gc', script, ...args];
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    timeout: options.deadlineMs ?? 50_000,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [code, signal] = end as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}
