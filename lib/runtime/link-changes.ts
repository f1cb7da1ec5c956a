// The links of this node while its configuration changes (R5): what comes is opened before it is decided, so that beats show
// that it works; what goes is told to be going, and closed when that is decided. Links that stay are never touched.
import { existsSync } from 'node:fs';
import { type ClusterConfig, nodeByName } from '../config/config.ts';
import { isOpen, linkName, linksOf } from '../config/links.ts';
import type { NativeAddon, NativeLinkOptions, NativeNode } from '../native.ts';
import type { NodeId } from '../protocol/types.ts';

/** The links that this node and another one have in common after a change. */
export interface CommonLinks {
  readonly node: NodeId;
  /** Those that they had before, too, and that carry messages. */
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
  readonly #isThere: (link: NativeLinkOptions) => boolean;
  readonly #node: string;
  /** What the native node has, by number. */
  #now: readonly NativeLinkOptions[];

  /** @param started what the native node was started with @param isThere this machine has its interface or device */
  constructor(
    native: Pick<NativeNode, 'setLink' | 'setLinkOffline'>,
    started: ClusterConfig,
    node: string,
    isThere: (link: NativeLinkOptions) => boolean,
  ) {
    this.#native = native;
    this.#isThere = isThere;
    this.#node = node;
    this.#now = linksOf(started, node);
  }

  /** Null, or which adapter of the new ones is none. */
  missing(after: ClusterConfig): string | null {
    for (const { link } of this.#coming(after)) {
      if (this.#isThere(link)) continue;
      if (link.kind === 'serial')
        return `${this.#node} has no device ${link.device}, which the new configuration names for its serial line`;
      const name = link.interface ?? '';
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
    for (const id of this.#now.keys()) if (isOpenOf(this.#now[id])) this.#native.setLinkOffline(id, false);
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
    return [...this.#now.keys()].filter((id) => isOpenOf(this.#now[id]) && !isSame(this.#now[id], wanted[id]));
  }
}

/** This machine has the interface or device of a link. */
export function hereBy({ interfaceInfo }: Pick<NativeAddon, 'interfaceInfo'>): (link: NativeLinkOptions) => boolean {
  return ({ interface: name, device }) => (name === undefined ? existsSync(device ?? '') : interfaceInfo(name) !== null);
}

/** With each other node that both configurations have. */
export function commonLinks(before: ClusterConfig, after: ClusterConfig, node: string): CommonLinks[] {
  if (![before, after].every(({ nodes }) => nodes.some(({ name }) => name === node))) return [];
  const own = linksOf(after, node);
  const both = (config: ClusterConfig, other: string, id: number): boolean =>
    isOpenOf(linksOf(config, node)[id]) && isOpenOf(linksOf(config, other)[id]);
  return after.nodes
    .filter(({ name, id }) => name !== node && before.nodes.some((each) => each.name === name && each.id === id))
    .map(({ name, id }) => {
      const common = own
        .map((link, number) => ({ link: number, name: linkName(link, after) }))
        .filter(({ link }) => both(after, name, link));
      const isKept = ({ link }: CommonLink): boolean => both(before, name, link) && isSame(linksOf(before, node)[link], own[link]);
      const kept = common.filter((link) => isKept(link) && own[link.link]?.kind !== 'serial');
      return { node: id, kept, fresh: common.filter((link) => !isKept(link)) };
    });
}

function isOpenOf(link: NativeLinkOptions | undefined): boolean {
  return link !== undefined && isOpen(link);
}

const IDENTITY = ['kind', 'interface', 'network', 'device', 'baud', 'peer'] as const;

function isSame(left: NativeLinkOptions | undefined, right: NativeLinkOptions | undefined): boolean {
  return IDENTITY.every((field) => left?.[field] === right?.[field]);
}
