// Where a node's virtual addresses live now: the address thread's list and the network that their seat must be fit on.
import { type ClusterConfig, networkNumbered, type NodeConfig, type PathKind, standbyOf } from '../config/config.ts';
import { linksOf, NO_NETWORK } from '../config/links.ts';
import type { SeatAddress } from '../protocol/reconfiguration/layout.ts';
import type { VirtualAddress } from '../protocol/types.ts';
import type { NativeLinkOptions, NativeNode } from '../native.ts';
import { placeAddresses, type PlacedAddress } from './address-book.ts';

/** A successor that is further down the chain waits so much longer for each one before it. */
const ROUND_TRIP_US = 500;

export class Places {
  #config: ClusterConfig;
  #node: NodeConfig;
  readonly #native: NativeNode;
  #leaseUs: number;
  /** Of each seat that was set: the network that its owner must be fit on. */
  readonly #networks = new Map<number, number>();
  #activeNetwork = '';
  #placed: readonly PlacedAddress[] = [];
  readonly #wanted = new Map<number, { readonly addresses: readonly VirtualAddress[]; readonly activeNetwork: string }>();
  readonly #onStandby = new Set<string>();

  constructor(config: ClusterConfig, node: NodeConfig, native: NativeNode, leaseUs: number) {
    this.#config = config;
    this.#node = node;
    this.#native = native;
    this.#leaseUs = leaseUs;
  }

  /** By this configuration from now on; what is placed in the same way by it is not touched. */
  use(config: ClusterConfig, node: NodeConfig): void {
    const places = (): string => {
      const placed = [...this.#wanted].map(([seat, { addresses, activeNetwork }]) => [
        placeAddresses(this.#config, this.#node, seat, addresses, activeNetwork),
        this.#seatNetwork(addresses),
      ]);
      return JSON.stringify(placed);
    };
    const before = places();
    this.#config = config;
    this.#node = node;
    for (const network of this.#onStandby) if (this.#standbyInterface(config, node, network) === null) this.#onStandby.delete(network);
    if (places() === before) return;
    for (const [seat, { addresses, activeNetwork }] of this.#wanted) this.set(seat, addresses, activeNetwork);
  }

  /** In the order of the address thread's list. */
  get placed(): readonly PlacedAddress[] {
    return this.#placed;
  }

  /** Where these would be, were this node to carry them now. */
  place(addresses: readonly SeatAddress[]): PlacedAddress[] {
    return addresses.flatMap((each) => placeAddresses(this.#config, this.#node, each.seat, [each], this.#activeNetwork));
  }

  /** Its addresses are nobody's here, and the engine neither takes nor votes for it. */
  close(seat: number): void {
    this.set(seat, [], this.#activeNetwork);
    this.#wanted.delete(seat);
    this.#networks.delete(seat);
    this.#native.setSeat(seat, false, this.#leaseUs, NO_NETWORK, ROUND_TRIP_US);
  }

  /** Those of a seat that this node could carry, as configured. */
  listOf(seat: number): string[] {
    return this.#placed.filter((each) => each.seat === seat).map((each) => each.text);
  }

  /** The interface that an address is on while this node has it. */
  adapterOf(placed: PlacedAddress): string {
    return (this.#onStandby.has(placed.network) ? placed.standbyInterface : null) ?? placed.interface;
  }

  /** The engine has sent the addresses of a network to the interface of `link`. Returns that network. */
  switched(link: number, toStandby: boolean): string {
    const network = networkNumbered(this.#config, linksOf(this.#config, this.#node.name)[link]?.network ?? NO_NETWORK);
    const served = (toStandby ? network?.standbyFor : network?.name) ?? '';
    if (toStandby) this.#onStandby.add(served);
    else this.#onStandby.delete(served);
    return served;
  }

  /** Null, or which addresses are still on an adapter that goes, while the other one of their network stays. */
  stranded(after: ClusterConfig): string | null {
    const node = after.nodes.find(({ id }) => id === this.#node.id);
    for (const network of this.#onStandby) {
      const used = this.#standbyInterface(this.#config, this.#node, network);
      const stays = node?.interfaces[network] !== undefined && after.networks.some(({ name }) => name === network);
      if (node === undefined || !stays || used === this.#standbyInterface(after, node, network)) continue;
      return `the addresses of ${network} are on ${used}, which goes, and ${this.#node.interfaces[network]} hears nobody`;
    }
    return null;
  }

  #standbyInterface(config: ClusterConfig, node: NodeConfig, network: string): string | null {
    return node.interfaces[standbyOf(config, network) ?? ''] ?? null;
  }

  /** All addresses of a seat, and with them what its owner must be fit on. */
  set(seat: number, addresses: readonly VirtualAddress[], activeNetwork: string): void {
    this.#activeNetwork = activeNetwork;
    this.#wanted.set(seat, { addresses, activeNetwork });
    const placed = placeAddresses(this.#config, this.#node, seat, addresses, activeNetwork);
    const all = [...this.#placed.filter((each) => each.seat !== seat), ...placed];
    this.#native.setAddresses(
      all.map(({ seat: of, address, prefixLength, interface: name, standbyInterface, network }) => {
        const place = { seat: of, address, prefixLength, interface: name };
        return standbyInterface === null ? place : { ...place, standbyInterface, network: this.#numberOf(network) };
      }),
    );
    this.#placed = all;
    this.#networks.set(seat, this.#seatNetwork(addresses));
    this.#setSeat(seat);
  }

  /** @param leaseUs what an owner asks for from now on */
  setLease(leaseUs: number): void {
    this.#leaseUs = leaseUs;
    for (const seat of this.#networks.keys()) this.#setSeat(seat);
  }

  #setSeat(seat: number): void {
    this.#native.setSeat(seat, true, this.#leaseUs, this.#networks.get(seat) ?? NO_NETWORK, ROUND_TRIP_US);
  }

  /** The first link that can reach this host, an IP address, over the first such network. */
  contactLink(networks: readonly string[], host: string): number {
    const kind: PathKind = host.includes(':') ? 'udp6' : 'udp';
    const links = linksOf(this.#config, this.#node.name);
    const usable = networks.map((network) => links.findIndex((link) => this.#isOn(link, network) && link.kind === kind));
    return usable.find((index) => index >= 0) ?? this.linkOf(networks[0] ?? '') ?? 0;
  }

  /** The first link of a network that this node is on; null: none. */
  linkOf(network: string): number | null {
    const links = linksOf(this.#config, this.#node.name);
    const index = links.findIndex((link) => this.#isOn(link, network));
    return index < 0 ? null : index;
  }

  #isOn(link: NativeLinkOptions, network: string): boolean {
    return link.interface !== undefined && networkNumbered(this.#config, link.network)?.name === network;
  }

  /**
   * The network that a candidate must have carrier on: the one that all addresses are bound to. Those of the active
   * network bind nobody: where it is dead, the manager switches over.
   */
  #seatNetwork(addresses: readonly VirtualAddress[]): number {
    const names = new Set(addresses.map((each) => each.network));
    const [only] = names;
    return names.size === 1 && only !== undefined ? this.#numberOf(only) : NO_NETWORK;
  }

  #numberOf(network: string): number {
    return this.#config.networks.find(({ name }) => name === network)?.link ?? NO_NETWORK;
  }
}
