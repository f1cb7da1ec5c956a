// What may run for resource groups on this node, written down before it is started: a daemon that starts anew after it was killed
// finds it there, and stops it before anything else.
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../state-file.ts';

export interface RunRecord {
  readonly group: string;
  readonly command: string;
  /** See marked-processes.ts. */
  readonly mark: string;
  /** Of the process that was started, for people; null: it was about to be. */
  readonly pid: number | null;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

const entry: z.ZodType<RunRecord> = z.strictObject({
  group: z.string(),
  command: z.string(),
  mark: z.string().regex(/^[0-9a-f-]{36}$/),
  pid: z.number().int().positive().nullable(),
  startedMs: z.number(),
});
const shape = z.strictObject({ version: z.literal(1), running: z.array(entry) });

export class CommandRecord {
  readonly #path: string;
  readonly #onTrouble: (reason: string | null) => void;
  #running: readonly RunRecord[];

  /**
   * Reads what the last start has left; what cannot be understood is told of, and counts as nothing.
   * @param onTrouble why it cannot be read or written; null: it can again
   */
  constructor(directory: string, onTrouble: (reason: string | null) => void) {
    this.#path = join(directory, 'commands.json');
    this.#onTrouble = onTrouble;
    this.#running = this.#read();
  }

  get running(): readonly RunRecord[] {
    return this.#running;
  }

  of(group: string, command: string): RunRecord | null {
    return this.#running.find((each) => each.group === group && each.command === command) ?? null;
  }

  set(record: RunRecord): void {
    this.#write([...this.#without(record.group, record.command), record]);
  }

  delete(group: string, command: string): void {
    this.#write(this.#without(group, command));
  }

  #without(group: string, command: string): RunRecord[] {
    return this.#running.filter((each) => each.group !== group || each.command !== command);
  }

  #read(): readonly RunRecord[] {
    try {
      const text = readIfThere(this.#path);
      return text === null ? [] : shape.parse(JSON.parse(text)).running;
    } catch (error) {
      this.#onTrouble(error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  /** A disk that fails is no reason to leave a group unserved: it is told of. */
  #write(running: readonly RunRecord[]): void {
    this.#running = running;
    try {
      writeDurably(this.#path, `${JSON.stringify({ version: 1, running })}\n`);
      this.#onTrouble(null);
    } catch (error) {
      this.#onTrouble(error instanceof Error ? error.message : String(error));
    }
  }
}
