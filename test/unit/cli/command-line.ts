// Runs the command line as a person's shell does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const COMMAND_LINE: string = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class RunningCommand {
  readonly #child;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Outcome>;

  constructor(words: readonly string[], program: string = COMMAND_LINE) {
    this.#child = spawn(process.execPath, [program, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HEARTWIRE_SOCKET: undefined, HEARTWIRE_CONFIG: undefined, NO_COLOR: undefined },
    });
    this.#child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.#child, 'close').then(([code]) => ({ code: code as number | null, stdout: this.stdout, stderr: this.stderr }));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

export function heartwire(...words: string[]): Promise<Outcome> {
  return new RunningCommand(words).ended;
}
