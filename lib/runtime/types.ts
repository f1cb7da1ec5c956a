// The door between the engine room and the people: what a running node offers to the API, the control
// socket and the command line. Only types, so that those three can be built and tested against a fake
// (test/unit/support/fake-runtime.ts). `class ClusterRuntime` in cluster-runtime.ts implements `Runtime`.
// Everything in a status is plain JSON: epochs and boot numbers are numbers here, since both grow by small
// steps and stay far below 2^53.
import type { PresentParameters } from '../protocol/parameters/settings.ts';
import type { Progress } from '../protocol/rounds/progress.ts';
import type { LinkStatus } from './link-status.ts';
import type { AddressStatus, ResourceStatus } from './resource-status.ts';
import type { Timings } from './timings.ts';
import type { ClusterConfig } from '../config/config.ts';
import type { Overrides } from '../config/overrides.ts';
import type { Plan } from '../config/versions/plan.ts';
import type { ClusterEvent, Command, MemberId, NodeDescription, NodeId, PreferredRole, QuorumPolicy, Role } from '../protocol/types.ts';
import type { SchedulingStatus } from './scheduling-status.ts';

export type { LinkStatus, PeerPathStatus } from './link-status.ts';
export type { SchedulingStatus } from './scheduling-status.ts';
export type { AddressStatus, ResourceStatus } from './resource-status.ts';
export type { Timings } from './timings.ts';

/** What of pino is used; any logger with these will do. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A key as the native engine takes it: id 1-255, 32-64 bytes. */
export interface ClusterKey {
  readonly id: number;
  readonly key: Uint8Array;
}

export interface RuntimeOptions {
  readonly config: ClusterConfig;
  /** Name of the own node in `config.nodes`. */
  readonly node: string;
  /** First one sends, all are accepted. Empty with `authentication: none-insecure`. The runtime wipes nothing; the caller does after start(). */
  readonly keys: readonly ClusterKey[];
  /** Absolute; made (0700) when absent, and locked: boot number and journal live here. */
  readonly stateDirectory: string;
  readonly logger: Logger;
  readonly operations?: OperationOptions;
}

/** What an operation's handlers are told besides its data. */
export interface OperationContext {
  /** Grows with every operation, the same at all members: the order. Kept with the program's state, it is the `after` of the next start. */
  readonly number: bigint;
  /** The same for people: "3.17". */
  readonly name: string;
  /** Who proposed it. */
  readonly node: NodeId;
  /** Tells what the handler waits for now (a lock, a child process; up to 200 characters): `heartwire progress` shows it, even while the event loop is blocked. */
  readonly waitsFor: (what: string) => void;
}

/** A program's part in operations of one name. */
export interface OperationHandler {
  /**
   * May it be done? `true`, or why not. Asked at every active member, before anything is done, possibly while earlier
   * operations are still undecided. Default: yes. What it throws counts as no.
   */
  vote?(data: unknown, context: OperationContext): boolean | string | Promise<boolean | string>;
  /** Does it. Called once for each committed operation, in the same order at all members, the next one after this has ended. */
  apply(data: unknown, context: OperationContext): void | Promise<void>;
}

/** A program's part in atomic operations, from the start on. */
export interface OperationOptions {
  readonly handlers?: Readonly<Record<string, OperationHandler>>;
  /**
   * Number of the last operation that the program's own state contains, as it was told at its `apply`. Durable ones that were
   * committed after it are applied again, in order, before anything new. Default: none is missing.
   */
  readonly after?: bigint;
}

/** A member's answer to how far its protocols have got (Q2). */
export interface ProgressReport {
  readonly node: NodeId;
  /** How old it is: its message thread answers with what JavaScript has published last. */
  readonly ageMs: number;
  /** Its event loop does not turn now. */
  readonly isLate: boolean;
  /** Null: it has not published anything that is understood here. */
  readonly progress: Progress | null;
}

