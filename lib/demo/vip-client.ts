// The client of a virtual address, and the service behind it, as programs on a stage. The service runs at
// every node and says which node it is; the client asks at a fixed pace and reports who answered when. All
// times are ns of CLOCK_BOOTTIME, the clock of the engine's events.
import { once, EventEmitter } from 'node:events';
import { HeartwireError } from '../errors.ts';
import { eachLine, parseObject } from './lines.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import type { Stage } from './stage.ts';
import { toolPath } from './tools.ts';
import { nodeIds, nodeName } from './topology.ts';

export const SERVICE_PORT = 7400;

/** A node began to answer; `before` and `gapNs` are null for the first answer of all. */
export interface Answering {
  readonly event: 'answering';
  readonly node: number;
  readonly atNs: number;
  readonly before: number | null;
  readonly gapNs: number | null;
}

/** Answers of one node in a row, without a silence between them. */
export interface AnswerRun {
  readonly node: number;
  readonly answers: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** When the last of them was given, by the node's clock, the same one. */
  readonly saidNs: number;
}

export interface ClientSummary {
  readonly sent: number;
  readonly sendErrors: number;
  readonly answered: number;
  /** How late the client itself ever was: a stall of the machine, not of the service. */
  readonly lateNsMax: number;
  readonly runs: readonly AnswerRun[];
}

export interface VipClientOptions {
  /** Virtual address, without prefix length. */
  readonly to: string;
  /** Between two questions, 20 or more. */
  readonly intervalUs: number;
  /** No answer for so long is a silence; default five intervals. */
  readonly silenceUs?: number;
  /** SCHED_FIFO 1-99; default 0, ordinary scheduling. */
  readonly priority?: number;
  /** Who asks; default `client`. */
  readonly member?: string;
}

/** Starts the service at every node; it ends with the stage. */
export async function startServices(stage: Stage, priority = 0): Promise<SandboxProcess[]> {
  return Promise.all(
    nodeIds(stage.topology).map(async (node) => {
      const command = [toolPath('heartwire-vip-echo'), '--node', String(node), '--port', String(SERVICE_PORT)];
      const service = stage.spawn(nodeName(node), [...command, '--priority', String(priority)]);
      const listening = once(service.stdout, 'data').then(() => true);
      if (!(await Promise.race([listening, service.exited.then(() => false)]))) {
        throw HeartwireError.of('HW_STAGE_COMMAND', { reason: `${command.join(' ')} at ${nodeName(node)} ended at once` });
      }
      return service;
    }),
  );
}

/** Emits `answering` (Answering) and `silent` ({ node, sinceNs }) while it runs. */
export class VipClient extends EventEmitter {
  /** Every change so far. */
  readonly changes: Answering[] = [];
  readonly #process: SandboxProcess;
  readonly #summary: Promise<ClientSummary>;
  #silent = true;

  constructor(stage: Stage, options: VipClientOptions) {
    super();
    const numbers = { 'interval-us': options.intervalUs, 'silence-us': options.silenceUs ?? 0, priority: options.priority ?? 0 };
    const flags = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const command = [toolPath('heartwire-vip-client'), '--to', options.to, '--port', String(SERVICE_PORT), ...flags];
    this.#process = stage.spawn(options.member ?? 'client', command);
    this.#summary = new Promise((resolve, reject) => {
      eachLine(this.#process.stdout, (line) => {
        const report = parseObject(line);
        if (report?.['event'] === 'summary') resolve(report as unknown as ClientSummary);
        else if (report !== null) this.#take(report);
      });
      void this.#process.exited.then(({ code, signal }) => {
        if (code !== 0) reject(HeartwireError.of('HW_STAGE_COMMAND', { reason: `${command.join(' ')} ended: ${code ?? signal ?? '?'}` }));
      });
    });
    this.#summary.catch(() => undefined); // told to whoever calls stop()
  }

  /** The node that answers now; null: nobody has yet. */
  get owner(): number | null {
    return this.changes.at(-1)?.node ?? null;
  }

  /** Nobody answers at present. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Ends it and returns what it saw. */
  async stop(): Promise<ClientSummary> {
    this.#process.stdin.end();
    return this.#summary;
  }

  #take(report: Record<string, unknown>): void {
    this.#silent = report['event'] === 'silent';
    if (report['event'] === 'answering') this.changes.push(report as unknown as Answering);
    this.emit(String(report['event']), report);
  }
}

/**
 * The changes of owner in a summary: from the last answer of one to the first answer of the next. Answers that a node had given before
 * the next one's first, and that a queue on the way brought after it, are no change: they were given by right.
 */
export function ownerChanges(summary: ClientSummary): { from: number; to: number; gapNs: number; atNs: number }[] {
  const isQueued = (run: AnswerRun, index: number): boolean => run.saidNs < (summary.runs[index - 1]?.firstNs ?? 0);
  const runs = summary.runs.filter((run, index) => !isQueued(run, index));
  return runs.flatMap((run, index) => {
    const before = runs[index - 1];
    if (before === undefined || before.node === run.node) return [];
    return [{ from: before.node, to: run.node, gapNs: run.firstNs - before.lastNs, atNs: run.firstNs }];
  });
}

/** The longest time without an answer, whoever gave it. */
export function longestGapNs(summary: ClientSummary): number {
  return summary.runs.reduce((longest, run, index) => {
    const before = summary.runs[index - 1];
    return before === undefined ? longest : Math.max(longest, run.firstNs - before.lastNs);
  }, 0);
}
