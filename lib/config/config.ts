// The configuration as the program uses it: checked, complete, every duration in a named unit, the same
// on every node of the cluster. lib/config/load.ts makes it from a file; nothing else does.
import { HeartwireError } from '../errors.ts';
import type { ParameterName } from '../protocol/parameters/definitions.ts';
import type { PreferredRole, QuorumPolicy, VirtualAddress } from '../protocol/types.ts';
import { closest } from './did-you-mean.ts';

export type PathKind = 'udp' | 'udp6' | 'ethernet';

export interface IsolationConfig {
  /** A second beat thread, on other CPUs, keeps the node audible while the first one is late. */
  readonly secondThread: boolean;
  /** The beat thread never sleeps. */
  readonly spin: boolean;
  /** SO_BUSY_POLL of its sockets; 0: off. */
  readonly busyPollUs: number;
  /** PM-QoS: CPUs may sleep no deeper than what wakes within this; null: as they like. */
  readonly cpuLatencyUs: number | null;
}

export interface HeartbeatConfig {
  /** 200 or more. */
  readonly intervalUs: number;
  /** At least 2 intervals. Also the length of an owner's lease. */
  readonly timeoutUs: number;
  /** Whole intervals in the time-out (BeatPackets). */
  readonly packets: number;
  readonly format: 'binary' | 'xml';
  /** Frames go through a third node where two hear each other on no network. */
  readonly relays: boolean;
  /** SCHED_FIFO 1-99; 0: ordinary scheduling. */
  readonly priority: number;
  /** CPUs of the beat thread; empty: any. */
  readonly affinity: readonly number[];
  /** For machines that give the beat thread a CPU of its own. */
  readonly isolation: IsolationConfig;
  readonly nicPolicy: 'first' | 'last';
  readonly port: number;
}

export interface NetworkConfig {
  readonly name: string;
  readonly paths: readonly PathKind[];
  /** The network on the same wire whose adapters this one's stand by for (R9); null: it stands for itself. */
  readonly standbyFor: string | null;
  /** A message to several nodes goes to the cluster's multicast group there, for those that hear it. */
  readonly multicast: boolean;
  /** 0-7: of its first path, on the wire and in the engine, where it is the network's number too. */
  readonly link: number;
}

export interface SerialConfig {
  /** Node names. */
  readonly between: readonly [string, string];
  /** The tty at each end, in the same order. */
  readonly devices: readonly [string, string];
  readonly baud: number;
  /** 0-7: on the wire and in the engine. */
  readonly link: number;
}

export interface NodeConfig {
  readonly name: string;
  /** 1-65535. */
  readonly id: number;
  /** Interface by network name. */
  readonly interfaces: Readonly<Record<string, string>>;
  readonly preferredRole: PreferredRole;
  readonly failureDomain: string | null;
  readonly nodeClass: string;
  /** Off the local segment: client only (C14). */
  readonly bridged: boolean;
}

/** The third vote of two nodes (X9). */
export interface WitnessConfig {
  /** Its name in `nodes`. */
  readonly node: string;
  /** At least the time-out of the beats: for how long it promises. */
  readonly timeoutUs: number;
}

/** A disk that both of two nodes reach, as the third vote (X9). */
export interface DiskConfig {
  /** Absolute. */
  readonly device: string;
  /** Several times the slowest I/O: for how long the disk promises. */
  readonly timeoutUs: number;
}

/** How long one type of change takes; `perGibMs` for each GiB of the machine's memory. */
export interface NoticeDuration {
  readonly baseMs: number;
  readonly perGibMs: number;
}

/** Members that are away for a while (V1-V3). */
export interface AbsenceConfig {
  readonly policy: 'move' | 'keep';
  readonly responseTimeoutMs: number;
  /** By type of V1, such as `migration-out`; null: this node is not registered for it. */
  readonly notices: Readonly<Record<string, NoticeDuration | null>>;
}

/** A command of a resource group: argv each, no shell. */
export interface CommandConfig {
  readonly name: string;
  readonly start: readonly string[];
  /** It is what runs, and its end is a failure; else it ends once all runs. */
  readonly foreground: boolean;
  readonly startTimeoutMs: number;
  /** Null: the processes that it has left are ended. */
  readonly stop: readonly string[] | null;
  readonly stopTimeoutMs: number;
  /** Null: it is not looked after, but for a foreground command's end. */
  readonly monitor: readonly string[] | null;
  readonly monitorIntervalMs: number;
  readonly monitorTimeoutMs: number;
  /** Before the group is given to its successor. */
  readonly restarts: number;
}

/** Run on events, in their order (R8). */
export interface ScriptConfig {
  /** Their names; `*`: all. */
  readonly events: readonly string[];
  readonly run: readonly string[];
  readonly timeoutMs: number;
}

/** What moves as one (R8). */
export interface ResourceGroupConfig {
  readonly name: string;
  /** 1-7: the engine's number for it. */
  readonly seat: number;
  /** Node names. */
  readonly owner: string;
  /** The first one first. */
  readonly successors: readonly string[];
  /** It returns to its owner when that has been healthy for so long; null: it stays where it is. */
  readonly failBackAfterMs: number | null;
  readonly addresses: readonly VirtualAddress[];
  /** Started in this order, stopped in the opposite one. */
  readonly commands: readonly CommandConfig[];
}

/** What was set while the cluster ran (P1, C17). */
export interface ParameterConfig {
  readonly name: ParameterName;
  /** Node names: none: for the cluster; one: its pairs, or what it sends; two: between them. */
  readonly nodes: readonly string[];
  /** In the parameter's unit. */
  readonly value: number;
}