/** One configuration that a node holds. */
export interface ConfigurationVersion {
  /** For people; the same number on all nodes once the cluster has agreed on one. */
  readonly version: number;
  /** The agreement that it comes from, such as "3.17"; null: the file that this node was started with. */
  readonly agreement: string | null;
  /** Equal where topology, resources, settings and parameters are. */
  readonly digest: string;
  readonly topology: string;
  readonly resources: string;
  readonly settings: string;
  readonly parameters: string;
}

/** A version, when it became active on this node (ms since 1970), and its checksums. */
export interface ActivatedConfiguration {
  readonly version: number;
  readonly atMs: number;
  readonly topology: string;
  readonly resources: string;
  readonly settings: string;
  /** What was set then: by which change ("0.0": none), and its checksum; null: its start has not told. */
  readonly parameters: { readonly version: string; readonly checksum: string } | null;
}

/** R1, R2: what runs on a node, what edits change, and what lies between them. */
export interface ConfigurationReport {
  readonly active: ConfigurationVersion;
  readonly default: ConfigurationVersion;
  /** Of the default one, as it was given, with what was set written into it. */
  readonly text: string;
  /** From the active to the default one. */
  readonly plan: Plan;
  /** What was set with `heartwire parameters set`; it is written into both. */
  readonly parameters: Overrides;
  /** The reconfiguration that is under way, such as "3.17"; null: none. */
  readonly running: string | null;
  /** Oldest first; the last 50. */
  readonly history: readonly ActivatedConfiguration[];
}

export interface ConfigurationApplied {
  readonly version: number;
  /** Number of the reconfiguration, such as "3.17". */
  readonly protocol: string;
  /** What the change has given to a group is not there yet, and why, as this node sees it; null: it is. */
  readonly late: string | null;
}

/** Edits of the configuration, and changes of the running cluster by it. Each rejects with HW_REFUSED, HW_OPERATION_ABORTED or HW_OUTCOME_UNKNOWN. */
export interface Configurations {
  /** What runs. */
  readonly active: ClusterConfig;
  report(): ConfigurationReport;
  /** @param base the version that the editor started from; null: whatever is there @throws HeartwireError HW_CONFIG_*, HW_CONFIG_STALE */
  edit(text: string, base: number | null): Promise<{ readonly version: number }>;
  sync(): Promise<{ readonly version: number }>;
  /** @param version which default configuration is meant; null: the one of now @returns null: they do not differ */
  apply(version: number | null): Promise<ConfigurationApplied | null>;
  abort(): Promise<{ readonly protocol: string }>;
}

export interface CommandResult {
  /** Of the peer protocol that a `propose` has started. */
  readonly number: bigint | null;
}

/** One node of the cluster in this process. */
export interface Runtime {
  /**
   * Opens everything and starts seeking a manager. Resolves once the native threads run; joining takes longer.
   * @throws HeartwireError HW_STATE_LOCKED, HW_STATE_DIRECTORY, HW_NATIVE
   */
  start(): Promise<void>;
  /** Stops at once: no resignation, addresses are removed. Idempotent. For a clean end, `command({name: 'leave'})` first. */
  stop(): Promise<void>;
  /**
   * Resolves when the command is done; rejects with a HeartwireError that says why nothing changed: for the reply
   * of a protocol `HeartwireError.of('HW_REFUSED', { reason })`, for its code and message.
   */
  command(command: Command): Promise<CommandResult>;
  /** Registers a program's part in atomic operations of this name (V5). @returns call it to end */
  handle(name: string, handler: OperationHandler): () => void;
  /** A copy of what is known now; cheap enough to be called many times a second. */
  status(): RuntimeStatus;
  timings(): Timings;
  /** @throws HeartwireError HW_NOT_RUNNING, HW_REFUSED: this node keeps none */
  readonly configurations: Configurations;
  parameters(): PresentParameters;
  /** @throws HeartwireError HW_REFUSED: that node cannot be asked, or does not answer */
  progress(node: NodeId): Promise<ProgressReport>;
  /** Rotation without restart: the first key sends from now on. */
  setKeys(keys: readonly ClusterKey[]): void;
  /** CLOCK_BOOTTIME in milliseconds: the clock of `atMs` in events. */
  nowMs(): number;
  /** `event`: what happened, in order. `failed`: the node cannot go on and has stopped. */
  on(name: 'event', listener: (event: RuntimeEvent) => void): this;
  on(name: 'failed', listener: (error: Error) => void): this;
  off(name: 'event', listener: (event: RuntimeEvent) => void): this;
  off(name: 'failed', listener: (error: Error) => void): this;
}

