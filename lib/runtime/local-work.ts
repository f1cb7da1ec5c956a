// What this program's own handlers are doing in an operation now, and what they say they wait for: a lock, a child process,
// a disk. Kept beside the protocol, which knows only that a handler has not answered yet (Q2).
import type { Progress } from '../protocol/rounds/progress.ts';
import { nameOf } from '../protocol/rounds/state.ts';

const WORDS_MAX = 200;

/** `step`: this node's part in a round of a reconfiguration. */
type Part = 'vote' | 'apply' | 'step';

interface Work {
  readonly part: Part;
  readonly number: bigint;
  readonly operation: string;
  readonly sinceMs: number;
  waitsFor: string | null;
}

export interface Doing {
  waitsFor(what: string): void;
  ended(): void;
}

export class LocalWork {
  readonly #works = new Set<Work>();
  readonly #nowMs: () => number;
  readonly #changed: (isUrgent: boolean) => void;

  /** @param changed what is said here is to be published now: the handler may block the event loop next */
  constructor(nowMs: () => number, changed: (isUrgent: boolean) => void) {
    this.#nowMs = nowMs;
    this.#changed = changed;
  }

  begin(part: Part, number: bigint, operation: string): Doing {
    const work: Work = { part, number, operation, sinceMs: this.#nowMs(), waitsFor: null };
    this.#works.add(work);
    if (part !== 'apply') this.#changed(false);
    return {
      waitsFor: (what) => {
        work.waitsFor = what.slice(0, WORDS_MAX);
        if (this.#works.has(work)) this.#changed(true);
      },
      ended: () => void this.#works.delete(work),
    };
  }

  /** The same progress, with the words of the handlers in it. */
  explain(progress: Progress): Progress {
    const applying = [...this.#works].filter(({ part }) => part === 'apply');
    return {
      ...progress,
      protocols: progress.protocols.map((protocol) => {
        const step = this.#workOn('step', protocol.protocol);
        if (step !== undefined) return { ...protocol, waitsFor: step.waitsFor ?? protocol.waitsFor };
        const work = this.#workOn('vote', protocol.protocol);
        return work === undefined ? protocol : { ...protocol, waitsFor: `the vote of its program on ${textOf(work)}` };
      }),
      waiting: [
        ...progress.waiting,
        ...applying.map((work) => ({
          what: `its program to apply ${nameOf(work.number)}, ${textOf(work)}`,
          nodes: [],
          sinceMs: work.sinceMs,
        })),
      ],
    };
  }

  /** The newest; names of protocols are made here alone, since few ever ask. */
  #workOn(part: Part, name: string): Work | undefined {
    return [...this.#works].findLast((work) => work.part === part && nameOf(work.number) === name);
  }
}

function textOf({ operation, waitsFor }: Work): string {
  return waitsFor === null ? operation.slice(0, WORDS_MAX) : `${operation.slice(0, WORDS_MAX)}, which waits for ${waitsFor}`;
}