export interface ClusterConfig {
  /** Absolute path, or null when it was given as text. */
  readonly file: string | null;
  /** As it was given, so that it can be edited and sent to other nodes. */
  readonly text: string;
  readonly cluster: string;
  readonly authentication: 'required' | 'none-insecure';
  /** Absolute; empty with `none-insecure`. */
  readonly keyFiles: readonly string[];
  /** Absolute. */
  readonly stateDirectory: string;
  readonly heartbeat: HeartbeatConfig;
  /** At most 8. */
  readonly networks: readonly NetworkConfig[];
  readonly serial: readonly SerialConfig[];
  readonly nodes: readonly NodeConfig[];
  /** Node names, in the order of `nodes`. */
  readonly voters: readonly string[];
  readonly quorum: QuorumPolicy;
  /** Null unless the quorum is `witness`. */
  readonly witness: WitnessConfig | null;
  /** Null unless the quorum is `disk`. */
  readonly disk: DiskConfig | null;
  /** Those that move with the manager. */
  readonly addresses: readonly VirtualAddress[];
  readonly resources: readonly ResourceGroupConfig[];
  readonly scripts: readonly ScriptConfig[];
  readonly bridged: readonly { readonly host: string; readonly port: number }[];
  readonly managementNetwork: string;
  readonly standbyNetwork: string | null;
  readonly discovery: { readonly port: number; readonly unmanagedPeriodMs: number; readonly announceCount: number };
  readonly messagePort: number;
  readonly messageParameters: MessageParameters;
  readonly keepAwake: boolean;
  /** They count before what `heartbeat` and `messageParameters` say. */
  readonly parameters: readonly ParameterConfig[];
  readonly httpPort: number;
  readonly incorporationTimeoutMs: number;
  readonly pruneTimeMs: number;
  /** Search for a duplicate at the first acquisition of an address; 0: none. */
  readonly probeMs: number;
  /** Answer ARP only for addresses of the interface asked (arp_ignore, arp_announce). */
  readonly arpStrict: boolean;
  readonly kernelGuard: boolean;
  readonly control: { readonly socket: string; readonly group: string | null };
  readonly stalled: { readonly timeoutMs: number; readonly policy: 'report' | 'release' | 'nothing' };
  readonly absence: AbsenceConfig;
}

/** P2: how the reliable datagrams between two nodes behave. Ranges: docs/configuration.md, `messages`. */
export interface MessageParameters {
  /** Longest fragment, its header included. */
  readonly fragmentBytesMax: number;
  /** First resend; doubles. */
  readonly retryTimerUs: number;
  /** Without progress; then the message is undeliverable. */
  readonly retryTimeMaxMs: number;
  /** Messages that wait for one peer, beyond which a sender is refused. */
  readonly queueOverflowThreshold: number;
  /** Unacknowledged fragments at once, per peer. */
  readonly sendWindow: number;
}

export interface MessagesConfig {
  readonly port: number;
  /** CPUs do not sleep while messages are dense. */
  readonly keepAwake: boolean;
  readonly parameters: MessageParameters;
}

/** A network by its number, which is that of its first link. */
export function networkNumbered(config: ClusterConfig, link: number): NetworkConfig | undefined {
  return config.networks.find((network) => network.link === link);
}

/** The network whose adapters stand by for those of this one (R9); null: none. */
export function standbyOf(config: ClusterConfig, network: string): string | null {
  return config.networks.find((candidate) => candidate.standbyFor === network)?.name ?? null;
}

/** @throws HeartwireError HW_NODE_UNKNOWN */
export function nodeByName(config: ClusterConfig, name: string): NodeConfig {
  const node = config.nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return node;
  const names = config.nodes.map((candidate) => candidate.name);
  const guess = closest(name, names);
  throw HeartwireError.of(
    'HW_NODE_UNKNOWN',
    { name, known: names.join(', ') + (guess === null ? '' : ` (did you mean ${guess}?)`) },
    config.file === null ? {} : { place: config.file },
  );
}

/** May it ever be manager: a voter, not client only, not bridged, not the witness (C1, C14, X9). */
export function mayManage(config: ClusterConfig, node: NodeConfig): boolean {
  return config.voters.includes(node.name) && mayManageAsVoter(config, node);
}

/** The same whether it votes now or not: votes come and go while it runs. */
export function mayManageAsVoter(config: ClusterConfig, node: NodeConfig): boolean {
  return node.name !== config.witness?.node && node.preferredRole !== 'client' && !node.bridged;
}

/** A configuration from another machine, with what this machine has for itself. */
export function onThisMachine(shared: ClusterConfig, own: ClusterConfig): ClusterConfig {
  const { file, keyFiles, stateDirectory, control } = own;
  return { ...shared, file, keyFiles, stateDirectory, control };
}

/** For how long this node promises as a voter, and asks for as an owner, us. */
export function leaseUsOf(config: ClusterConfig, nodeName: string): number {
  return config.witness?.node === nodeName ? config.witness.timeoutUs : config.heartbeat.timeoutUs;
}

/**
 * The node that this process is.
 * @param wanted name from --node or the API; null: the host name decides, whole or up to its first dot
 * @throws HeartwireError HW_NODE_UNKNOWN
 */
export function ownNode(config: ClusterConfig, wanted: string | null, hostName: string): NodeConfig {
  if (wanted !== null) return nodeByName(config, wanted);
  const short = hostName.split('.')[0] ?? hostName;
  return config.nodes.find((node) => node.name === hostName) ?? nodeByName(config, short);
}

/** The virtual addresses of the manager and of all groups. */
export function allAddresses(config: Pick<ClusterConfig, 'addresses' | 'resources'>): VirtualAddress[] {
  return [...config.addresses, ...config.resources.flatMap((group) => group.addresses)];
}