/** Cluster events (C18) and what only this node has seen, in one shape. */
export type RuntimeEvent = ClusterEvent | LocalEvent;

export type LocalEventName =
  | 'command-failed'
  | 'command-restarted'
  /** details: address (text list), interface, epoch. */
  | 'address-acquired'
  | 'address-released'
  /** X6; details: address, interface, and mac for a conflict. */
  | 'address-put-back'
  | 'address-stray-removed'
  | 'address-conflict'
  | 'address-failed'
  /** details: link (name), peer. */
  | 'link-up'
  | 'link-down'
  /** Own carrier; details: link (name), interface. */
  | 'carrier-up'
  | 'carrier-down'
  | 'interface-gone'
  /** R9: the addresses of a network go to another adapter of this node; details: network, interface, standby (false: back to the service adapter). */
  | 'adapter-switched'
  | 'interface-back'
  /** The JavaScript of `node` no longer renews its deadline, or does again. */
  | 'node-stalled'
  | 'node-recovered'
  /** This observer was late beyond a time-out and judged nobody meanwhile; details: latenessMs. */
  | 'observer-late'
  /** This machine, or this process, stood still and nobody had been told; details: forMs, suspendedMs. */
  | 'paused-without-notice'
  /** V1, seen when it had happened; details: type, and from and to. */
  | 'machine-changed'
  /** The process that stands behind this daemon died alone, and was started anew; details: restarts (since the start). */
  | 'guardian-restarted'
  /** A vote could not be written down; this node does not vote until it can. details: reason. */
  | 'journal-failed'
  | 'journal-recovered';

