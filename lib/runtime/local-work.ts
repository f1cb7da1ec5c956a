// What this program's own handlers are doing in an operation now, and what they say they wait for: a lock, a child process,
// a disk. Kept beside the protocol, which knows only that a handler has not answered yet (Q2).
import type { Progress } from '../protocol/rounds/progress.ts';
import { nameOf } from '../protocol/rounds/state.ts';

const WORDS_MAX = 200;

/** `step`: this node's part in a round of a reconfiguration. */
type Part = 'vote' | 'apply' | 'step';

interface Work {
  readonly part: Part;
  readonly operation: string;
  readonly sinceMs: number;
  waitsFor: string | null;
}

export interface Doing {
  waitsFor(what: string): void;
  ended(): void;
}

export class LocalWork {
  readonly #works = new Map<string, Work>();
  readonly #nowMs: () => number;
  readonly #changed: (isUrgent: boolean) => void;

  /** @param changed what is said here is to be published now: the handler may block the event loop next */
  constructor(nowMs: () => number, changed: (isUrgent: boolean) => void) {
    this.#nowMs = nowMs;
    this.#changed = changed;
  }

  begin(part: Part, number: bigint, operation: string): Doing {
    const key = keyOf(part, nameOf(number));
    const work: Work = { part, operation, sinceMs: this.#nowMs(), waitsFor: null };
    this.#works.set(key, work);
    if (part !== 'apply') this.#changed(false);
    return {
      waitsFor: (what) => {
        work.waitsFor = what.slice(0, WORDS_MAX);
        if (this.#works.get(key) === work) this.#changed(true);
      },
      ended: () => {
        if (this.#works.get(key) === work) this.#works.delete(key);
      },
    };
  }

  /** The same progress, with the words of the handlers in it. */
  explain(progress: Progress): Progress {
    const applying = [...this.#works].filter(([, { part }]) => part === 'apply');
    return {
      ...progress,
      protocols: progress.protocols.map((protocol) => {
        const step = this.#works.get(keyOf('step', protocol.protocol));
        if (step !== undefined) return { ...protocol, waitsFor: step.waitsFor ?? protocol.waitsFor };
        const work = this.#works.get(keyOf('vote', protocol.protocol));
        return work === undefined ? protocol : { ...protocol, waitsFor: `the vote of its program on ${textOf(work)}` };
      }),
      waiting: [
        ...progress.waiting,
        ...applying.map(([key, work]) => ({
          what: `its program to apply ${key.slice(6)}, ${textOf(work)}`,
          nodes: [],
          sinceMs: work.sinceMs,
        })),
      ],
    };
  }
}

function keyOf(part: Part, name: string): string {
  return `${part} ${name}`;
}

function textOf({ operation, waitsFor }: Work): string {
  return waitsFor === null ? operation.slice(0, WORDS_MAX) : `${operation.slice(0, WORDS_MAX)}, which waits for ${waitsFor}`;
}
