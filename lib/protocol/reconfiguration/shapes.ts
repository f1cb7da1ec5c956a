// What is checked of configurations that other nodes send, before anything looks at them.
import type { NodeId, ResourceGroup, VirtualAddress } from '../types.ts';
import { areTimes } from './times.ts';
import type { Layout, LineLayout, NetworkLayout } from './state.ts';

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
  const { name, links, nodes, standbyFor } = (value ?? {}) as Partial<NetworkLayout>;
  if (standbyFor !== undefined && !isWord(standbyFor)) return false;
  return isWord(name) && Array.isArray(links) && links.length <= LINKS_MAX && links.every(isLink) && areNodes(nodes);
}

function isLine(value: unknown): boolean {
  const { link, nodes } = (value ?? {}) as Partial<LineLayout>;
  return isLink(link) && areNodes(nodes) && nodes.length === 2;
}

const GROUPS_MAX = 7;
const COMMANDS_MAX = 100;

const isWait = (value: unknown): boolean => value === null || (typeof value === 'number' && value >= 0 && Number.isFinite(value));
const areAddresses = (value: unknown): boolean => Array.isArray(value) && value.length <= ADDRESSES_MAX && value.every(isAddress);

function isGroup(value: unknown): boolean {
  const { name, seat, holders, failBackAfterMs, addresses, stopMs, commands } = (value ?? {}) as Partial<ResourceGroup>;
  if (!isWord(name) || !Number.isInteger(seat) || (seat ?? 0) < 1 || (seat ?? 0) > GROUPS_MAX) return false;
  if (commands !== undefined && !(Array.isArray(commands) && commands.length <= COMMANDS_MAX && commands.every(isWord))) return false;
  return areNodes(holders) && holders.length > 0 && isWait(failBackAfterMs) && isWait(stopMs) && areAddresses(addresses);
}

function areGroups(value: unknown): boolean {
  if (value === undefined) return true;
  if (!Array.isArray(value) || !value.every(isGroup)) return false;
  const groups = value as ResourceGroup[];
  return new Set(groups.map(({ seat }) => seat)).size === groups.length && new Set(groups.map(({ name }) => name)).size === groups.length;
}

export function isLayout(value: unknown): value is Layout {
  const { addresses, groups, nodes, voters, voterSet, networks, lines, times } = (value ?? {}) as Partial<Layout>;
  if (!areAddresses(addresses) || !areGroups(groups)) return false;
  if (networks !== undefined && !(Array.isArray(networks) && networks.length <= LINKS_MAX && networks.every(isNetwork))) return false;
  if (lines !== undefined && !(Array.isArray(lines) && lines.length <= LINKS_MAX && lines.every(isLine))) return false;
  if (times !== undefined && !areTimes(times)) return false;
  return areNodes(nodes) && areNodes(voters) && isVersion(voterSet) && voterSet >= 1 && voterSet <= VOTER_SET_MAX;
}
