// The configuration as the protocols and the announcements see it: what this node says of itself, and the
// parameters of 002's Table 1. What only the running machine knows comes in as `machine`.
import { createHash } from 'node:crypto';
import type { Boot, NicDescription, NodeDescription, ProtocolConfig, ResourceGroup, VirtualAddress } from '../protocol/types.ts';
import { compareHosts, parseAddress } from './address.ts';
import {
  allAddresses,
  type ClusterConfig,
  type CommandConfig,
  leaseUsOf,
  mayManageAsVoter,
  type NodeConfig,
  networkNumbered,
  nodeByName,
  type ResourceGroupConfig,
} from './config.ts';
import { parameterBaseOf } from './parameters.ts';
import { linksOf } from './links.ts';

/** As native.interfaceInfo() gives it. */
export type InterfaceInfo = {
  readonly mac: string;
  readonly carrier: boolean;
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
} | null;

export interface Machine {
  readonly boot: Boot;
  readonly hostName: string;
  /** Of Heartwire. */
  readonly version: string;
  readonly nics: readonly NicDescription[];
}

/** Beyond what commands may take to start and stop. */
const ENDING_MS = 2000;

/** Enough to tell commands of one group apart. */
const DIGEST_DIGITS = 16;

/** Beats in a witness' promise. */
const WITNESS_BEATS = 10;

/** Loses every comparison of C4: an address for nodes that have none. */
export const NO_ADDRESS = '255.255.255.255';

/** @throws HeartwireError HW_NODE_UNKNOWN */
export function protocolConfigOf(config: ClusterConfig, nodeName: string, machine: Machine): ProtocolConfig {
  const idOf = (name: string): number => nodeByName(config, name).id;
  return {
    cluster: config.cluster,
    self: describeNode(config, nodeByName(config, nodeName), machine),
    voters: config.voters.map(idOf),
    voterSet: 1,
    quorum: config.quorum,
    witness: config.witness === null ? null : idOf(config.witness.node),
    unmanagedPeriodMs: config.discovery.unmanagedPeriodMs,
    announceCount: config.discovery.announceCount,
    incorporationTimeoutMs: config.incorporationTimeoutMs,
    pruneTimeMs: config.pruneTimeMs,
    beatTimeoutMs: config.heartbeat.timeoutUs / 1000,
    beatPackets: config.heartbeat.packets,
    networks: networkOrder(config),
    standbyAdapters: Object.fromEntries(
      config.networks.flatMap(({ name, standbyFor }) => (standbyFor === null ? [] : [[standbyFor, name]])),
    ),
    bridged: config.bridged,
    virtualAddresses: addressesOf(config.addresses),
    groups: groupsOf(config),
    leaseUs: leaseUsOf(config, nodeName),
    parameters: parameterBaseOf(config),
  };
}

/** One text for each, so that the same one is found in whatever form it was written. */
export function addressesOf(addresses: readonly VirtualAddress[]): VirtualAddress[] {
  return addresses.map(({ address, network }) => {
    const parsed = parseAddress(address);
    return { address: parsed === null ? address : `${parsed.host}/${parsed.prefixLength}`, network };
  });
}

/** Resource groups as the protocols know them. @throws HeartwireError HW_NODE_UNKNOWN */
export function groupsOf(config: ClusterConfig): ResourceGroup[] {
  return config.resources.map((group) => ({
    name: group.name,
    seat: group.seat,
    holders: [group.owner, ...group.successors].map((name) => nodeByName(config, name).id),
    failBackAfterMs: group.failBackAfterMs,
    addresses: addressesOf(group.addresses),
    stopMs: stopMsOf(group),
    commands: group.commands.map(digestOf),
  }));
}

function digestOf(command: CommandConfig): string {
  const canonical = Object.entries(command).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, DIGEST_DIGITS);
}

/** After the stop command the processes that are left are ended, which takes a while by itself. */
function stopMsOf({ commands }: ResourceGroupConfig): number | null {
  if (commands.length === 0) return null;
  return commands.reduce((sum, { stopTimeoutMs, startTimeoutMs }) => sum + 2 * stopTimeoutMs + startTimeoutMs, 0) + ENDING_MS;
}

/**
 * The paths of a node with what its machine knows of them; virtual addresses are left out, since they move.
 * @param interfaceInfo native.interfaceInfo
 */
export function nicsOf(config: ClusterConfig, nodeName: string, interfaceInfo: (name: string) => InterfaceInfo): NicDescription[] {
  const virtual = new Set(allAddresses(config).map((entry) => parseAddress(entry.address)?.host));
  return linksOf(config, nodeName).flatMap((link, id) => {
    if (link.kind === 'serial' || link.interface === undefined) return [];
    const info = interfaceInfo(link.interface);
    const own = (info?.addresses ?? [])
      .map((entry) => entry.address)
      .filter((address) => !virtual.has(address) && !address.startsWith('fe80:'));
    const network = networkNumbered(config, link.network)?.name ?? '';
    return [
      {
        link: id,
        network,
        interface: link.interface,
        address: own.sort(compareHosts)[0] ?? null,
        mac: info?.mac ?? null,
        carrier: info?.carrier ?? false,
      },
    ];
  });
}

/** The network that is active at the start, its stand-in, then the rest in order. */
export function networkOrder(config: ClusterConfig): string[] {
  const first = [config.managementNetwork, config.standbyNetwork].filter((name) => name !== null);
  return [...first, ...config.networks.map((network) => network.name).filter((name) => !first.includes(name))];
}

function describeNode(config: ClusterConfig, node: NodeConfig, machine: Machine): NodeDescription {
  const isWitness = config.witness?.node === node.name;
  return {
    node: node.id,
    name: node.name,
    boot: machine.boot,
    memberId: null,
    nodeClass: node.nodeClass,
    preferredRole: isWitness ? 'client' : node.preferredRole,
    voter: config.voters.includes(node.name),
    mayManage: mayManageAsVoter(config, node),
    bridged: node.bridged,
    address: lowestAddress(config, machine.nics),
    hostName: machine.hostName,
    beatPort: config.heartbeat.port,
    messagePort: config.messagePort,
    httpPort: config.httpPort,
    beatTimeoutMs: isWitness ? leaseUsOf(config, node.name) / 1000 : null,
    beatPackets: isWitness ? WITNESS_BEATS : null,
    nics: machine.nics,
    version: machine.version,
  };
}

/** C4: on the management network; a node without an address there counts by its next network. */
function lowestAddress(config: ClusterConfig, nics: readonly NicDescription[]): string {
  for (const network of networkOrder(config)) {
    const addresses = nics
      .filter((nic) => nic.network === network)
      .map((nic) => nic.address)
      .filter((address) => address !== null);
    const lowest = addresses.sort(compareHosts)[0];
    if (lowest !== undefined) return lowest;
  }
  return NO_ADDRESS;
}
