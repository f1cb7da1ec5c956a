// The configuration of a simulated node: the defaults of 002's Table 1, with the run's timing.
import type { ProtocolConfig, ResourceGroup } from '../../lib/protocol/types.ts';
import type { Traits } from '../scenarios/support/kept-configurations.ts';
import type { SimulationOptions } from './options.ts';

/** A witness promises so many times the lease of the nodes. */
const WITNESS_LEASES = 3;

/** Of network a, as a network of their own. */
const STANDBY_ADAPTERS = 'a2';

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
        network: link === 0 ? 'a' : options.adapters === true && link === options.links - 1 ? STANDBY_ADAPTERS : 'b',
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
    ...(options.adapters === true
      ? { networks: ['a', 'b', STANDBY_ADAPTERS], standbyAdapters: { a: STANDBY_ADAPTERS } }
      : { networks: ['a', 'b'] }),
    bridged: [],
    virtualAddresses: [{ address: '10.0.0.100/24', network: 'a' }],
    groups: groupsOf(
      options,
      voters.filter((node) => node !== witness),
    ),
    leaseUs,
  };
}

/** Seats of groups there may be. */
export const GROUP_SEATS: readonly number[] = [1, 2, 3];

/** Every second one fails back, and one has commands. */
export const traitsOf: Traits = (seat) => ({ failBackAfterMs: seat === 2 ? 2000 : null, stopMs: seat === 2 ? 500 : null });

/** Each starts with another owner. */
export function holdersOf(seat: number, holders: readonly number[]): number[] {
  return holders.map((_node, place) => holders[(place + seat - 1) % holders.length] ?? 0);
}

function groupsOf({ groups = 0 }: SimulationOptions, holders: readonly number[]): ResourceGroup[] {
  return GROUP_SEATS.slice(0, groups).map((seat) => ({
    name: `group${seat}`,
    seat,
    holders: holdersOf(seat, holders),
    ...traitsOf(seat),
    addresses: [{ address: `10.0.0.${100 + seat}/24`, network: 'a' }],
  }));
}
