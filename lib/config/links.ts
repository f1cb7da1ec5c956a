// The number of a link is its place in one list that follows from the configuration alone: for each
// network each of its paths, then the serial lines. Frames carry that number, so the list must be the
// same on every node; a node that is not on a link has an absent one in its place.
import type { NativeLinkOptions } from '../native.ts';
import { type ClusterConfig, nodeByName } from './config.ts';

/** Network number of links that belong to no network (serial lines): no address lives there. */
export const NO_NETWORK = 255;

export type LinkPlan = { readonly kind: 'udp' | 'ethernet'; readonly network: string } | { readonly kind: 'serial'; readonly line: number };

/** All links of the cluster in order; the index is the link id. */
export function nodeLinks(config: ClusterConfig): LinkPlan[] {
  return [
    ...config.networks.flatMap((network) => network.paths.map((kind): LinkPlan => ({ kind, network: network.name }))),
    ...config.serial.map((_, line): LinkPlan => ({ kind: 'serial', line })),
  ];
}

/**
 * The links as one node's native engine opens them.
 * @throws HeartwireError HW_NODE_UNKNOWN
 */
export function linksOf(config: ClusterConfig, nodeName: string): NativeLinkOptions[] {
  const node = nodeByName(config, nodeName);
  return nodeLinks(config).map((link) => {
    if (link.kind === 'serial') return serialLink(config, nodeName, link.line);
    const network = config.networks.findIndex((candidate) => candidate.name === link.network);
    const interfaceName = node.interfaces[link.network];
    if (interfaceName === undefined) return { kind: link.kind, network };
    const served = config.networks[network]?.standbyFor ?? '';
    const standbyFor = config.networks.findIndex((candidate) => candidate.name === served);
    const standsBy = standbyFor >= 0 && node.interfaces[served] !== undefined;
    return { kind: link.kind, network, interface: interfaceName, ...(standsBy ? { standbyFor } : {}) };
  });
}

/** "a udp eth0", "serial /dev/ttyS0"; for a node that is not on it: "a udp", "serial". */
export function linkName(link: NativeLinkOptions, config: ClusterConfig): string {
  const place = link.kind === 'serial' ? link.device : link.interface;
  const words = [link.kind === 'serial' ? null : config.networks[link.network]?.name, link.kind, place];
  return words.filter((word) => word != null).join(' ');
}

function serialLink(config: ClusterConfig, nodeName: string, index: number): NativeLinkOptions {
  const line = config.serial[index];
  const end = line?.between.indexOf(nodeName) ?? -1;
  const device = line?.devices[end];
  const peer = line?.between[1 - end];
  if (line === undefined || device === undefined || peer === undefined) return { kind: 'serial', network: NO_NETWORK };
  return { kind: 'serial', network: NO_NETWORK, device, baud: line.baud, peer: nodeByName(config, peer).id };
}