export interface LocalEvent {
  readonly event: LocalEventName;
  /** CLOCK_BOOTTIME. */
  readonly atMs: number;
  /** The node that it is about; often the own one. */
  readonly node: NodeId;
  readonly memberId: MemberId | null;
  readonly description: NodeDescription | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** Values in buckets of an eighth of a power of two: the smallest value of each that is not empty, and how many. */
export interface Distribution {
  readonly maxNs: number;
  readonly buckets: readonly (readonly [fromNs: number, count: number])[];
}

export interface RuntimeStatus {
  readonly cluster: string;
  readonly self: {
    readonly node: NodeId;
    readonly name: string;
    readonly memberId: MemberId | null;
    readonly role: Role;
    readonly boot: number;
    readonly startedMs: number;
  };
  readonly nowMs: number;
  readonly manager: NodeId | null;
  readonly standby: NodeId | null;
  /** Epoch of the manager seat as this node knows it; null before the first. */
  readonly epoch: number | null;
  readonly quorum: QuorumStatus;
  /** Name of the network that carries management traffic now. */
  readonly activeNetwork: string;
  readonly standbyNetwork: string | null;
  /** Configured nodes and members beyond them, by node id. */
  readonly nodes: readonly NodeStatus[];
  /** Own links in the order of the configuration. */
  readonly links: readonly LinkStatus[];
  readonly addresses: readonly AddressStatus[];
  /** Groups that move by themselves (R8), in the order of the configuration. */
  readonly resources: readonly ResourceStatus[];
  /** X5: what the protocols wait for, from whom, since when (CLOCK_BOOTTIME). */
  readonly waiting: readonly { readonly what: string; readonly nodes: readonly NodeId[]; readonly sinceMs: number }[];
  readonly scheduling: SchedulingStatus;
  /** What keeps an address silent whose lease has ended, should the daemon not do it. */
  readonly guard: {
    /** Programs in the kernel (`tcx`, `clsact`), the guardian alone, or nothing. */
    readonly enforcement: 'tcx' | 'clsact' | 'guardian' | 'none';
    /** Why nothing better. */
    readonly reason: string | null;
    /** Interfaces without the kernel guard, and why. */
    readonly uncovered: readonly string[];
    /** Times that another program stood before the kernel guard's. */
    readonly displaced: number;
    readonly guardian: {
      readonly running: boolean;
      readonly restarts: number;
      readonly reason: string | null;
      /** In a control group of its own, apart from the daemon's. */
      readonly ownGroup: boolean;
    };
  };
  readonly authentication: 'required' | 'none-insecure';
  /** What only the runtime can know to be wrong (journal, duplicate id, voting off...), one sentence each. */
  readonly troubles: readonly string[];
  /** Frames thrown away since start, by reason (docs/wire.md): `tag` means a wrong key or a forgery. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Messages since start that were refused since too much waited for their receiver (HW_QUEUE_OVERFLOW). */
  readonly sendsRefused: number;
  /** Frames of messages to several nodes at once, since start. */
  readonly multicasts: { readonly sent: number; readonly received: number };
  /** How often since its start this node stood still for longer than a time-out without having announced it. */
  readonly pausesWithoutNotice: number;
}

export interface QuorumStatus {
  readonly policy: QuorumPolicy;
  readonly voters: readonly NodeId[];
  /** Voters heard now, self included. */
  readonly present: number;
  /** Voters that must agree. */
  readonly needed: number;
  /** The manager's lease is renewed by a majority (always true with policy `none`); null: not known here. */
  readonly quorate: boolean | null;
  /** Standing orders of the current epoch are installed at all voters that are here; null: not known here (only the manager knows). */
  readonly ordersInstalled: boolean | null;
  /** CLOCK_BOOTTIME. This node has started, votes for nobody until then, and so succeeds nobody; null: that is over. */
  readonly silentUntilMs: number | null;
  /** With the quorum `witness`; else null. */
  readonly witness: WitnessStatus | null;
  /** With the quorum `disk`; else null. */
  readonly disk: DiskStatus | null;
}

/** The shared disk of two nodes (X9), as this node sees it. */
export interface DiskStatus {
  readonly device: string;
  /** Why it cannot be used; null: it can, as far as it was asked. */
  readonly error: string | null;
  /** The slowest I/O since the start. */
  readonly worstIoMs: number;
  /** When this node last needed it, ms of CLOCK_BOOTTIME; null: never since it started. */
  readonly askedMs: number | null;
  /** It promises this node the seat now. */
  readonly holds: boolean;
}

/** The third vote of two nodes (X9), as this node sees it. */
export interface WitnessStatus {
  readonly node: NodeId;
  /** This node hears it, or is it. */
  readonly heard: boolean;
  /** When this node last needed it, ms of CLOCK_BOOTTIME; null: never since it started. */
  readonly askedMs: number | null;
  /** Whom its promise holds for now. Only the witness knows of both nodes; a node knows of itself. */
  readonly holds: NodeId | null;
}

/** `failed`: silent, shown until the prune time ends (C16). `absent`: configured, and not heard since start. */
export type NodeState = 'member' | 'unmanaged' | 'offline' | 'failed' | 'absent';

export interface NodeStatus {
  readonly node: NodeId;
  readonly name: string;
  readonly memberId: MemberId | null;
  /** null unless it is known. */
  readonly role: Role | null;
  readonly state: NodeState;
  readonly preferredRole: PreferredRole;
  readonly voter: boolean;
  readonly bridged: boolean;
  /** Its event loop no longer renews its deadline. */
  readonly stalled: boolean;
  /** It has said that it does not answer until then (CLOCK_BOOTTIME), and why. */
  readonly away: { readonly untilMs: number; readonly reason: string } | null;
}
