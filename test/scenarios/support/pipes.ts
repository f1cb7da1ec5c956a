// Messages between the nodes of a transcript, as the message thread promises them: in order, kept while there is no way,
// given up after a time. A script may hold back or drop a kind of message.
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import type { Boot, NodeId } from '../../../lib/protocol/types.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

const DELAY_MS = 1;
const RETRY_MS = 100;
const GIVE_UP_MS = 5000;

interface Pipe {
  readonly fromBoot: Boot;
  readonly toBoot: Boot;
  readonly queue: { readonly message: unknown; readonly sinceMs: number }[];
  pumping: boolean;
}

export class Pipes {
  readonly #world: World;
  readonly #pipes = new Map<string, Pipe>();
  /** "1>2 assign": dropped. */
  readonly dropped: Set<string> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  close(from: NodeId, to: NodeId): void {
    this.#pipes.delete(`${from}>${to}`);
  }

  send(from: Host, to: NodeId, message: unknown): void {
    const { kind } = message as Message;
    const toBoot = from.sessions.get(to);
    if (toBoot === undefined) {
      this.#world.soon(() => from.feed({ type: 'undeliverable', node: to }));
      return;
    }
    this.#world.say(from, 'messages', `${kind} to ${to}`);
    if (this.dropped.has(`${from.id}>${to} ${kind}`)) return;
    const key = `${from.id}>${to}`;
    let pipe = this.#pipes.get(key);
    if (pipe === undefined || pipe.fromBoot !== from.boot || pipe.toBoot !== toBoot) {
      pipe = { fromBoot: from.boot, toBoot, queue: [], pumping: false };
      this.#pipes.set(key, pipe);
    }
    pipe.queue.push({ message, sinceMs: this.#world.nowMs });
    if (!pipe.pumping) this.#later(DELAY_MS, pipe, from, to);
  }

  #later(afterMs: number, pipe: Pipe, from: Host, to: NodeId): void {
    pipe.pumping = true;
    this.#world.at(this.#world.nowMs + afterMs, () => this.#pump(pipe, from, to));
  }

  #pump(pipe: Pipe, from: Host, toId: NodeId): void {
    const world = this.#world;
    const to = world.host(toId);
    pipe.pumping = false;
    if (this.#pipes.get(`${from.id}>${toId}`) !== pipe || from.boot !== pipe.fromBoot || !from.running) return;
    if (from.frozen) return this.#later(RETRY_MS, pipe, from, toId);
    const [first] = pipe.queue;
    if (first === undefined) return;
    if (to.awake && to.boot === pipe.toBoot && world.links.reach(from.id, toId)) {
      pipe.queue.shift();
      to.feed({ type: 'received', from: from.id, boot: from.boot, message: structuredClone(first.message) });
      if (pipe.queue.length > 0) this.#later(0, pipe, from, toId);
    } else if (world.nowMs - first.sinceMs >= GIVE_UP_MS) {
      pipe.queue.length = 0;
      from.feed({ type: 'undeliverable', node: toId });
    } else this.#later(RETRY_MS, pipe, from, toId);
  }
}
