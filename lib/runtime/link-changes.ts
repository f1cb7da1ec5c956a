// The links of this node while its configuration changes (R5): what comes is opened before it is decided, so that beats show
// that it works; what goes is told to be going, and closed when that is decided. Links that stay are never touched.
import { type ClusterConfig, nodeByName } from '../config/config.ts';
import { linkName, linksOf } from '../config/links.ts';
import type { InterfaceInfo } from '../config/protocol-config.ts';
import type { NativeLinkOptions, NativeNode } from '../native.ts';
import type { NodeId } from '../protocol/types.ts';

/** The links that this node and another one have in common after a change. */
export interface CommonLinks {
  readonly node: NodeId;
  /** Those that they had before, too. */
  readonly kept: readonly CommonLink[];
  readonly fresh: readonly CommonLink[];
}

export interface CommonLink {
  readonly link: number;
  /** For people. */
  readonly name: string;
}

export class LinkChanges {
  readonly #native: Pick<NativeNode, 'setLink' | 'setLinkOffline'>;
  readonly #interfaceInfo: (name: string) => InterfaceInfo;
  readonly #node: string;
  /** What the native node has, by number. */
  #now: readonly NativeLinkOptions[];

  /** @param started what the native node was started with @param interfaceInfo native.interfaceInfo */
  constructor(
    native: Pick<NativeNode, 'setLink' | 'setLinkOffline'>,
    started: ClusterConfig,
    node: string,
    interfaceInfo: (name: string) => InterfaceInfo,
  ) {
    this.#native = native;
    this.#interfaceInfo = interfaceInfo;
    this.#node = node;
    this.#now = linksOf(started, node);
  }

  /** Null, or which adapter of the new ones is none. */
  missing(after: ClusterConfig): string | null {
    for (const { link } of this.#coming(after)) {
      const name = link.interface ?? '';
      if (this.#interfaceInfo(name) !== null) continue;
      const network = Object.entries(nodeByName(after, this.#node).interfaces).find(([, used]) => used === name)?.[0];
      return `${this.#node} has no interface ${name}, which the new configuration names for its adapter on ${network}`;
    }
    return null;
  }

  /** True: some link of this node goes. */
  setOffline(after: ClusterConfig): boolean {
    const going = this.#going(after);
    for (const id of going) this.#native.setLinkOffline(id, true);
    return going.length > 0;
  }

  /** Those that come. Until the change is decided their silence counts no more than that of those that go: others may hear of an abort first. */
  open(after: ClusterConfig): void {
    for (const { id, link } of this.#coming(after)) {
      this.#native.setLinkOffline(id, true);
      this.#set(id, link);
    }
  }

  /** Exactly these from now on; none of them is on its way out any more. */
  settle(config: ClusterConfig): void {
    const going = this.#going(config);
    for (const id of going) this.#set(id, null);
    for (const { id, link } of this.#coming(config)) this.#set(id, link);
    for (const id of this.#now.keys()) if (isOpen(this.#now[id])) this.#native.setLinkOffline(id, false);
  }

  #set(id: number, link: NativeLinkOptions | null): void {
    this.#native.setLink(id, link);
    const links = [...this.#now];
    for (let number = links.length; number <= id; number++) links.push({ kind: 'udp', network: 0 });
    links[id] = link ?? { kind: 'udp', network: 0 };
    this.#now = links;
  }

  #coming(config: ClusterConfig): { readonly id: number; readonly link: NativeLinkOptions }[] {
    return this.#wanted(config)
      .map((link, id) => ({ id, link }))
      .filter(({ id, link }) => isOpen(link) && !isSame(this.#now[id], link));
  }

  /** A node that is removed keeps what it has until it ends. */
  #wanted(config: ClusterConfig): readonly NativeLinkOptions[] {
    return config.nodes.some(({ name }) => name === this.#node) ? linksOf(config, this.#node) : this.#now;
  }

  #going(config: ClusterConfig): number[] {
    const wanted = this.#wanted(config);
    return [...this.#now.keys()].filter((id) => isOpen(this.#now[id]) && !isSame(this.#now[id], wanted[id]));
  }
}

/** With each other node that both configurations have. */
export function commonLinks(before: ClusterConfig, after: ClusterConfig, node: string): CommonLinks[] {
  if (![before, after].every(({ nodes }) => nodes.some(({ name }) => name === node))) return [];
  const own = linksOf(after, node);
  const both = (config: ClusterConfig, other: string, id: number): boolean =>
    isOpen(linksOf(config, node)[id]) && isOpen(linksOf(config, other)[id]);
  return after.nodes
    .filter(({ name, id }) => name !== node && before.nodes.some((each) => each.name === name && each.id === id))
    .map(({ name, id }) => {
      const common = own
        .map((link, number) => ({ link: number, name: linkName(link, after) }))
        .filter(({ link }) => both(after, name, link));
      const isKept = ({ link }: CommonLink): boolean => both(before, name, link) && isSame(linksOf(before, node)[link], own[link]);
      return { node: id, kept: common.filter(isKept), fresh: common.filter((link) => !isKept(link)) };
    });
}

/** Serial lines come and go with a start. */
function isOpen(link: NativeLinkOptions | undefined): boolean {
  return link?.interface !== undefined;
}

function isSame(left: NativeLinkOptions | undefined, right: NativeLinkOptions | undefined): boolean {
  return left?.kind === right?.kind && left?.interface === right?.interface && left?.network === right?.network;
}
