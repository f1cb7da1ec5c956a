// Faults of a network as rules of the switch. They are made there and not in the nodes: packet sockets
// see frames before a node's own filters do, and a real fault is outside anyway. All faults of a moment
// are one rule set, swapped in one transaction, so a fault begins and ends at one instant.
import { members, networkIds, nodeName, portName, type Topology } from './topology.ts';

export type Fault =
  /** Nothing from or to this node passes; its carrier stays. */
  | { readonly kind: 'black-hole'; readonly node: number; readonly networks?: readonly number[] }
  /** What this node sends (`out`) or should hear (`in`) is lost; with `peer`, only between these two. */
  | {
      readonly kind: 'one-way';
      readonly node: number;
      readonly lost: 'out' | 'in';
      readonly peer?: number;
      readonly networks?: readonly number[];
    }
  /** Every frame is lost with this probability. */
  | { readonly kind: 'loss'; readonly percent: number; readonly networks?: readonly number[] }
  /** Members of different groups do not hear each other; those in no group hear all. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[]; readonly networks?: readonly number[] }
  /** The network carries no IP any more (nor ARP): only raw Ethernet passes. */
  | { readonly kind: 'no-ip'; readonly networks?: readonly number[] };

/** The rule set for the switch, as input for `nft -f -`: replaces what was there in one transaction. */
export function faultRules(topology: Topology, faults: readonly Fault[]): string {
  const rules = faults.flatMap((fault) => rulesOf(topology, fault)).map((rule) => `    ${rule} drop`);
  return [
    'table bridge faults',
    'delete table bridge faults',
    'table bridge faults {',
    '  chain forward {',
    '    type filter hook forward priority 0; policy accept;',
    ...rules,
    '  }',
    '}',
    '',
  ].join('\n');
}

function rulesOf(topology: Topology, fault: Fault): string[] {
  const networks = 'networks' in fault && fault.networks !== undefined ? fault.networks : networkIds(topology);
  switch (fault.kind) {
    case 'black-hole': {
      const ports = set(networks.map((network) => portName(nodeName(fault.node), network)));
      return [`iifname ${ports}`, `oifname ${ports}`];
    }
    case 'one-way':
      return networks.map((network) => oneWay(fault, network));
    case 'loss': {
      // Every port of those networks: a frame is judged once for each port it would leave by.
      const ports = set(networks.flatMap((network) => portsOf(topology, network)));
      return [`iifname ${ports} numgen random mod 10000 < ${Math.round(fault.percent * 100)}`];
    }
    case 'partition':
      return networks.flatMap((network) => walls(fault.groups, network));
    case 'no-ip': {
      const ports = set(networks.flatMap((network) => portsOf(topology, network)));
      return [`iifname ${ports} ether type { ip, ip6, arp }`];
    }
  }
}

function oneWay(fault: Extract<Fault, { kind: 'one-way' }>, network: number): string {
  const own = portName(nodeName(fault.node), network);
  const [mine, other] = fault.lost === 'out' ? ['iifname', 'oifname'] : ['oifname', 'iifname'];
  const peer = fault.peer === undefined ? '' : ` ${other} "${portName(nodeName(fault.peer), network)}"`;
  return `${mine} "${own}"${peer}`;
}

function walls(groups: readonly (readonly string[])[], network: number): string[] {
  const ports = (group: readonly string[]): string => set(group.map((member) => portName(member, network)));
  return groups.flatMap((from) => groups.filter((to) => to !== from).map((to) => `iifname ${ports(from)} oifname ${ports(to)}`));
}

function portsOf(topology: Topology, network: number): string[] {
  return members(topology).map((member) => portName(member, network));
}

function set(names: readonly string[]): string {
  return `{ ${names.map((name) => `"${name}"`).join(', ')} }`;
}
