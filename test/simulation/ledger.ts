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
  readonly #undone = new Map<bigint, number>();
  readonly #refused = new Set<bigint>();
  /** Operation by name: under which number it was committed. */
  readonly #numberOf = new Map<string, bigint>();
  readonly #answers = new Map<string, string | null>();
  /** The last one applied by each start of a node; null: none yet. */
  readonly #last = new Map<string, bigint | null>();

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
    if (last !== null && number <= last) this.#break(`${who} applies ${number} after ${last}`);
    if (other !== number) this.#break(`operation ${operation.name} is committed as ${other} and as ${number}`);
    if (fate.operation.name !== operation.name) this.#break(`${number} is ${fate.operation.name} and ${operation.name}`);
    if (this.#undone.has(number)) this.#break(`${who} applies ${number}, which node ${this.#undone.get(number)} has undone`);
    if (this.#refused.has(number)) this.#break(`${who} applies ${number}, which somebody refused`);
    if (this.#answers.get(operation.name) === 'HW_OPERATION_ABORTED') this.#break(`${who} applies ${operation.name}, said to be aborted`);
    fate.appliedBy.add(who);
    this.#last.set(who, number);
  }

  undone(node: number, number: bigint): void {
    if (!this.#undone.has(number)) this.abortedCount++;
    this.#undone.set(number, node);
    const fate = this.#fates.get(number);
    if (fate !== undefined) this.#break(`node ${node} undoes ${number}, which ${[...fate.appliedBy].join(' ')} applied`);
  }

  answered(name: string, code: string | null): void {
    this.#answers.set(name, code);
    const number = this.#numberOf.get(name);
    if (code === null && number === undefined) this.#break(`operation ${name} is said to be done, and nobody has applied it`);
    if (code === 'HW_OPERATION_ABORTED' && number !== undefined) this.#break(`operation ${name} is said to be aborted, and is committed`);
  }

  /** Operations that a start of a node should have applied since its first one, and has not. */
  missedBy(node: number, boot: bigint): bigint[] {
    const who = `${node}/${boot}`;
    const own = [...this.#fates].filter(([, fate]) => fate.appliedBy.has(who)).map(([number]) => number);
    const first = own.reduce<bigint | null>((least, number) => (least === null || number < least ? number : least), null);
    if (first === null) return [];
    return [...this.#fates].filter(([number, fate]) => number > first && !fate.appliedBy.has(who)).map(([number]) => number);
  }

  #break(text: string): void {
    this.broken ??= text;
  }
}
