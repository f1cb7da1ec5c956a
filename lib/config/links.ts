// The number of a link follows from the configuration alone: each network says, or gets after the one before it, the number of
// its first path, and so do the serial lines, which come last. Frames carry that number, so it must be the same on every node, and
// stay while others come and go; a node that is not on a link has an absent one in its place.
import type { NativeLinkOptions } from '../native.ts';
import { type ClusterConfig, type NetworkConfig, networkNumbered, nodeByName, type PathKind, type SerialConfig } from './config.ts';

/** As it is written; null: nothing is said. */
export type NetworkInFile = Omit<NetworkConfig, 'link'> & { readonly link: number | null };
export type SerialInFile = Omit<SerialConfig, 'link'> & { readonly link: number | null };

/** Network number of links that belong to no network (serial lines, numbers in between): no address lives there. */
export const NO_NETWORK = 255;

/** `none`: nobody has this number. */
export type LinkPlan =
  | { readonly kind: PathKind; readonly network: NetworkConfig }
  | { readonly kind: 'serial'; readonly line: SerialConfig }
  | { readonly kind: 'none' };

/** @param networks `link` null: after the paths of the one before it */
export function numberedNetworks(networks: readonly NetworkInFile[]): NetworkConfig[] {
  let next = 0;
  return networks.map((network) => {
    const link = network.link ?? next;
    next = link + network.paths.length;
    return { ...network, link };
  });
}

/** The numbers of its paths. */
export function linksOfNetwork({ link, paths }: NetworkConfig): number[] {
  return paths.map((_, path) => link + path);
}

/** @param lines `link` null: after the one before it, the first one after the paths of all networks */
export function numberedLines(lines: readonly SerialInFile[], networks: readonly NetworkConfig[]): SerialConfig[] {
  let next = Math.max(...networks.map(({ link, paths }) => link + paths.length));
  return lines.map((line) => {
    const link = line.link ?? next;
    next = link + 1;
    return { ...line, link };
  });
}

/** All links of the cluster; the index is the link id. */
export function nodeLinks(config: ClusterConfig): LinkPlan[] {
  const ends = [...config.networks.map(({ link, paths }) => link + paths.length), ...config.serial.map(({ link }) => link + 1)];
  const plans = Array.from({ length: Math.max(...ends) }, (): LinkPlan => ({ kind: 'none' }));
  for (const network of config.networks) for (const [path, kind] of network.paths.entries()) plans[network.link + path] = { kind, network };
  for (const line of config.serial) plans[line.link] = { kind: 'serial', line };
  return plans;
}

/**
 * The links as one node's native engine opens them.
 * @throws HeartwireError HW_NODE_UNKNOWN
 */
export function linksOf(config: ClusterConfig, nodeName: string): NativeLinkOptions[] {
  const node = nodeByName(config, nodeName);
  return nodeLinks(config).map((plan): NativeLinkOptions => {
    if (plan.kind === 'none') return { kind: 'udp', network: NO_NETWORK };
    if (plan.kind === 'serial') return serialLink(config, nodeName, plan.line);
    const { kind, network } = plan;
    const interfaceName = node.interfaces[network.name];
    if (interfaceName === undefined) return { kind, network: network.link };
    const served = config.networks.find((candidate) => candidate.name === network.standbyFor);
    const standsBy = served !== undefined && node.interfaces[served.name] !== undefined;
    return {
      kind,
      network: network.link,
      interface: interfaceName,
      ...(standsBy ? { standbyFor: served.link } : {}),
      ...(network.multicast ? { multicast: true } : {}),
    };
  });
}

/** This node is on it. */
export function isOpen({ interface: name, device }: NativeLinkOptions): boolean {
  return name !== undefined || device !== undefined;
}

/** "a udp eth0", "serial /dev/ttyS0"; for a node that is not on it: "a udp", "serial". */
export function linkName(link: NativeLinkOptions, config: ClusterConfig): string {
  const place = link.kind === 'serial' ? link.device : link.interface;
  const words = [link.kind === 'serial' ? null : networkNumbered(config, link.network)?.name, link.kind, place];
  return words.filter((word) => word != null).join(' ');
}

function serialLink(config: ClusterConfig, nodeName: string, line: SerialConfig): NativeLinkOptions {
  const end = line.between.indexOf(nodeName);
  const device = line.devices[end];
  const peer = line.between[1 - end];
  if (device === undefined || peer === undefined) return { kind: 'serial', network: NO_NETWORK };
  return { kind: 'serial', network: NO_NETWORK, device, baud: line.baud, peer: nodeByName(config, peer).id };
}
