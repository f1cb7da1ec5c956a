// The links of one simulated node while its networks change: what lib/runtime does with sockets it does here with wires, by the
// same code (link-changes.ts, link-steps.ts). Opening and closing is another thread's, so it takes a while, in order.
import { commonLinks, LinkChanges } from '../../lib/runtime/link-changes.ts';
import { cutOff, type LinkSight, unheard } from '../../lib/runtime/link-steps.ts';
import { PATIENCE_MS } from '../../lib/runtime/resource-steps.ts';
import type { NativeLinkOptions } from '../../lib/native.ts';
import type { RoundName } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { Layout } from '../../lib/protocol/reconfiguration/state.ts';
import type { NicDescription } from '../../lib/protocol/types.ts';
import type { Host } from './host.ts';
import { standbyFor } from './adapters.ts';
import { configOf } from './network-texts.ts';

const LOOK_MS = 10;
/** A link that nobody was heard on yet is tried so often. */
const HELLO_MS = 100;

export interface Stepped {
  readonly ok: boolean;
  readonly reason: string;
}

export class SimulatedLinks {
  readonly #host: Host;
  #changes: LinkChanges | null = null;
  /** By number: the interface that the beat thread has. */
  readonly open: Map<number, string> = new Map();
  readonly offline: Set<number> = new Set();
  readonly #proven = new Set<string>();
  /** How often something was to be opened or closed. */
  asked = 0;
  /** Changes never overtake each other. */
  #lastNs = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** @param layout null: all wires there are, for good */
  start(layout: Layout | null): void {
    const { options } = this.#host.world;
    for (const set of [this.open, this.offline, this.#proven]) set.clear();
    this.#lastNs = 0;
    this.#changes = null;
    if (layout === null) {
      for (let link = 0; link < options.links; link++) this.#carry(link, `eth${link}`);
      return;
    }
    const native = {
      setLink: (id: number, link: NativeLinkOptions | null): void => this.#set(id, link),
      setLinkOffline: (id: number, isOffline: boolean): void => this.#setOffline(id, isOffline),
    };
    this.#changes = new LinkChanges(native, configOf(layout), this.#name, () => true);
    for (let link = 0; link < options.links; link++) this.#host.world.network.close(this.#host.id, link, true);
    for (const { link, interface: name } of nicsOf(layout, this.#host.id)) this.#carry(link, name);
  }

  get #name(): string {
    return `node${this.#host.id}`;
  }

  #carry(link: number, name: string): void {
    const { world, id, unplugged } = this.#host;
    this.open.set(link, name);
    world.network.close(id, link, false);
    this.#host.drive((engine, now) => engine.setLink(link, true, !unplugged.has(link), link, standbyFor(world.options, link), now));
  }

  #set(id: number, link: NativeLinkOptions | null): void {
    this.asked++;
    this.#later(() => {
      this.#host.world.note(`${this.#host.id} link ${id} ${link === null ? 'closed' : 'open'}`);
      for (const key of this.#proven) if (key.startsWith(`${id} `)) this.#proven.delete(key);
      if (link !== null) {
        this.#carry(id, link.interface ?? '');
        return this.#greet(id);
      }
      this.open.delete(id);
      this.#host.world.network.close(this.#host.id, id, true);
      this.#host.drive((engine, now) => engine.dropLink(id, now));
    });
  }

  #setOffline(id: number, isOffline: boolean): void {
    if (this.#host.world.options.mistake === 'an offline link counts') return;
    if (isOffline) this.offline.add(id);
    else this.offline.delete(id);
    this.#host.drive((engine, now) => engine.setLinkOffline(id, isOffline, now));
  }

  #later(run: () => void): void {
    const { world } = this.#host;
    const { boot } = this.#host;
    this.#lastNs = Math.max(this.#lastNs, world.schedule.nowNs + world.random.between(50, 20_000) * 1000);
    world.schedule.at(this.#lastNs, () => this.#host.onMachine(() => (this.#host.boot === boot ? run() : undefined)));
  }

