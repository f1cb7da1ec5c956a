// Two adapters of each node on the network of the addresses (R9, X3): they are the first link and the last one, on one wire. One of
// them loses its carrier, falls silent, or is silent one way; what the engine makes of it is noted, and judged where nothing else
// is wrong.
import type { Host } from './host.ts';
import type { SimulationOptions } from './options.ts';
import type { World } from './world.ts';

const NONE = 255;
const SERVICE = 0;
/** A cluster has formed, and all have found each other on all links. */
const FORMED_MS = 8000;
/** An adapter that works again is heard, and believed, before the next one fails. */
const SETTLED_MS = 2000;
/** Silence one way shows after two time-outs (adapters.cc), after another beat and its answer. */
const TIMEOUTS_MAX = 3;
const CARRIER_MS_MAX = 50;
const FAILURES = ['carrier', 'silent', 'mute', 'deaf'] as const;

interface Failure {
  readonly host: Host;
  readonly boot: bigint;
  readonly link: number;
  readonly kind: (typeof FAILURES)[number];
  readonly sinceNs: number;
}

/** The network that a link's adapters stand by for. */
export function standbyFor({ adapters, links }: SimulationOptions, link: number): number {
  return adapters === true && link === links - 1 ? SERVICE : NONE;
}

/** Links that die with the switch of this one. */
export function onOneWire({ adapters, links }: SimulationOptions, link: number): number[] {
  return adapters === true && (link === SERVICE || link === links - 1) ? [SERVICE, links - 1] : [link];
}

export class AdapterBook {
  readonly #world: World;
  #failure: Failure | null = null;
  /** One at a time: two nodes that each lack another one would share no wire. */
  #waitsUntilNs = 0;
  #broken: string | null = null;
  /** How often addresses have gone to the other adapter of their node. */
  moves = 0;
  readonly #serving = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Nothing else is ever wrong in this run. */
  get #isCalm(): boolean {
    const { adapters, faults, lossPerMille } = this.#world.options;
    return adapters === true && lossPerMille === 0 && faults.every((fault) => fault === 'adapter');
  }

  /** @param any or rather an owner: most of its kind happens there */
  fail(any: Host): void {
    const { random, schedule, options, hosts } = this.#world;
    if (options.adapters !== true || schedule.nowNs < this.#waitsUntilNs || schedule.nowNs < FORMED_MS * 1e6) return;
    const owner = hosts.find(({ owning }) => owning.has(0)) ?? any;
    const host = random.chance(600) ? owner : any;
    if (!host.running) return;
    const link = random.chance(700) ? this.#servingLink(host) : random.pick([SERVICE, options.links - 1]);
    const failure = { host, boot: host.boot, link, kind: random.pick(FAILURES), sinceNs: schedule.nowNs };
    this.#waitsUntilNs = Number.POSITIVE_INFINITY;
    this.#failure = failure;
    this.#world.note(`${host.id} adapter ${link} ${failure.kind}`);
    this.#begin(failure);
    schedule.at(schedule.nowNs + random.between(100, 4000) * 1e6, () => this.heal());
  }

  heal(): void {
    const { network, schedule } = this.#world;
    if (this.#failure === null) return;
    const { host, link, kind } = this.#failure;
    this.#failure = null;
    this.#world.note(`${host.id} adapter ${link} works`);
    this.#waitsUntilNs = schedule.nowNs + SETTLED_MS * 1e6;
    if (kind === 'carrier') host.plug(link, true);
    else network.heal();
  }

  #begin({ host, link, kind }: Failure): void {
    if (kind === 'carrier') return host.plug(link, false);
    const { network, hosts } = this.#world;
    for (const other of hosts) {
      if (other === host) continue;
      if (kind !== 'deaf') network.cut(host.id, other.id, link);
      if (kind !== 'mute') network.cut(other.id, host.id, link);
    }
  }

  /** Its owner has it no more. */
  seatLost(host: Host, seat: number): void {
    const { schedule, healing } = this.#world;
    if (!this.#isCalm || healing || schedule.nowNs < FORMED_MS * 1e6) return;
    this.#broken ??= `node ${host.id} has lost seat ${seat}, though it had an adapter that worked`;
  }

  broken(): string | null {
    if (this.#world.options.adapters !== true) return null;
    for (const host of this.#world.hosts) this.#note(host);
    return this.#broken ?? (this.#isCalm ? this.#unreached() : null);
  }

  #note(host: Host): void {
    if (!host.running) return;
    const link = this.#servingLink(host);
    if ((this.#serving.get(host.id) ?? link) !== link) this.moves++;
    this.#serving.set(host.id, link);
  }

  /** Where the addresses of this node are, or would be. */
  #servingLink({ engine }: Host): number {
    const { mistake, links } = this.#world.options;
    const isOnStandby = ((engine?.onStandby() ?? 0) >> SERVICE) & 1;
    return isOnStandby === 1 && mistake !== 'addresses stay on their adapter' ? links - 1 : SERVICE;
  }

  /** The addresses are behind an adapter that does not work, for longer than it takes to find out. */
  #unreached(): string | null {
    if (this.#failure === null) return null;
    const { host, boot, link, kind, sinceNs } = this.#failure;
    const { schedule, options } = this.#world;
    // Only who owns something is answered, and may notice that it is mute.
    if (host.boot !== boot || !host.running || host.owning.size === 0 || this.#servingLink(host) !== link) return null;
    const limitNs = kind === 'carrier' ? CARRIER_MS_MAX * 1e6 : TIMEOUTS_MAX * options.timeoutUs * 1000;
    const forNs = schedule.nowNs - sinceNs;
    return forNs > limitNs ? `node ${host.id} keeps its addresses on link ${link}, ${kind} for ${(forNs / 1e6).toFixed(0)} ms` : null;
  }
}
