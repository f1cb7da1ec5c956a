// Two watchers on a stage of two networks, and all that they said. Two are the least that can be mistaken of each other: the teams of
// all time-outs run at the same time, and with three nodes each, four time-outs alone kept two CPUs busy.
import { fileURLToPath } from 'node:url';
import { eachLine, parseObject } from '../../lib/demo/lines.ts';
import type { SandboxProcess } from '../../lib/demo/sandbox-process.ts';
import { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, networkIds, nodeIds, nodeName } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import type { Verdict, WatcherPlan } from './watcher.ts';

const PROGRAM = fileURLToPath(new URL('./watcher.js', import.meta.url));
const PRIORITY = 50;
const DEADLINE_MS = 30_000;

export interface TeamPlan {
  readonly intervalUs: number;
  readonly timeoutUs: number;
  readonly secondThread: boolean;
  /** CPU of a node's first beat thread; null: any. */
  cpuOf(node: number): number | null;
}

export class Team {
  readonly verdicts: Verdict[] = [];
  readonly stage: Stage;
  readonly #programs = new Map<number, SandboxProcess>();
  #said = '';

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Resolves once all hear each other. */
  static async open(plan: TeamPlan): Promise<Team> {
    const team = new Team(await Stage.open({ nodes: 2, networks: 2, hosts: [] }));
    try {
      for (const node of team.nodes) team.#start(node, plan);
      await waitFor('two nodes that hear each other', () => team.allAlive(), { deadlineMs: DEADLINE_MS, seen: () => team.#said });
      return team;
    } catch (error) {
      await team.close();
      throw error;
    }
  }

  get nodes(): number[] {
    return nodeIds(this.stage.topology);
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  /** Whether, by the last words of each, everybody lives. */
  allAlive(): boolean {
    return this.nodes.every((by) => this.nodes.every((about) => by === about || this.#holds(by, about)));
  }

  /** @throws Error when it does not run */
  signal(node: number, signal: NodeJS.Signals): void {
    const pid = this.#programs.get(node)?.pid;
    if (pid == null) throw new Error(`the watcher of node ${node} has ended: ${this.#said}`);
    process.kill(pid, signal);
  }

  #holds(by: number, about: number): boolean {
    return this.verdicts.findLast((verdict) => verdict.by === by && verdict.about === about)?.alive === true;
  }

  #start(node: number, { intervalUs, timeoutUs, secondThread, cpuOf }: TeamPlan): void {
    const cpu = cpuOf(node);
    const plan: WatcherPlan = {
      node,
      peers: this.nodes.filter((peer) => peer !== node),
      interfaces: networkIds(this.stage.topology).map(interfaceName),
      intervalUs,
      timeoutUs,
      priority: this.stage.sandbox.privileged ? PRIORITY : 0,
      affinity: cpu === null ? [] : [cpu],
      secondThread,
    };
    const program = this.stage.spawn(nodeName(node), [process.execPath, PROGRAM, JSON.stringify(plan)]);
    this.#programs.set(node, program);
    program.stderr.on('data', (chunk) => (this.#said += String(chunk)));
    eachLine(program.stdout, (line) => {
      const verdict = parseObject(line);
      if (verdict !== null) this.verdicts.push(verdict as unknown as Verdict);
    });
  }
}
