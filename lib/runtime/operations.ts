// The program's side of atomic operations: its vote is asked for, what was committed is applied, in order, one after
// another, once. A node without a handler of that name has no say, and agrees.
import { nameOf, type ProposalId } from '../protocol/rounds/state.ts';
import type { Operation } from '../protocol/commit/commit.ts';
import type { NodeId } from '../protocol/types.ts';
import type { Doing, LocalWork } from './local-work.ts';
import type { OperationContext, OperationHandler } from './types.ts';

export type Vote = { readonly ok: boolean; readonly reason: string };

export interface OperationHands {
  /** A handler comes next, and may block the event loop. */
  willCall(): void;
  /** A handler threw while it applied what was committed: this node's state may differ from the others'. */
  applyFailed(operation: string, number: string, error: unknown): void;
}

export class Operations {
  readonly #handlers = new Map<string, OperationHandler>();
  readonly #work: LocalWork;
  readonly #hands: OperationHands;
  /** Ends when all that was given so far is applied; null: it has. */
  #applying: Promise<void> | null = null;
  #applyingCount = 0;

  constructor(work: LocalWork, hands: OperationHands) {
    this.#work = work;
    this.#hands = hands;
  }

  /** @returns call it to end; the last handler of a name counts */
  handle(name: string, handler: OperationHandler): () => void {
    this.#handlers.set(name, handler);
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name);
    };
  }

  /** @param answer called at once where the handler answers at once */
  vote(number: bigint, body: unknown, proposal: ProposalId, answer: (vote: Vote) => void): void {
    const { name, data } = body as Operation;
    const handler = this.#handlers.get(name);
    if (handler?.vote === undefined) return answer({ ok: true, reason: '' });
    this.#hands.willCall();
    const doing = this.#work.begin('vote', number, name);
    const ended = (vote: Vote): void => {
      doing.ended();
      answer(vote);
    };
    try {
      const vote = handler.vote(data, new Context(number, proposal, doing));
      if (typeof vote !== 'object') return ended(asVote(vote));
      vote.then(
        (late) => ended(asVote(late)),
        (error: unknown) => ended({ ok: false, reason: reasonOf(error) }),
      );
    } catch (error) {
      ended({ ok: false, reason: reasonOf(error) });
    }
  }

  apply(number: bigint, operation: Operation, proposal: ProposalId): void {
    if (this.#applying !== null) return this.#queue(() => this.#applyNow(number, operation, proposal));
    const result = this.#applyNow(number, operation, proposal);
    if (result !== undefined) this.#queue(() => result);
  }

  /** Ends when all that has been given so far is applied; null: it is. */
  get applying(): Promise<void> | null {
    return this.#applying;
  }

  #queue(work: () => void | Promise<void>): void {
    this.#applyingCount++;
    const before = this.#applying ?? Promise.resolve();
    this.#applying = before.then(work).finally(() => {
      if (--this.#applyingCount === 0) this.#applying = null;
    });
  }

  /** Undefined: it is applied already. */
  #applyNow(number: bigint, { name, data }: Operation, proposal: ProposalId): Promise<void> | undefined {
    const failed = (error: unknown): void => this.#hands.applyFailed(name, nameOf(number), error);
    const handler = this.#handlers.get(name);
    if (handler === undefined) return undefined;
    this.#hands.willCall();
    const doing = this.#work.begin('apply', number, name);
    try {
      const result = handler.apply(data, new Context(number, proposal, doing));
      if (result !== undefined) return result.catch(failed).finally(() => doing.ended());
    } catch (error) {
      failed(error);
    }
    doing.ended();
    return undefined;
  }
}

class Context implements OperationContext {
  readonly number: bigint;
  readonly node: NodeId;
  readonly waitsFor: (what: string) => void;

  constructor(number: bigint, { node }: ProposalId, { waitsFor }: Doing) {
    this.number = number;
    this.node = node;
    this.waitsFor = waitsFor;
  }

  /** Few ask. */
  get name(): string {
    return nameOf(this.number);
  }
}

function asVote(vote: boolean | string): Vote {
  if (typeof vote === 'string') return { ok: false, reason: vote };
  return { ok: vote, reason: vote ? '' : 'it voted no' };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
