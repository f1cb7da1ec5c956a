// Who stands on the stage and under which addresses: pure, so that rules, configurations and tests agree
// on names without asking the kernel. One bridge per network in the namespace `switch`; every member has
// one interface `netK` per network K, whose other end is the port `MEMBER-netK` in the switch.

export const SWITCH = 'switch';

export interface Topology {
  /** Nodes 1..N, called node1..nodeN. */
  readonly nodes: number;
  /** Networks 0..M-1. */
  readonly networks: number;
  /** Others on the wires, such as `client`. */
  readonly hosts: readonly string[];
}

export type Family = 'ipv4' | 'ipv6';

export function nodeName(node: number): string {
  return `node${node}`;
}

export function nodeIds(topology: Topology): number[] {
  return Array.from({ length: topology.nodes }, (_, index) => index + 1);
}

export function networkIds(topology: Topology): number[] {
  return Array.from({ length: topology.networks }, (_, index) => index);
}

export function members(topology: Topology): string[] {
  return [...nodeIds(topology).map(nodeName), ...topology.hosts];
}

/** Interface of any member on a network, in its own namespace. */
export function interfaceName(network: number): string {
  return `net${network}`;
}

/** The other end of it, in the switch. */
export function portName(member: string, network: number): string {
  return `${member}-net${network}`;
}

export function bridgeName(network: number): string {
  return `bridge${network}`;
}

/** Address of a member on a network, without prefix length. Nodes have host number 1..N, others 201 and up. */
export function addressOf(topology: Topology, member: string, network: number, family: Family = 'ipv4'): string {
  const place = members(topology).indexOf(member);
  if (place < 0) throw new RangeError(`no member ${member} on this stage`);
  const host = place < topology.nodes ? place + 1 : 201 + place - topology.nodes;
  return networkAddress(network, host, family);
}

/** Address of host number 1-254 on a network: 10.1.0.0/24 and fd00:1::/64 for network 0, and so on. */
export function networkAddress(network: number, host: number, family: Family = 'ipv4'): string {
  return family === 'ipv4' ? `10.${network + 1}.0.${host}` : `fd00:${network + 1}::${host}`;
}

export function prefixLength(family: Family): number {
  return family === 'ipv4' ? 24 : 64;
}
