// Commands that wait for the protocol's answer.
import { HeartwireError } from '../errors.ts';

export class Replies {
  readonly #waiting = new Map<number, { readonly resolve: () => void; readonly reject: (error: HeartwireError) => void }>();
  #lastId = 0;

  /** @param ask gives the command to the protocol under this number, which may answer at once */
  await(ask: (id: number) => void): Promise<void> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      ask(id);
    });
  }

  answer(id: number, error: { readonly code: string; readonly message: string } | null): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === null) waiting?.resolve();
    else waiting?.reject(HeartwireError.of('HW_REFUSED', { reason: error.message }));
  }

  /** The node has stopped: nobody will answer. */
  end(): void {
    for (const { reject } of this.#waiting.values()) reject(HeartwireError.of('HW_NOT_RUNNING', {}));
    this.#waiting.clear();
  }
}
