// A program of a stage's node that calls Heartwire (member-program.ts), seen from outside: orders in, what it says out.
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProposeOptions } from '../api/operation.ts';
import { type ClusterFiles, type ClusterPlan, nodeFiles } from './cluster-files.ts';
import type { Exit, SandboxProcess } from './sandbox-process.ts';
import type { Stage } from './stage.ts';
import { nodeName } from './topology.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = fileURLToPath(new URL('member-program.js', import.meta.url));

/** `child` waits for a child process, `lock` for a lock with its event loop blocked; both vote yes after 4 s. */
export type VoteMode = 'yes' | 'no' | 'never' | 'child' | 'lock';

export type MemberOrder =
  | { readonly do: 'propose'; readonly id: number; readonly data: unknown; readonly options: ProposeOptions }
  | { readonly do: 'measure'; readonly count: number; readonly inFlight: number; readonly bytes: number; readonly options: ProposeOptions }
  | { readonly do: 'vote'; readonly how: VoteMode }
  | { readonly do: 'block'; readonly ms: number }
  | { readonly do: 'leave' };

export interface Answer {
  readonly id: number;
  readonly number: string | null;
  readonly code: string | null;
  readonly message: string;
}
export interface Applied {
  readonly number: string;
  readonly name: string;
  readonly data: unknown;
}
export interface Measured {
  readonly tookUs: readonly number[];
  readonly seconds: number;
}
export interface MemberLine {
  readonly joined?: string;
  readonly applied?: Applied;
  readonly answered?: Answer;
  readonly measured?: Measured;
  readonly votes?: string;
  readonly unblocked?: boolean;
  readonly failed?: string;
}

export class MemberProgram {
  readonly node: number;
  readonly lines: MemberLine[] = [];
  readonly #process: SandboxProcess;
  #lastId = 0;
  #errors = '';

  /** @param after number of the last operation that an earlier start of it has kept */
  constructor(stage: Stage, node: number, plan: ClusterPlan, files: ClusterFiles, after = '') {
    this.node = node;
    const { state, socket } = nodeFiles(plan, node);
    mkdirSync(stage.sandbox.path(state), { recursive: true });
    this.#process = stage.spawn(nodeName(node), [
      process.execPath,
      PROGRAM,
      files.configuration,
      nodeName(node),
      state,
      socket,
      ...(after === '' ? [] : [after]),
    ]);
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.lines.push(JSON.parse(line) as MemberLine));
    this.#process.stderr.on('data', (chunk) => (this.#errors += String(chunk)));
  }

  get applied(): Applied[] {
    return this.lines.flatMap((line) => line.applied ?? []);
  }

  /** What it wrote on standard error. */
  get errors(): string {
    return this.#errors;
  }

  joined(): Promise<unknown> {
    return this.#say((line) => line.joined);
  }

  order(order: MemberOrder): void {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async vote(how: VoteMode): Promise<void> {
    const before = this.lines.length;
    this.order({ do: 'vote', how });
    await this.#say((line) => line.votes, before);
  }

  propose(data: unknown, options: ProposeOptions = {}): Promise<Answer> {
    const id = ++this.#lastId;
    this.order({ do: 'propose', id, data, options });
    return this.#say((line) => (line.answered?.id === id ? line.answered : undefined));
  }

  measure(order: Omit<Extract<MemberOrder, { do: 'measure' }>, 'do'>): Promise<Measured> {
    const before = this.lines.length;
    this.order({ do: 'measure', ...order });
    return this.#say((line) => line.measured, before, 120_000);
  }

  /** Seen from outside the sandbox; null once it has ended. */
  get pid(): number | null {
    return this.#process.pid;
  }

  kill(signal: NodeJS.Signals): boolean {
    return this.#process.kill(signal);
  }

  end(signal: NodeJS.Signals): Promise<Exit> {
    return this.#process.end(signal);
  }

  #say<T>(pick: (line: MemberLine) => T | undefined, from = 0, deadlineMs = 20_000): Promise<T> {
    const found = (): T | undefined => {
      for (const line of this.lines.slice(from)) {
        const value = pick(line);
        if (value !== undefined) return value;
      }
      return undefined;
    };
    return waitFor(`a line of the program on ${nodeName(this.node)}`, () => found() ?? null, {
      deadlineMs,
      seen: () => `${JSON.stringify(this.lines.slice(-3))} ${this.#errors.slice(-1000)}`,
    });
  }
}
