// A stage: a switch, nodes and other hosts, each in a network namespace of its own on this one machine,
// joined by real Ethernet (veth and bridges). The demo, the stories in test/network and the failover bench
// all play on it. Faults are made in the switch, never in a node.
import { uptime } from 'node:os';
import { faultRules, type Fault } from './faults.ts';
import { Sandbox } from './sandbox.ts';
import type { SandboxProcess, SpawnOptions } from './sandbox-process.ts';
import {
  addressOf,
  bridgeName,
  interfaceName,
  members,
  networkIds,
  nodeIds,
  nodeName,
  portName,
  prefixLength,
  SWITCH,
  type Topology,
} from './topology.ts';

/** What was done to a stage or to a program on it, by CLOCK_BOOTTIME (to 10 ms): the clock of the events that followed. */
export interface StageStep {
  readonly atMs: number;
  readonly what: string;
}

export class Stage {
  readonly topology: Topology;
  readonly sandbox: Sandbox;
  /** All of it so far, oldest first: a failure is explained by what came before it. */
  readonly steps: StageStep[] = [];
  #faults: readonly Fault[] = [];

  private constructor(topology: Topology, sandbox: Sandbox) {
    this.topology = topology;
    this.sandbox = sandbox;
  }

  /** Builds it; takes about 0.1 s. @throws HeartwireError HW_STAGE_REFUSED, HW_STAGE_COMMAND when the machine refuses. */
  static async open(topology: Topology): Promise<Stage> {
    const sandbox = await Sandbox.open();
    const stage = new Stage(topology, sandbox);
    try {
      await stage.#build();
      return stage;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  /** Ends all programs on it and takes everything away. May be called twice. */
  async close(): Promise<void> {
    await this.sandbox.close();
  }

  /** Starts a program at a member (`node1`, `client`...). */
  spawn(member: string, command: readonly string[], options?: SpawnOptions): SandboxProcess {
    return this.sandbox.spawn(member, command, options);
  }

  /** Runs a program at a member to its end; returns what it printed. */
  run(member: string, command: readonly string[], input?: string): Promise<string> {
    return this.sandbox.run(member, command, input);
  }

  /** Writes down what is done now. */
  note(what: string): void {
    this.steps.push({ atMs: uptime() * 1000, what });
  }

  /** Adds a fault to those that are on. */
  async fault(fault: Fault): Promise<void> {
    await this.setFaults([...this.#faults, fault]);
  }

  /** Exactly these faults, from one instant on. */
  async setFaults(faults: readonly Fault[]): Promise<void> {
    this.note(`faults ${JSON.stringify(faults)}`);
    await this.run(SWITCH, ['nft', '-f', '-'], faultRules(this.topology, faults));
    this.#faults = faults;
  }

  /** All switch ports of a node down, or up again, at one instant: it is cut off and loses its carrier, as when its power goes. */
  async setPorts(node: number, up: boolean, networks: readonly number[] = networkIds(this.topology)): Promise<void> {
    this.note(`ports of ${nodeName(node)} on networks ${networks.join(', ')} ${up ? 'up' : 'down'}`);
    const all = networks.length === this.topology.networks;
    const ports = all ? [`group ${node}`] : networks.map((network) => portName(nodeName(node), network));
    await this.run(SWITCH, ['ip', '-batch', '-'], ports.map((port) => `link set ${port} ${up ? 'up' : 'down'}`).join('\n'));
  }

  /** A whole network silent, or alive again; every carrier stays, as with a switch that hangs. */
  async setNetwork(network: number, up: boolean): Promise<void> {
    this.note(`network ${network} ${up ? 'up' : 'down'}`);
    await this.run(SWITCH, ['ip', 'link', 'set', bridgeName(network), up ? 'up' : 'down']);
  }

  /** Every port and network up, every rule gone. */
  async heal(): Promise<void> {
    this.note('healed');
    if (this.#faults.length > 0) await this.setFaults([]);
    const lines = networkIds(this.topology).flatMap((network) => [
      `link set ${bridgeName(network)} up`,
      ...members(this.topology).map((member) => `link set ${portName(member, network)} up`),
    ]);
    await this.run(SWITCH, ['ip', '-batch', '-'], lines.join('\n'));
  }

  /** Addresses that a member's kernel holds, by interface, without prefix length. */
  async addresses(member: string): Promise<{ interface: string; address: string }[]> {
    const listed = JSON.parse(await this.run(member, ['ip', '-json', 'address', 'show'])) as KernelInterface[];
    return listed.flatMap((link) => (link.addr_info ?? []).map(({ local }) => ({ interface: link.ifname, address: local })));
  }

  async #build(): Promise<void> {
    const { topology, sandbox } = this;
    const all = [SWITCH, ...members(topology)];
    await sandbox.run(null, ['ip', '-batch', '-'], all.map((name) => `netns add ${name}`).join('\n'));
    await Promise.all(all.map((name) => sandbox.run(name, ['sh', '-c', kernelSettings(name)])));
    // Bridges first: where both ends of a wire had the same interface number, the kernel would tell of a carrier up to a second late.
    await sandbox.run(SWITCH, ['ip', '-batch', '-'], bridgeLines(topology).join('\n'));
    const wires = networkIds(topology).flatMap((network) =>
      members(topology).map(
        (member) => `link add ${portName(member, network)} netns ${SWITCH} type veth peer name ${interfaceName(network)} netns ${member}`,
      ),
    );
    await sandbox.run(null, ['ip', '-batch', '-'], wires.join('\n'));
    await sandbox.run(SWITCH, ['ip', '-batch', '-'], switchLines(topology).join('\n'));
    await Promise.all(
      members(topology).map((member) => sandbox.run(member, ['ip', '-batch', '-'], memberLines(topology, member).join('\n'))),
    );
  }
}

interface KernelInterface {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local: string }[];
}

// No duplicate address detection: it would keep new addresses silent for a second. The switch itself has
// no addresses. A kernel without IPv6 has no such settings, and needs none.
function kernelSettings(namespace: string): string {
  const setting = namespace === SWITCH ? 'disable_ipv6=1' : 'accept_dad=0';
  const [name, value] = setting.split('=') as [string, string];
  return `for place in all default; do f=/proc/sys/net/ipv6/conf/$place/${name}; [ ! -e $f ] || echo ${value} > $f; done`;
}

function bridgeLines(topology: Topology): string[] {
  return networkIds(topology).flatMap((network) => [
    `link add ${bridgeName(network)} type bridge forward_delay 0 mcast_snooping 0`,
    `link set ${bridgeName(network)} up`,
  ]);
}

function switchLines(topology: Topology): string[] {
  return networkIds(topology).flatMap((network) => [
    ...members(topology).map((member) => `link set ${portName(member, network)} master ${bridgeName(network)} up`),
    // One group a node, so that all its ports can be set in one request.
    ...nodeIds(topology).map((node) => `link set ${portName(nodeName(node), network)} group ${node}`),
  ]);
}

function memberLines(topology: Topology, member: string): string[] {
  return [
    'link set lo up',
    ...networkIds(topology).flatMap((network) => [
      `link set ${interfaceName(network)} up`,
      `address add ${addressOf(topology, member, network)}/${prefixLength('ipv4')} brd + dev ${interfaceName(network)}`,
      `address add ${addressOf(topology, member, network, 'ipv6')}/${prefixLength('ipv6')} nodad dev ${interfaceName(network)}`,
    ]),
  ];
}
