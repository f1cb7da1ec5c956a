// What became of every operation of a run, as the programs saw it. A sentence in `broken` is the first thing that must
// not be: two outcomes, an operation that somebody refused, one that is applied twice or out of order.
import type { Operation } from '../../lib/protocol/commit/commit.ts';

interface Fate {
  readonly operation: Operation;
  /** Nodes and their starts that have applied it. */
  readonly appliedBy: Set<string>;
}

export class Ledger {
  broken: string | null = null;
  committedCount = 0;
  abortedCount = 0;
  readonly #fates = new Map<bigint, Fate>();
  readonly #undone = new Map<bigint, string>();
  readonly #isAlive: (start: string) => boolean;
  readonly #refused = new Set<bigint>();
  /** Operation by name: under which number it was committed. */
  readonly #numberOf = new Map<string, bigint>();
  readonly #answers = new Map<string, string | null>();
  /** The last one applied by each start of a node; null: none yet. */
  readonly #last = new Map<string, bigint | null>();

  /** @param isAlive does this start of a node ("3/2") run now? What is not durable dies with it. */
  constructor(isAlive: (start: string) => boolean) {
    this.#isAlive = isAlive;
  }

  begin(node: number, boot: bigint): void {
    this.#last.set(`${node}/${boot}`, null);
  }

  refused(number: bigint): void {
    this.#refused.add(number);
  }

  applied(node: number, boot: bigint, number: bigint, operation: Operation): void {
    const who = `${node}/${boot}`;
    const fate = this.#fates.get(number) ?? { operation, appliedBy: new Set() };
    this.#fates.set(number, fate);
    if (fate.appliedBy.size === 0) this.committedCount++;
    const last = this.#last.get(who) ?? null;
    const other = this.#numberOf.get(operation.name) ?? number;
    this.#numberOf.set(operation.name, other);
    const before = [...fate.appliedBy].find((start) => start.startsWith(`${node}/`));
    if (before !== undefined && operation.durable) this.fail(`${who} applies ${number}, which ${before} has applied and kept`);
    if (last !== null && number <= last) this.fail(`${who} applies ${number} after ${last}`);
    if (other !== number) this.fail(`operation ${operation.name} is committed as ${other} and as ${number}`);
    if (fate.operation.name !== operation.name) this.fail(`${number} is ${fate.operation.name} and ${operation.name}`);
    const undoneBy = this.#undone.get(number);
    if (undoneBy !== undefined && this.#counts(undoneBy, operation)) this.fail(`${who} applies ${number}, which ${undoneBy} has undone`);
    if (this.#refused.has(number)) this.fail(`${who} applies ${number}, which somebody refused`);
    if (this.#answers.get(operation.name) === 'HW_OPERATION_ABORTED') this.fail(`${who} applies ${operation.name}, said to be aborted`);
    fate.appliedBy.add(who);
    this.#last.set(who, number);
  }

  undone(node: number, boot: bigint, number: bigint): void {
    if (!this.#undone.has(number)) this.abortedCount++;
    this.#undone.set(number, `${node}/${boot}`);
    const fate = this.#fates.get(number);
    const by = [...(fate?.appliedBy ?? [])].find((start) => fate !== undefined && this.#counts(start, fate.operation));
    if (by !== undefined) this.fail(`node ${node} undoes ${number}, which ${by} has applied`);
  }

  answered(name: string, code: string | null): void {
    this.#answers.set(name, code);
    const number = this.#numberOf.get(name);
    if (code === null && number === undefined) this.fail(`operation ${name} is said to be done, and nobody has applied it`);
    if (code === 'HW_OPERATION_ABORTED' && number !== undefined) this.fail(`operation ${name} is said to be aborted, and is committed`);
  }

  /**
   * Operations that one start of a node has applied and another, which had begun to, has not.
   * @param durable only those: what a majority has forgotten by starting anew is gone
   */
  missedBy(who: string, other: string, durable: boolean): bigint[] {
    const counts = ({ operation, appliedBy }: Fate, start: string): boolean => appliedBy.has(start) && (operation.durable || !durable);
    const of = (start: string): bigint[] => [...this.#fates].filter(([, fate]) => counts(fate, start)).map(([number]) => number);
    const own = new Set(of(who));
    const [first] = [...own].sort((left, right) => (left < right ? -1 : 1));
    return first === undefined ? [] : of(other).filter((number) => number > first && !own.has(number));
  }

  #counts(start: string, { durable }: Operation): boolean {
    return durable || this.#isAlive(start);
  }

  fail(text: string): void {
    this.broken ??= text;
  }
}
