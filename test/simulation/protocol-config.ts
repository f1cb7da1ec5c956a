// The configuration of a simulated node: the defaults of 002's Table 1, with the run's timing.
import type { ProtocolConfig, ResourceGroup } from '../../lib/protocol/types.ts';
import type { SimulationOptions } from './options.ts';

/** A witness promises so many times the lease of the nodes. */
const WITNESS_LEASES = 3;

export function protocolConfigFor(options: SimulationOptions, id: number): ProtocolConfig {
  const voters = Array.from({ length: options.voters ?? options.nodes }, (_, index) => index + 1);
  const witness = options.quorum === 'witness' ? options.nodes : null;
  const isWitness = id === witness;
  const leaseUs = options.timeoutUs * (isWitness ? WITNESS_LEASES : 1);
  return {
    cluster: 'simulated',
    self: {
      node: id,
      name: `node${id}`,
      boot: 0n,
      memberId: null,
      nodeClass: 'node',
      preferredRole: isWitness ? 'client' : 'none',
      voter: voters.includes(id),
      mayManage: !isWitness,
      bridged: false,
      address: `10.0.0.${id}`,
      hostName: `node${id}`,
      beatPort: 525,
      messagePort: 1199,
      httpPort: 91,
      beatTimeoutMs: isWitness ? leaseUs / 1000 : null,
      beatPackets: isWitness ? 10 : null,
      version: 'simulated',
      nics: Array.from({ length: options.links }, (_, link) => ({
        link,
        network: link === 0 ? 'a' : 'b',
        interface: `eth${link}`,
        address: `10.${link}.0.${id}`,
        mac: null,
        carrier: true,
      })),
    },
    voters,
    voterSet: 1,
    quorum: options.quorum,
    witness,
    unmanagedPeriodMs: 1000,
    announceCount: 5,
    incorporationTimeoutMs: 5000,
    pruneTimeMs: 60_000,
    beatTimeoutMs: options.timeoutUs / 1000,
    beatPackets: Math.round(options.timeoutUs / options.intervalUs),
    networks: ['a', 'b'],
    bridged: [],
    virtualAddresses: [{ address: '10.0.0.100/24', network: 'a' }],
    groups: groupsOf(
      options,
      voters.filter((node) => node !== witness),
    ),
    leaseUs,
  };
}

/** Each starts with another owner; every second one fails back. */
function groupsOf({ groups = 0 }: SimulationOptions, holders: readonly number[]): ResourceGroup[] {
  return Array.from({ length: groups }, (_, index) => ({
    name: `group${index + 1}`,
    seat: index + 1,
    holders: holders.map((_node, place) => holders[(place + index) % holders.length] ?? 0),
    failBackAfterMs: index % 2 === 1 ? 2000 : null,
    addresses: [{ address: `10.0.0.${101 + index}/24`, network: index === 2 ? 'active' : 'a' }],
    stopMs: index === 1 ? 500 : null,
  }));
}
