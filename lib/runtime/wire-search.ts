// Who on the wire answers for addresses: asked by probes every now and then, and heard until the caller has seen enough. A
// reconfiguration may give out only what nobody has, and must see that the owner alone answers for it then (R6).
import type { WireProbe } from '../native.ts';
import { reasonOf } from './beginning.ts';

/** One address and the interface of this node that is on its network. */
export interface Searched {
  /** Without prefix length. */
  readonly address: string;
  readonly interface: string;
}

/** Three probes in the 200 ms that are usual (RFC 5227: three). */
const ASK_EVERY_MS = 70;

export class WireSearch {
  readonly #searched: readonly Searched[];
  readonly #probes = new Map<string, WireProbe>();
  readonly #deaf = new Map<string, string>();
  /** By interface and address. */
  readonly #holders = new Map<string, Set<string>>();
  #askAgainMs = Number.NEGATIVE_INFINITY;

  /** @param open native.WireProbe */
  constructor(searched: readonly Searched[], open: (interfaceName: string) => WireProbe) {
    this.#searched = searched;
    for (const name of new Set(searched.map((each) => each.interface))) {
      try {
        const probe = open(name);
        this.#probes.set(name, probe);
        if (!probe.ethernet()) this.#deaf.set(name, `${name} is no Ethernet`);
      } catch (error) {
        this.#deaf.set(name, reasonOf(error));
      }
    }
  }

  /** Null, or why nobody can be asked on this interface. */
  hindrance(interfaceName: string): string | null {
    return this.#deaf.get(interfaceName) ?? null;
  }

  /** Asks where it is time to, and hears. */
  look(nowMs: number): void {
    const asks = nowMs >= this.#askAgainMs;
    if (asks) this.#askAgainMs = nowMs + ASK_EVERY_MS;
    for (const [name, probe] of this.#probes) {
      if (asks) for (const each of this.#searched) if (each.interface === name) probe.ask(each.address);
      for (const { address, mac } of probe.heard()) this.#hear(`${name} ${address}`, mac);
    }
  }

  #hear(key: string, mac: string): void {
    if (!this.#searched.some((each) => `${each.interface} ${each.address}` === key)) return;
    this.#holders.set(key, (this.#holders.get(key) ?? new Set()).add(mac));
  }

  /** MAC addresses that have answered, other than the interface's own. */
  holdersOf({ interface: name, address }: Searched): readonly string[] {
    return [...(this.#holders.get(`${name} ${address}`) ?? [])];
  }

  close(): void {
    for (const probe of this.#probes.values()) probe.close();
  }
}
