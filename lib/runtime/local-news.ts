// Tells people what this node alone has seen, and remembers which of its addresses another host claims.
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import { linkName, linksOf } from '../config/links.ts';
import type { NativeEvent } from '../native.ts';
import type { NodeId } from '../protocol/types.ts';
import { localEvent } from './local-events.ts';
import type { Places } from './places.ts';
import type { RuntimeEvent } from './types.ts';

export interface NewsHands {
  /** As it is now. */
  here(): { readonly config: ClusterConfig; readonly node: NodeConfig };
  publish(event: RuntimeEvent): void;
  warn(fields: object, message: string): void;
}

export class LocalNews {
  readonly #hands: NewsHands;
  /** MAC address of another holder, by address as configured. */
  readonly conflicts: Map<string, string> = new Map();
  /** Node and link, where what goes to the multicast group arrives. */
  readonly #multicast: Set<string> = new Set();

  constructor(hands: NewsHands) {
    this.#hands = hands;
  }

  tell(event: NativeEvent, places: Places): void {
    if (event.kind === 'message') return; // by far the most, and nobody's news
    if (event.kind === 'multicast_path') {
      const path = `${event.node} ${event.link}`;
      if (event.value === 1n) this.#multicast.add(path);
      else this.#multicast.delete(path);
      return;
    }
    const { config, node } = this.#hands.here();
    const local = localEvent(event, {
      self: node.id,
      linkName: (link) => this.nameOfLink(link),
      interfaceOf: (link) => linksOf(config, node.name)[link]?.interface ?? null,
      address: (index) => {
        const placed = places.placed[index];
        return placed === undefined ? null : { address: placed.text, interface: places.adapterOf(placed) };
      },
      addressesOf: (seat) => places.listOf(seat).join(' '),
      groupOf: (seat) => config.resources.find((group) => group.seat === seat)?.name ?? null,
      switched: (link, toStandby) => places.switched(link, toStandby),
    });
    if (local?.event === 'address-conflict') this.conflicts.set(String(local.details['address']), String(local.details['mac']));
    if (local?.event === 'address-released') for (const address of places.listOf(event.seat)) this.conflicts.delete(address);
    if (local !== null) this.#hands.publish(local);
    if (event.kind === 'bad_key')
      this.#hands.warn({ node: event.node, link: this.nameOfLink(event.link), frames: Number(event.value) }, 'frames with a wrong key');
    if (event.kind === 'boot_went_back')
      this.#hands.warn({ node: event.node, boot: String(event.boot) }, 'a node has started with an older boot number: it is refused');
  }

  hearsMulticast(node: NodeId, link: number): boolean {
    return this.#multicast.has(`${node} ${link}`);
  }

  nameOfLink(link: number): string {
    const { config, node } = this.#hands.here();
    const options = linksOf(config, node.name)[link];
    return options === undefined ? `link ${link}` : linkName(options, config);
  }
}
