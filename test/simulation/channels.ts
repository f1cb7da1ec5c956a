// Reliable messages between simulated nodes, as the message thread promises them: in order, retried over any
// network that carries, given up after a time. What is lost on the way costs time, not messages.
import { encodedBytesMax } from '../../lib/protocol/rounds/weight.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

const RETRY_NS = 20e6;
const GIVE_UP_NS = 5e9;
/** The message thread takes no longer ones (native/core/message/message_thread.h). */
const MESSAGE_BYTES_MAX = (1 << 20) + (1 << 17);

interface Waiting {
  readonly message: unknown;
  readonly sinceNs: number;
}

interface Channel {
  readonly fromBoot: bigint;
  readonly toBoot: bigint;
  readonly queue: Waiting[];
  pumping: boolean;
}

export class Channels {
  readonly #world: World;
  readonly #channels = new Map<string, Channel>();

  constructor(world: World) {
    this.#world = world;
  }

  close(from: number, to: number): void {
    this.#channels.delete(`${from}>${to}`);
  }

  send(from: Host, toId: number, message: unknown): void {
    const bytes = encodedBytesMax(message);
    if (bytes > MESSAGE_BYTES_MAX)
      this.#world.ledger.fail(`node ${from.id} says ${bytes} bytes at once, a ${(message as { kind: string }).kind}`);
    const toBoot = from.sessions.get(toId);
    if (toBoot === undefined) {
      from.feed({ type: 'undeliverable', node: toId });
      this.#world.lookFor(from, this.#world.host(toId));
      return;
    }
    const key = `${from.id}>${toId}`;
    let channel = this.#channels.get(key);
    if (channel === undefined || channel.fromBoot !== from.boot || channel.toBoot !== toBoot) {
      channel = { fromBoot: from.boot, toBoot, queue: [], pumping: false };
      this.#channels.set(key, channel);
    }
    channel.queue.push({ message: structuredClone(message), sinceNs: this.#world.schedule.nowNs });
    if (!channel.pumping) this.#pump(key, channel, from, toId);
  }

  /** On a network of both, or through a third node that stands still for nobody. */
  #reaches(from: number, to: number): boolean {
    const { network, hosts, options } = this.#world;
    if (network.reachable(from, to)) return true;
    const via = (host: Host): boolean => host.running && !host.paused && network.reachable(from, host.id) && network.reachable(host.id, to);
    return options.relays && hosts.some(via);
  }

  #pump(key: string, channel: Channel, from: Host, toId: number): void {
    const { schedule, network, random, options } = this.#world;
    const first = channel.queue[0];
    if (first === undefined || this.#channels.get(key) !== channel || from.boot !== channel.fromBoot || !from.running) {
      channel.pumping = false;
      return;
    }
    channel.pumping = true;
    const again = (): void => this.#pump(key, channel, from, toId);
    const to = this.#world.host(toId);
    if (schedule.nowNs - first.sinceNs > GIVE_UP_NS) {
      channel.queue.length = 0;
      channel.pumping = false;
      from.feed({ type: 'undeliverable', node: toId });
      this.#world.lookFor(from, to);
      return;
    }
    const loss = Math.min(options.lossPerMille + network.extraLossPerMille, 950);
    const gone = !to.running || to.boot !== channel.toBoot || !this.#reaches(from.id, toId);
    if (gone || (random.chance(loss) && random.chance(loss))) {
      schedule.at(schedule.nowNs + RETRY_NS, again);
      return;
    }
    schedule.at(schedule.nowNs + network.delayNs(), () => {
      if (to.running && to.boot === channel.toBoot) {
        channel.queue.shift();
        to.feed({ type: 'received', from: from.id, boot: channel.fromBoot, message: first.message });
      }
      again();
    });
  }
}
