// Messages that are on their way: so that a node which leaves can wait until the others have what it said last.
import { encodeMessage } from '../protocol/codec/codec.ts';
import type { Message } from '../protocol/membership/messages.ts';
import type { NodeId } from '../protocol/types.ts';
import type { NativeNode } from '../native.ts';

export class Outbox {
  readonly #native: NativeNode;
  /** Who each is for, by its number. */
  readonly #underWay = new Map<bigint, NodeId>();
  #onEmpty: (() => void) | null = null;

  constructor(native: NativeNode) {
    this.#native = native;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /** @throws what the native node throws: HW_NO_SESSION, HW_QUEUE_OVERFLOW, HW_MESSAGE_TOO_LONG */
  send(to: NodeId, message: Message): void {
    this.#underWay.set(this.#native.send(to, encodeMessage(message)), to);
  }

  /** Drops what waits for this node, and the session with it. */
  forget(node: NodeId): void {
    this.#native.forget(node);
    for (const [id, to] of this.#underWay) if (to === node) this.#underWay.delete(id);
    this.#checkEmpty();
  }

  /** Delivered, or given up. */
  ended(id: bigint): void {
    this.#underWay.delete(id);
    this.#checkEmpty();
  }

  /** Resolves when nothing is on its way, at the latest after `limitMs`. */
  async empty(limitMs: number): Promise<void> {
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onEmpty = null;
  }

  #checkEmpty(): void {
    if (this.size === 0) this.#onEmpty?.();
  }
}
