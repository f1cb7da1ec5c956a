// What this machine would make difficult: interfaces that are not there, addresses that are there already,
// filters that drop what comes in by the other adapter. Reads /proc and /sys, through a door that tests use.
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { inSubnet, type ParsedAddress, parseAddress } from './address.ts';
import { allAddresses, type ClusterConfig, nodeByName } from './config.ts';

export interface HostFacts {
  interfaceExists(name: string): boolean;
  /** "10.1.0.2/24", loopback and link-local ones left out. */
  addresses(name: string): readonly string[];
  /** It speaks IPv6. */
  ipv6(name: string): boolean;
  /** The filter that counts: 0 none, 1 strict, 2 loose; null: unknown. */
  reversePathFilter(name: string): number | null;
  /** The part of each second, us, that real-time threads get at most; -1: all of it; null: unknown. */
  realTimeUs(): number | null;
}

/** @returns one sentence each, for the node that runs here */
export function hostWarnings(config: ClusterConfig, nodeName: string, host: HostFacts = thisHost): string[] {
  const interfaces = Object.entries(nodeByName(config, nodeName).interfaces);
  const missing = interfaces
    .filter(([, name]) => !host.interfaceExists(name))
    .map(([network, name]) => `${nodeName}: this machine has no interface ${name} (network ${network}); it is tried again every second.`);
  const present = interfaces.filter(([, name]) => host.interfaceExists(name));
  return [
    ...missing,
    ...strictFilters(
      present.map(([, name]) => name),
      host,
    ),
    ...withoutIpv6(config, present, host),
    ...throttled(config, host),
    ...allAddresses(config).flatMap((entry) => addressWarnings(entry, config, present, host)),
  ];
}

function strictFilters(interfaces: readonly string[], host: HostFacts): string[] {
  return interfaces.flatMap((name, index) => {
    const others = interfaces
      .slice(index + 1)
      .filter((other) => parsed(host, name).some((left) => parsed(host, other).some((right) => inSubnet(left, right))));
    return others
      .filter((other) => host.reversePathFilter(name) === 1 || host.reversePathFilter(other) === 1)
      .map(
        (other) =>
          `${name} and ${other} are in one subnet, and a strict reverse path filter drops what comes in by the second. Set net.ipv4.conf.${name}.rp_filter and net.ipv4.conf.${other}.rp_filter to 2 (loose).`,
      );
  });
}

function withoutIpv6({ networks }: ClusterConfig, interfaces: readonly [string, string][], host: HostFacts): string[] {
  return interfaces
    .filter(([network, name]) => networks.some((each) => each.name === network && each.paths.includes('udp6')) && !host.ipv6(name))
    .map(
      ([network, name]) =>
        `${name} has IPv6 switched off, and network ${network} has a udp6 path. Set net.ipv6.conf.${name}.disable_ipv6 to 0.`,
    );
}

/** Measured on two virtual CPUs: a thread that never sleeps was stopped for up to 250 ms. */
function throttled({ heartbeat }: ClusterConfig, host: HostFacts): string[] {
  const realTimeUs = host.realTimeUs();
  if (!heartbeat.isolation.spin || heartbeat.priority === 0 || realTimeUs === null || realTimeUs < 0) return [];
  return [
    'heartbeat.spin: the kernel stops a real-time thread that never sleeps for a part of each second, which other nodes take for silence. Set kernel.sched_rt_runtime_us to -1.',
  ];
}

function addressWarnings(
  entry: { readonly address: string; readonly network: string },
  config: ClusterConfig,
  interfaces: readonly [string, string][],
  host: HostFacts,
): string[] {
  const virtual = parseAddress(entry.address);
  if (virtual === null) return [];
  const holders = interfaces.filter(([, name]) => parsed(host, name).some((own) => own.host === virtual.host));
  const network = entry.network === 'active' ? config.managementNetwork : entry.network;
  const own = interfaces
    .filter(([name]) => name === network)
    .flatMap(([, name]) => parsed(host, name))
    .filter((address) => address.family === virtual.family && address.host !== virtual.host);
  const outside = own.length > 0 && !own.some((address) => inSubnet(address, virtual));
  return [
    ...holders.map(
      ([, name]) =>
        `${entry.address} is on ${name} already. Unless Heartwire holds it now, remove it from this machine's own network configuration.`,
    ),
    ...(outside
      ? [
          `${entry.address} lies outside the subnet that network ${network} has here (${own.map((address) => `${address.host}/${address.prefixLength}`).join(', ')}): others reach it by a route only.`,
        ]
      : []),
  ];
}

function parsed(host: HostFacts, name: string): ParsedAddress[] {
  return host
    .addresses(name)
    .map(parseAddress)
    .filter((address) => address !== null);
}

export const thisHost: HostFacts = {
  interfaceExists: (name) => existsSync(`/sys/class/net/${name}`),
  addresses: (name) =>
    (networkInterfaces()[name] ?? [])
      .filter((address) => !address.internal && !address.address.startsWith('fe80:'))
      .map((address) => address.cidr ?? ''),
  ipv6: (name) => readNumber(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`) === 0,
  realTimeUs: () => readNumber('/proc/sys/kernel/sched_rt_runtime_us'),
  reversePathFilter: (name) => {
    const values = ['all', name].map((scope) => readNumber(`/proc/sys/net/ipv4/conf/${scope}/rp_filter`)).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  },
};

function readNumber(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8').trim());
  } catch {
    return null;
  }
}