  /** Nobody is heard on a link before both have proven where they are there: the message threads' handshakes. */
  #greet(link: number): void {
    const { world, id, boot } = this.#host;
    const name = this.open.get(link);
    world.schedule.at(world.schedule.nowNs + world.random.between(1, HELLO_MS) * 1e6, () => {
      if (!this.#host.running || this.#host.boot !== boot || name === undefined || this.open.get(link) !== name) return;
      const { network } = world;
      for (const other of world.hosts)
        if (other !== this.#host && network.open(id, other.id, link) && network.open(other.id, id, link)) this.#prove(other, link);
      this.#greet(link);
    });
  }

  #prove(other: Host, link: number): void {
    const { sessions, boot, id, world } = this.#host;
    const isKnown = sessions.get(other.id) === other.boot && other.sessions.get(id) === boot;
    const isHere = other.running && !other.paused && !this.#host.paused && other.links.open.has(link);
    const key = `${link} ${other.id} ${other.boot}`;
    if (!isKnown || !isHere || this.#proven.has(key) || world.random.chance(world.options.lossPerMille)) return;
    this.#proven.add(key);
    this.#host.drive((engine, now) => engine.setPeerPath(other.id, link, now));
    other.drive((engine, now) => engine.setPeerPath(id, link, now));
  }

  /** A session has begun: over each network that both have. */
  meet(peer: Host): void {
    for (const link of this.open.keys())
      if (peer.links.open.has(link)) this.#host.drive((engine, now) => engine.setPeerPath(peer.id, link, now));
  }

  /** A round of a reconfiguration. */
  work(round: RoundName, from: Layout, to: Layout, answer: (answer: Stepped) => void): void {
    const changes = this.#changes;
    if (changes === null || to.networks === undefined) return answer({ ok: true, reason: '' });
    const common = commonLinks(configOf(from), configOf(to), this.#name);
    const sight: LinkSight = {
      state: () => this.#host.state,
      isHeard: (node, link, sinceMs) => this.#host.engine?.isHeard(node, link, Math.floor(sinceMs * 1e6)) === true,
    };
    const sinceMs = this.#host.localNs() / 1e6;
    if (round === 'set offline') {
      if (changes.setOffline(configOf(to))) this.#until(() => cutOff(sight, common)?.what ?? null, answer);
      else answer({ ok: true, reason: '' });
    } else if (round === 'beats') {
      changes.open(configOf(to));
      if (this.#host.world.options.mistake === 'a network is active before it is heard') answer({ ok: true, reason: '' });
      else this.#until(() => unheard(sight, common, sinceMs)?.what ?? null, answer);
    } else answer({ ok: true, reason: '' });
  }

  #until(find: () => string | null, answer: (answer: Stepped) => void, sinceNs: number = this.#host.localNs()): void {
    const { world, boot } = this.#host;
    const what = find();
    if (what === null) return answer({ ok: true, reason: '' });
    if (this.#host.localNs() >= sinceNs + PATIENCE_MS * 1e6) return answer({ ok: false, reason: what });
    world.schedule.at(world.schedule.nowNs + LOOK_MS * 1e6, () =>
      this.#host.onMachine(() => {
        if (this.#host.boot === boot) this.#until(find, answer, sinceNs);
      }),
    );
  }

  /** Decided, or undone: those of what runs. */
  settle(layout: Layout): void {
    if (this.#changes !== null && layout.networks !== undefined) this.#changes.settle(configOf(layout));
  }
}

/** As lib/config/protocol-config.ts makes them. */
export function nicsOf({ networks = [] }: Layout, node: number): NicDescription[] {
  return networks
    .filter(({ nodes }) => nodes.includes(node))
    .flatMap(({ name, links }) =>
      links.map((link) => ({ link, network: name, interface: `eth${link}`, address: `10.${link}.0.${node}`, mac: null, carrier: true })),
    );
}
