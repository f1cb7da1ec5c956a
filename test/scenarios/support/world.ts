// The small world of the transcripts: nodes, wires, one clock that all share. Everything happens in the order of time,
// then of cause; nothing is random, so a transcript is the same on every run.
import type { Announcement, ClusterEvent, NodeId, ProtocolConfig } from '../../../lib/protocol/types.ts';
import { eventLine } from './lines.ts';
import { Host } from './host.ts';
import { Links } from './links.ts';
import { Pipes } from './pipes.ts';
import { Seats } from './seats.ts';

/** What a transcript may show beside events and answers. */
export const TOPICS = ['messages', 'beats', 'orders', 'seat', 'addresses', 'votes'] as const;
export type Topic = (typeof TOPICS)[number];

export class World {
  nowMs = 0;
  readonly hosts: Host[] = [];
  readonly links: Links;
  readonly pipes: Pipes = new Pipes(this);
  readonly seats: Seats = new Seats(this);
  readonly shown: Set<Topic> = new Set();
  lines: string[] = [];
  readonly #bridged = new Set<NodeId>();
  #queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;

  constructor(configs: readonly ProtocolConfig[]) {
    this.links = new Links(configs[0]?.networks ?? []);
    for (const config of configs) {
      this.hosts.push(new Host(this, config));
      if (config.self.bridged) this.#bridged.add(config.self.node);
    }
    const [first] = configs;
    const intervalMs = first === undefined ? 100 : first.beatTimeoutMs / first.beatPackets;
    const beat = (): void => {
      this.seats.beat();
      this.at(this.nowMs + intervalMs, beat);
    };
    this.at(intervalMs / 2, beat);
  }

  host(id: NodeId): Host {
    const host = this.hosts.find((each) => each.id === id);
    if (host === undefined) throw new Error(`there is no node ${id}`);
    return host;
  }

  at(atMs: number, run: () => void): void {
    this.#queue.push({ atMs, order: this.#order++, run });
  }

  /** Within this millisecond, after what is going on. */
  soon(run: () => void): void {
    this.at(this.nowMs, run);
  }

  runFor(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) break;
      this.#queue = this.#queue.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }

  #next(): { readonly atMs: number; readonly run: () => void } | undefined {
    let first = this.#queue[0];
    for (const each of this.#queue) {
      if (first !== undefined && (each.atMs < first.atMs || (each.atMs === first.atMs && each.order < first.order))) first = each;
    }
    return first;
  }

  say(host: Host, topic: Topic | 'always', text: string): void {
    if (topic !== 'always' && !this.shown.has(topic)) return;
    this.lines.push(`${String(Math.round(this.nowMs)).padStart(6)}  ${host.id}  ${text}`);
  }

  published(host: Host, event: ClusterEvent): void {
    this.say(host, 'always', eventLine(host.id, event));
  }

  announce(from: Host, announcement: Announcement): void {
    for (const to of this.hosts) {
      if (to === from || this.#bridged.has(to.id) !== this.#bridged.has(from.id)) continue;
      const { boot } = from;
      this.at(this.nowMs + 1, () => {
        if (!to.running || from.boot !== boot || !this.links.reach(from.id, to.id)) return;
        this.#session(from, to);
        to.feed({ type: 'announced', from: from.id, boot, announcement });
      });
    }
  }

  /** C14: a node off the segment is reached by its address. */
  contact(from: Host, address: string, port: number): void {
    this.say(from, 'messages', `contact ${address}:${port}`);
    const to = this.hosts.find((host) => host.config.self.address === address && host.config.self.messagePort === port);
    if (to === undefined) return;
    this.at(this.nowMs + 1, () => {
      if (to.running && this.links.reach(from.id, to.id)) this.#session(from, to);
    });
  }

  closeChannel(from: Host, node: NodeId): void {
    this.pipes.close(from.id, node);
    from.sessions.delete(node);
  }

  /** A handshake: both know each other's boot afterwards. */
  #session(left: Host, right: Host): void {
    const { boot } = right;
    left.session(right.id, boot);
    if (left.running) right.session(left.id, left.boot);
  }
}
