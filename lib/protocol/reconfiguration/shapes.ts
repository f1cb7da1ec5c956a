// What is checked of configurations that other nodes send, before anything looks at them.
import type { NodeId, VirtualAddress } from '../types.ts';
import type { Layout, NetworkLayout } from './state.ts';

export const TEXT_MAX: number = 256 * 1024;
const ADDRESSES_MAX = 64;
const WORD_MAX = 300;
const NODES_MAX = 2000;
const NODE_MAX = 65_535;
const LINKS_MAX = 8;
/** On the wire it has 16 bits. */
const VOTER_SET_MAX = 65_535;

export const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= TEXT_MAX;
export const isDigest = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
export const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isWord = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= WORD_MAX;

function isAddress(value: unknown): value is VirtualAddress {
  const { address, network } = (value ?? {}) as Partial<VirtualAddress>;
  return isWord(address) && isWord(network);
}

function areNodes(value: unknown): value is NodeId[] {
  const isNode = (node: unknown): boolean => Number.isInteger(node) && (node as number) >= 1 && (node as number) <= NODE_MAX;
  return Array.isArray(value) && value.length <= NODES_MAX && value.every(isNode);
}

const isLink = (link: unknown): boolean => Number.isInteger(link) && (link as number) >= 0 && (link as number) < LINKS_MAX;

function isNetwork(value: unknown): boolean {
  const { name, links, nodes } = (value ?? {}) as Partial<NetworkLayout>;
  return isWord(name) && Array.isArray(links) && links.length <= LINKS_MAX && links.every(isLink) && areNodes(nodes);
}

export function isLayout(value: unknown): value is Layout {
  const { addresses, nodes, voters, voterSet, networks } = (value ?? {}) as Partial<Layout>;
  if (!Array.isArray(addresses) || addresses.length > ADDRESSES_MAX || !addresses.every(isAddress)) return false;
  if (networks !== undefined && !(Array.isArray(networks) && networks.length <= LINKS_MAX && networks.every(isNetwork))) return false;
  return areNodes(nodes) && areNodes(voters) && isVersion(voterSet) && voterSet >= 1 && voterSet <= VOTER_SET_MAX;
}
