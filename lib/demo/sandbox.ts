// A private corner of this machine: its own user (when we are not root), mount, process and network
// namespaces, held by one process whose standard input is our end of a pipe. When that pipe closes - we
// close it, we crash, or somebody kills us with -9 - that first process ends, the kernel kills everything
// else inside, and every namespace, interface, rule, mount and file in it is gone. So there is nothing to
// clean up, and there can be no leftovers of an earlier run to look for. Named namespaces (`ip netns`)
// and files live on private tmpfs mounts; from outside they are seen under /proc/PID/root.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { HeartwireError } from '../errors.ts';
import { SandboxProcess, type SpawnOptions } from './sandbox-process.ts';

/** Directory inside for state and sockets; on a private tmpfs. */
export const SANDBOX_DIRECTORY = '/run/heartwire';

const FIRST_PROCESS = [
  'mount -t tmpfs tmpfs /run',
  `mkdir -p /run/netns ${SANDBOX_DIRECTORY}`,
  // Ids of processes as they are inside; some containers refuse it, and nothing here depends on it.
  '{ mount -t proc proc /proc 2>/dev/null || true; }',
  'echo ready',
  'exec cat >/dev/null',
].join(' && ');

export class Sandbox {
  /** Id, seen from outside, of the process that holds the namespaces. */
  readonly pid: number;
  /** Root outside too: real-time scheduling and locked memory are to be had. */
  readonly privileged: boolean;
  readonly #holder: ChildProcess;
  readonly #programs = new Set<SandboxProcess>();

  private constructor(holder: ChildProcess, pid: number, privileged: boolean) {
    this.#holder = holder;
    this.pid = pid;
    this.privileged = privileged;
  }

  /**
   * Opens one: as root directly, else (or where root may not) in a user namespace.
   * @throws HeartwireError HW_STAGE_REFUSED when this machine allows neither, with the reason.
   */
  static async open(): Promise<Sandbox> {
    const root = process.getuid?.() === 0;
    const reasons: string[] = [];
    for (const asUser of root ? [false, true] : [true]) {
      try {
        return await openOne(asUser, (holder, pid) => new Sandbox(holder, pid, !asUser));
      } catch (error) {
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw HeartwireError.of('HW_STAGE_REFUSED', { reason: reasons.join('; ') });
  }

  /** How a path inside is called from outside. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** Starts a program in a named network namespace (null: the sandbox's own). It dies with the sandbox. */
  spawn(namespace: string | null, command: readonly string[], options: SpawnOptions = {}): SandboxProcess {
    const program = new SandboxProcess(this.#enter(namespace), command, options);
    this.#programs.add(program);
    void program.exited.then(() => this.#programs.delete(program));
    return program;
  }

  /**
   * Runs a program to its end and returns what it printed.
   * @throws HeartwireError HW_STAGE_COMMAND with what it said, when it fails.
   */
  async run(namespace: string | null, command: readonly string[], input = ''): Promise<string> {
    const child = this.spawn(namespace, command);
    child.stdin.end(input);
    const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    if (exit.code !== 0) {
      const outcome = exit.code === null ? `ended by ${String(exit.signal)}` : `code ${exit.code}`;
      const reason = `${command.join(' ')} (${namespace ?? 'sandbox'}): ${outcome}: ${stderr.trim()}`;
      throw HeartwireError.of('HW_STAGE_COMMAND', { reason });
    }
    return stdout;
  }

  /** Ends everything inside and waits until it has ended. May be called twice. */
  async close(): Promise<void> {
    this.#holder.stdin?.destroy();
    for (const program of this.#programs) program.wakeParent();
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) await once(this.#holder, 'exit');
  }

  #enter(namespace: string | null): string[] {
    const user = this.privileged ? [] : ['--user', '--preserve-credentials'];
    const net = namespace === null ? '--net' : `--net=${this.path(`/run/netns/${namespace}`)}`;
    return ['nsenter', '--target', String(this.pid), ...user, '--mount', '--pid', net, '--'];
  }
}

async function openOne<T>(asUser: boolean, make: (holder: ChildProcess, pid: number) => T): Promise<T> {
  const user = asUser ? ['--user', '--map-root-user'] : [];
  const holder = spawn(
    'unshare',
    [...user, '--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', FIRST_PROCESS],
    // Detached: Ctrl-C goes to us, and we end it in good order.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const failed = once(holder, 'error').then(([error]) => {
    throw new Error(`unshare (package util-linux): ${(error as Error).message}`);
  });
  const complaint = text(holder.stderr);
  const ready = once(holder.stdout, 'data').then(() => true);
  const ended = once(holder, 'exit').then(() => false);
  if (!(await Promise.race([ready, ended, failed]))) {
    throw new Error((await complaint).trim() || 'unshare ended at once');
  }
  const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim();
  return make(holder, Number(children.split(' ')[0]));
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}
