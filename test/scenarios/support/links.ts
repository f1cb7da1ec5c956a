// Which node reaches which over which network: what a script cuts, and heals.
import type { NodeId } from '../../../lib/protocol/types.ts';

export class Links {
  readonly networks: readonly string[];
  readonly #cut = new Set<string>();

  constructor(networks: readonly string[]) {
    this.networks = networks;
  }

  /** One way, over one network. */
  cut(from: NodeId, to: NodeId, network: number): void {
    this.#cut.add(`${from}>${to}/${network}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  over(from: NodeId, to: NodeId, network: number): boolean {
    return !this.#cut.has(`${from}>${to}/${network}`);
  }

  /** Both ways over this network: a beat and its ACK. */
  bothWays(left: NodeId, right: NodeId, network: number): boolean {
    return this.over(left, right, network) && this.over(right, left, network);
  }

  /** A message and its acknowledgement, over any networks. */
  reach(from: NodeId, to: NodeId): boolean {
    const any = (left: NodeId, right: NodeId): boolean => this.networks.some((_, network) => this.over(left, right, network));
    return any(from, to) && any(to, from);
  }
}
