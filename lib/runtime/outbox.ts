// Messages that are on their way: so that a node which leaves can wait until the others have what it said last. What is said
// in one turn goes out together, since waking the message thread costs more than the message; and what is said to all is
// encoded once.
import { setTimeout as pause } from 'node:timers/promises';
import { encodeMessage } from '../protocol/codec/codec.ts';
import type { Message } from '../protocol/membership/messages.ts';
import type { NodeId } from '../protocol/types.ts';
import type { NativeNode } from '../native.ts';

const TURNS_MAX = 16;
const LOOK_MS = 2;

/** A change of parameters or of the configuration is not: it may be what mends a threshold that is too low. */
function isOfPrograms(message: Message): boolean {
  return message.kind === 'wish' && message.protocol === 'commit';
}

export class Outbox {
  readonly #native: NativeNode;
  #waits = false;
  /** In a batch of events: after so many turns what waits goes. 0: no batch. */
  #turnsLeft = 0;
  #last: { readonly message: Message; readonly bytes: Uint8Array } | null = null;

  constructor(native: NativeNode) {
    this.#native = native;
  }

  /**
   * It goes with the next flush(), or before. The threshold of the queue (P2) is for operations that programs wish; all else follows from what was
   * opened, and is refused only where memory would not do, since the protocol cannot do without it.
   * @throws what the native node throws: HW_NO_SESSION, HW_QUEUE_OVERFLOW, HW_MESSAGE_TOO_LONG
   */
  send(to: NodeId, message: Message, isQuiet = false): void {
    if (this.#last?.message !== message) this.#last = { message, bytes: encodeMessage(message) };
    this.#native.send(to, this.#last.bytes, true, !isOfPrograms(message), isQuiet);
    this.#waits = true;
  }

  /** While `work` handles a batch of events, what several of them give goes out together. */
  together(work: () => void): void {
    this.#turnsLeft = TURNS_MAX;
    try {
      work();
    } finally {
      this.#turnsLeft = 0;
      this.flush();
    }
  }

  /** At the end of each turn. */
  turned(): void {
    if (this.#turnsLeft > 1) {
      this.#turnsLeft--;
      return;
    }
    if (this.#turnsLeft === 1) this.#turnsLeft = TURNS_MAX;
    this.flush();
  }

  /** Before anything that may take time. */
  flush(): void {
    this.#last = null;
    if (!this.#waits) return;
    this.#waits = false;
    this.#native.flush();
  }

  /** Drops what waits for this node, and the session with it. */
  forget(node: NodeId): void {
    this.#native.forget(node);
  }

  /** Resolves when everything is delivered or given up, at the latest after `limitMs`. */
  async empty(limitMs: number): Promise<void> {
    for (const limit = AbortSignal.timeout(limitMs); this.#native.underWay() > 0 && !limit.aborted; ) await pause(LOOK_MS);
  }
}
