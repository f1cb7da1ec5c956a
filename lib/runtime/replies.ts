// Commands that wait for the protocol's answer.
import { HeartwireError } from '../errors.ts';

/** Codes of the protocol that are the people's too; any other is a refusal. */
const codes = new Map([
  ['HW_OPERATION_ABORTED', 'HW_OPERATION_ABORTED'],
  ['HW_OUTCOME_UNKNOWN', 'HW_OUTCOME_UNKNOWN'],
] as const satisfies [string, string][]) as ReadonlyMap<string, 'HW_OPERATION_ABORTED' | 'HW_OUTCOME_UNKNOWN'>;

export class Replies {
  readonly #waiting = new Map<
    number,
    { readonly resolve: (number: bigint | null) => void; readonly reject: (error: HeartwireError) => void }
  >();
  #lastId = 0;

  /** @param ask gives the command to the protocol under this number, which may answer at once */
  await(ask: (id: number) => void): Promise<bigint | null> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      ask(id);
    });
  }

  answer(id: number, error: { readonly code: string; readonly message: string } | null, number: bigint | null = null): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === null) waiting?.resolve(number);
    else if (error.code === 'HW_QUEUE_OVERFLOW') waiting?.reject(HeartwireError.of('HW_QUEUE_OVERFLOW', { node: error.message }));
    else waiting?.reject(HeartwireError.of(codes.get(error.code) ?? 'HW_REFUSED', { reason: error.message }));
  }

  /** The node has stopped: nobody will answer. */
  end(): void {
    for (const { reject } of this.#waiting.values()) reject(HeartwireError.of('HW_NOT_RUNNING', {}));
    this.#waiting.clear();
  }
}
