// Programs of a rival on a stage, one a node, and what they say: the same for all that are one process tree a node.
import type { SandboxProcess } from '../../../lib/demo/sandbox-process.ts';
import { descendants } from './process-tree.ts';
import type { Processes } from '../system.ts';

const SAID_CHARACTERS_MAX = 20_000;

export class Programs {
  readonly #byNode = new Map<number, SandboxProcess>();
  #said = '';

  add(node: number, program: SandboxProcess): void {
    this.#byNode.set(node, program);
    for (const stream of [program.stdout, program.stderr]) {
      stream.on('data', (chunk) => (this.#said = (this.#said + String(chunk)).slice(-SAID_CHARACTERS_MAX)));
    }
  }

  get said(): string {
    return this.#said;
  }

  /** `daemonOf` chooses among the program and all below it. */
  processes(node: number, daemonOf: (all: readonly number[], main: number) => number = (_, main) => main): Processes | null {
    const main = this.#byNode.get(node)?.pid ?? null;
    if (main === null) return null;
    const all = [...descendants(main), main];
    return { daemon: daemonOf(all, main), main, all };
  }

  /** Ends all processes of a node at once, and resolves when what was started is gone. */
  async end(node: number): Promise<void> {
    const program = this.#byNode.get(node);
    for (const pid of this.processes(node)?.all ?? []) endNow(pid);
    await program?.exited;
    this.#byNode.delete(node);
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Its parent's end was its own.
  }
}
