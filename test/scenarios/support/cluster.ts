// Configurations for transcripts, properties and the explorer: 002's defaults, unless a script says otherwise.
import type { NodeDescription, NodeId, PreferredRole, ProtocolConfig } from '../../../lib/protocol/types.ts';

export interface NodeOptions {
  readonly id: NodeId;
  readonly preferredRole?: PreferredRole;
  readonly bridged?: boolean;
  /** Last part of its addresses; its id otherwise. */
  readonly address?: number;
}

export const NETWORKS: readonly string[] = ['alpha', 'beta'];

export function describeNode(options: NodeOptions, voter: boolean): NodeDescription {
  const { id, preferredRole = 'none', bridged = false, address = id } = options;
  return {
    node: id,
    name: `node${id}`,
    boot: 1n,
    memberId: null,
    nodeClass: 'node',
    preferredRole,
    voter,
    mayManage: preferredRole !== 'client' && !bridged,
    bridged,
    address: `10.1.0.${address}`,
    hostName: `host${id}`,
    beatPort: 525,
    messagePort: 1199,
    httpPort: 91,
    beatTimeoutMs: null,
    beatPackets: null,
    nics: NETWORKS.map((network, link) => ({
      link,
      network,
      interface: `eth${link}`,
      address: `10.${link + 1}.0.${address}`,
      mac: null,
      carrier: true,
    })),
    version: '0',
  };
}

export function clusterOf(nodes: readonly NodeOptions[], changes: Partial<ProtocolConfig> = {}): ProtocolConfig[] {
  const voters = changes.voters ?? nodes.filter((node) => node.preferredRole !== 'client' && node.bridged !== true).map((node) => node.id);
  const bridged = nodes.filter((node) => node.bridged === true).map((node) => ({ host: `10.1.0.${node.address ?? node.id}`, port: 1199 }));
  return nodes.map((node) => ({
    cluster: 'test',
    self: describeNode(node, voters.includes(node.id)),
    voters,
    voterSet: 1,
    quorum: 'majority',
    witness: null,
    unmanagedPeriodMs: 1000,
    announceCount: 5,
    incorporationTimeoutMs: 5000,
    pruneTimeMs: 60_000,
    beatTimeoutMs: 1000,
    beatPackets: 10,
    networks: NETWORKS,
    bridged,
    virtualAddresses: [{ address: '10.1.0.100/24', network: 'active' }],
    groups: [],
    leaseUs: 1_000_000,
    ...changes,
  }));
}
