// Programs that call Heartwire, one on each node of a stage (lib/demo/member-program.ts): what stories of the API play with.
import assert from 'node:assert/strict';
import { type ClusterFiles, type ClusterPlan, nodeFiles, writeClusterFiles } from '../../../lib/demo/cluster-files.ts';
import { ControlClient } from '../../../lib/control/client.ts';
import { MemberProgram } from '../../../lib/demo/member.ts';
import type { Exit } from '../../../lib/demo/sandbox-process.ts';
import { Stage } from '../../../lib/demo/stage.ts';
import { nodeName } from '../../../lib/demo/topology.ts';
import { waitFor } from '../../../lib/demo/wait-for.ts';
import type { ProgressReport } from '../../../lib/runtime/types.ts';
import { fileURLToPath } from 'node:url';
import { QUICK } from './scene.ts';
import { CLEANING_UP_MS, programReport, within } from './story-report.ts';

const LIMIT_MS = 150_000;
const COMMAND_LINE = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url));

export class Programs {
  readonly members: Map<number, MemberProgram> = new Map();
  readonly #stage: Stage;
  readonly #plan: ClusterPlan;
  readonly #files: ClusterFiles;

  /** @param fields further ones of the configuration file */
  constructor(stage: Stage, nodes: readonly number[], fields: ClusterPlan['fields'] = {}) {
    this.#stage = stage;
    this.#plan = { name: 'operations', nodes, addresses: [], ...QUICK, fields };
    this.#files = writeClusterFiles(stage, this.#plan);
  }

  async start(node: number, after = ''): Promise<MemberProgram> {
    const member = new MemberProgram(this.#stage, node, this.#plan, this.#files, after);
    this.members.set(node, member);
    await member.joined();
    return member;
  }

  /** What `asked` answers when node `through` is told to ask it. */
  async progress(through: number, asked: number): Promise<ProgressReport> {
    const client = await ControlClient.open(this.#stage.sandbox.path(nodeFiles(this.#plan, through).socket));
    try {
      return (await client.request({ command: 'progress', node: asked })) as ProgressReport;
    } finally {
      client.close();
    }
  }

  /** A command of the command line, against the program of a node. */
  async command(node: number, words: readonly string[]): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
    const { socket } = nodeFiles(this.#plan, node);
    const child = this.#stage.spawn(nodeName(node), [process.execPath, COMMAND_LINE, ...words, '--socket', socket]);
    child.stdin.end();
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    return { ...(await child.exited), stdout, stderr };
  }

  /** Once all say the same. */
  async manager(): Promise<number> {
    const seen = async (node: number): Promise<number> => {
      const { stdout } = await this.command(node, ['status', '--json']);
      return (JSON.parse(stdout) as { readonly manager: number | null }).manager ?? 0;
    };
    return waitFor(
      'one manager',
      async () => {
        const [first = 0, ...others] = await Promise.all([...this.members.keys()].map(seen));
        return first > 0 && others.every((other) => other === first) ? first : null;
      },
      { deadlineMs: 20_000 },
    );
  }

  of(node: number): MemberProgram {
    const member = this.members.get(node);
    assert.ok(member);
    return member;
  }

  /** Waits until these have applied the same, in one order, and gives it. */
  async agree(nodes: readonly number[], count: number): Promise<unknown[]> {
    const seen = (): string[] => nodes.map((node) => JSON.stringify(this.of(node).applied.map(({ data }) => data)));
    await waitFor('the same operations everywhere', () => nodes.every((node) => this.of(node).applied.length >= count), {
      deadlineMs: 20_000,
      seen: () => seen().join('\n'),
    });
    const [first = '', ...others] = seen();
    for (const other of others) assert.equal(other, first);
    return JSON.parse(first) as unknown[];
  }
}

/** @param fields further ones of the configuration file */
export function programStory(
  title: string,
  nodes: readonly number[],
  play: (programs: Programs, stage: Stage) => Promise<void>,
  fields: ClusterPlan['fields'] = {},
): void {
  it(title, async function () {
    this.timeout(LIMIT_MS + CLEANING_UP_MS);
    const stage = await Stage.open({ nodes: nodes.length, networks: 2, hosts: [] });
    const programs = new Programs(stage, nodes, fields);
    const playing = async (): Promise<void> => {
      await Promise.all(nodes.map((node) => programs.start(node)));
      await play(programs, stage);
    };
    try {
      await within(LIMIT_MS, playing());
    } catch (error) {
      throw programReport(this.test?.fullTitle() ?? title, stage, [...programs.members.values()], error);
    } finally {
      await stage.close();
    }
  });
}
