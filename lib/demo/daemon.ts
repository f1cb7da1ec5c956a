// One daemon on a stage: `heartwire run` or `heartwire witness` in the namespace of its node, with a connection to its control
// socket for status and one for events. The socket is a file, so it is reached from outside the sandbox.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HeartwireEvent } from '../api/event.ts';
import type { ClusterStatus } from '../api/status.ts';
import { ControlClient } from '../control/client.ts';
import { HeartwireError } from '../errors.ts';
import type { ClusterFiles, NodeFiles } from './cluster-files.ts';
import type { Exit, SandboxProcess } from './sandbox-process.ts';
import type { Stage } from './stage.ts';
import { nodeName } from './topology.ts';
import { waitFor } from './wait-for.ts';

const COMMAND_LINE = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const LOG_CHARACTERS_MAX = 200_000;
const START_DEADLINE_MS = 60_000;
const COMMAND_DEADLINE_MS = 60_000;

export interface DaemonOptions {
  /** Given to node itself, before the program. */
  readonly nodeArguments?: readonly string[] | undefined;
  /** `heartwire witness`, not `heartwire run`. */
  readonly isWitness?: boolean;
}

export class Daemon {
  readonly node: number;
  /** All that it told since it runs, oldest first. */
  readonly events: HeartwireEvent[] = [];
  readonly #stage: Stage;
  readonly #files: NodeFiles;
  readonly #process: SandboxProcess;
  #log = '';
  #control: ControlClient | null = null;

  /** Starts it; `ready()` tells when it answers. */
  constructor(stage: Stage, node: number, cluster: ClusterFiles, files: NodeFiles, how: DaemonOptions = {}) {
    this.#stage = stage;
    this.node = node;
    this.#files = files;
    rmSync(stage.sandbox.path(files.socket), { force: true }); // so that ready() cannot meet the one of a killed daemon
    stage.note(`${nodeName(node)} starts`);
    this.#process = stage.spawn(nodeName(node), [
      process.execPath,
      ...(how.nodeArguments ?? []),
      COMMAND_LINE,
      ...(how.isWitness === true ? ['witness'] : ['run', '--node', nodeName(node)]),
      '--config',
      cluster.configuration,
      '--state-directory',
      files.state,
      '--socket',
      files.socket,
    ]);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => (this.#log = (this.#log + String(chunk)).slice(-LOG_CHARACTERS_MAX)));
    }
  }

  /** Resolves once it answers on its control socket. @throws HeartwireError when it ends before that. */
  async ready(): Promise<void> {
    this.#control = await waitFor(`an answer of the daemon of ${nodeName(this.node)}`, () => this.#connect(), {
      deadlineMs: START_DEADLINE_MS,
      seen: () => this.#log.slice(-2000),
    });
    void this.#follow();
  }

  get running(): boolean {
    return this.#process.running;
  }

  /** Seen from outside the sandbox; null once it has ended. */
  get pid(): number | null {
    return this.#process.pid;
  }

  /** What it logged, the last part of it. */
  get log(): string {
    return this.#log;
  }

  async status(): Promise<ClusterStatus> {
    if (this.#control === null) throw HeartwireError.of('HW_NO_DAEMON', { socket: this.#files.socket, reason: 'not started' });
    return (await this.#control.request({ command: 'status' })) as ClusterStatus;
  }

  kill(signal: NodeJS.Signals): boolean {
    this.#stage.note(`${signal} to ${nodeName(this.node)}`);
    return this.#process.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit> {
    this.#stage.note(`${signal} to ${nodeName(this.node)}`);
    return this.#process.end(signal);
  }

  /** Runs a command of the command line against this daemon: `['move', '--to', 'node2']`; killed when it hangs. */
  async command(words: readonly string[]): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
    this.#stage.note(`${nodeName(this.node)}: ${words.join(' ')}`);
    const child = this.#stage.spawn(nodeName(this.node), [process.execPath, COMMAND_LINE, ...words, '--socket', this.#files.socket]);
    child.stdin.end();
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const patience = setTimeout(() => child.kill('SIGKILL'), COMMAND_DEADLINE_MS);
    const exit = await child.exited;
    clearTimeout(patience);
    return { ...exit, stdout, stderr };
  }

  async #connect(): Promise<ControlClient | null> {
    if (!this.running)
      throw HeartwireError.of('HW_STAGE_COMMAND', { reason: `the daemon of ${nodeName(this.node)} ended: ${this.#log.slice(-2000)}` });
    return ControlClient.open(this.#stage.sandbox.path(this.#files.socket)).catch(() => null);
  }

  async #follow(): Promise<void> {
    try {
      const connection = await ControlClient.open(this.#stage.sandbox.path(this.#files.socket));
      for await (const event of connection.stream({ command: 'events', recent: 1000, follow: true }))
        this.events.push(event as HeartwireEvent);
    } catch {
      // It ended, and so do its events.
    }
  }
}
