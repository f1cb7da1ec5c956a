// The words that every protocol shares: who is who, what can happen to a node, and what a node may want
// done. Protocols are pure: `step(state, event, nowMs)` gives the next state and a list of effects; the
// runtime (lib/runtime) turns native events into these events and carries out these effects, and the
// simulator does the same with simulated ones. Times are milliseconds of CLOCK_BOOTTIME.

import type { Operation } from './commit/commit.ts';
import type { PauseCommand } from './inactivity/pausing.ts';
import type { Active, Configurations, Held } from './reconfiguration/state.ts';
import type { ParameterBase, ParameterSet } from './parameters/settings.ts';
import type { ProposalId, RoundRecord } from './rounds/state.ts';

/** Configured node id, 1-65535. Votes, keys and replay windows use it (safety.md, 'Leases' 11). */
export type NodeId = number;
/** Label that a manager assigns at incorporation (C5). */
export type MemberId = number;
/** Grows with every start of a node; persisted (safety.md, 'The wire'). */
export type Boot = bigint;
/** Epoch of a seat: grows with every change of owner. */
export type Epoch = bigint;

/** The seat of the manager's role and of all virtual addresses that move with it. */
export const MANAGER_SEAT = 0;

/** C3. `unmanaged`: seeks a manager. `offline`: for maintenance, no part in the cluster. */
export type Role = 'unmanaged' | 'client' | 'standby' | 'manager' | 'offline';

/** C17. `client` means client only, for good. */
export type PreferredRole = 'manager' | 'standby' | 'client' | 'none';

/**
 * How two nodes break a tie (X9). `majority` for three or more voters; `witness`: the third voter is asked only where one of
 * the two is silent; `disk`: a shared disk is asked then; `none` risks a split, in writing.
 */
export type QuorumPolicy = 'majority' | 'witness' | 'disk' | 'none';

/** One path of a node on one network, as it describes itself (C5). */
export interface NicDescription {
  readonly link: number;
  readonly network: string;
  readonly interface: string;
  readonly address: string | null;
  readonly mac: string | null;
  readonly carrier: boolean;
}

/** What a node says of itself in announcements and at incorporation (C2, C5). */
export interface NodeDescription {
  readonly node: NodeId;
  readonly name: string;
  readonly boot: Boot;
  readonly memberId: MemberId | null;
  readonly nodeClass: string;
  readonly preferredRole: PreferredRole;
  readonly voter: boolean;
  /** May it manage while it votes: preferredRole is not `client`, and it is not bridged. */
  readonly mayManage: boolean;
  readonly bridged: boolean;
  /** Lowest address on the active management network: the last criterion of C4. */
  readonly address: string;
  readonly hostName: string;
  readonly beatPort: number;
  readonly messagePort: number;
  readonly httpPort: number;
  /** C5: heartbeat failure period and retries in it, of this node; null: the cluster's. */
  readonly beatTimeoutMs: number | null;
  readonly beatPackets: number | null;
  readonly nics: readonly NicDescription[];
  readonly version: string;
}

/** Broadcast on the discovery port (C2, C11). */
export interface Announcement {
  readonly cluster: string;
  readonly description: NodeDescription;
  readonly role: Role;
  /** Highest epoch of the manager seat that this node has promised or reserved. */
  readonly promisedEpoch: Epoch;
  /** Manager only: the epoch it holds, the number of its nodes, whether a majority renews its lease. */
  readonly manager: { readonly epoch: Epoch; readonly nodes: number; readonly quorate: boolean } | null;
}

/** Static configuration of the protocol on one node; the values and defaults of 002's Table 1. */
export interface ProtocolConfig {
  readonly cluster: string;
  readonly self: NodeDescription;
  /** Configured voters and the version of that set (safety.md, 'Words'). */
  readonly voters: readonly NodeId[];
  readonly voterSet: number;
  readonly quorum: QuorumPolicy;
  /** With the quorum `witness`: which voter it is. */
  readonly witness: NodeId | null;
  readonly unmanagedPeriodMs: number; // 1000
  readonly announceCount: number; // 5
  readonly incorporationTimeoutMs: number; // 5000, each side
  readonly pruneTimeMs: number; // 60000
  readonly beatTimeoutMs: number; // 1000
  readonly beatPackets: number; // 10
  /** By network, the one whose adapters stand by for it (R9). */
  readonly standbyAdapters?: Readonly<Record<string, string>>;
  readonly networks: readonly string[]; // [0] is the active one at start, [1] the standby network
  readonly bridged: readonly BridgedNode[]; // C14
  readonly virtualAddresses: readonly VirtualAddress[]; // C13, in the manager seat
  /** R8: each with a seat of its own. */
  readonly groups: readonly ResourceGroup[];
  /** What this node asks for as an owner, or promises as the witness. */
  readonly leaseUs: number;
  /** What this node holds at its start (R1); none: it takes no part in reconfigurations. */
  readonly configurations?: Configurations;
  /** P2, as configured; left out: what the beats above imply, and the defaults. */
  readonly parameters?: ParameterBase;
}

/** C14: a node off the segment, tried at its address and message port. */
export interface BridgedNode {
  readonly host: string;
  readonly port: number;
}

export interface VirtualAddress {
  /** "10.1.0.100/24" or "fd00::100/64". */
  readonly address: string;
  /** Network it lives on, or `active`: the active management network, and moves with it. */
  readonly network: string;
}

/** What moves as one, apart from the manager (R8). */
export interface ResourceGroup {
  readonly name: string;
  /** 1-7. */
  readonly seat: number;
  /** The owner, and then its successors in order. */
  readonly holders: readonly NodeId[];
  /** Null: it stays where it is. */
  readonly failBackAfterMs: number | null;
  readonly addresses: readonly VirtualAddress[];
  /** Its commands are stopped before it is given up, and that may take so long; null: it has none. */
  readonly stopMs: number | null;
  /** A digest of each of its commands, in their order; left out: none. */
  readonly commands?: readonly string[];
}

/** Native verdicts and seat news, in the words of native/core/heartbeat/engine_types.h. */
export type SeatNews = 'acquired' | 'open' | 'lapsed' | 'regained' | 'released' | 'failed' | 'closed';

export type Unfitness = 'stalled' | 'no-carrier' | 'hears-nobody' | 'unheard';

export type Event =
  | { readonly type: 'start' }
  /** A deadline that the state named (`nextDeadlineMs`) has come, or nothing more than time has passed. */
  | { readonly type: 'tick' }
  | { readonly type: 'announced'; readonly from: NodeId; readonly boot: Boot; readonly announcement: Announcement }
  | { readonly type: 'received'; readonly from: NodeId; readonly boot: Boot; readonly message: unknown }
  | { readonly type: 'sessionUp'; readonly node: NodeId; readonly boot: Boot }
  | { readonly type: 'undeliverable'; readonly node: NodeId }
  /** So much waits for the manager that this wish was not taken: whoever asks is to ask again later. */
  | { readonly type: 'wishUnsent'; readonly node: NodeId; readonly counter: number; readonly isTooLong?: boolean }
  | { readonly type: 'nodeUp' | 'nodeDown'; readonly node: NodeId }
  | { readonly type: 'linkUp' | 'linkDown'; readonly node: NodeId; readonly link: number }
  /** Own carrier on one link. */
  | { readonly type: 'carrier'; readonly link: number; readonly up: boolean }
  /** Own adapters, after networks have come or gone. */
  | { readonly type: 'adapters'; readonly nics: readonly NicDescription[] }
  | { readonly type: 'seat'; readonly news: SeatNews; readonly seat: number; readonly epoch: Epoch }
  /** A valid claim of a higher epoch was heard. */
  | { readonly type: 'holder'; readonly seat: number; readonly node: NodeId; readonly epoch: Epoch }
  /** Our asks fail: `node` answered `answer` and knows `epoch` as promised. */
  | { readonly type: 'refused'; readonly seat: number; readonly node: NodeId; readonly answer: string; readonly epoch: Epoch }
  | { readonly type: 'reserveNeeded'; readonly seat: number; readonly epoch: Epoch }
  /** The journal has `epoch` on disk and the register may vote up to it (or the write failed: votes are off). */
  | { readonly type: 'reserved'; readonly seat: number; readonly epoch: Epoch; readonly ok: boolean }
  /** Its beats say that its event loop does not turn, or turns again. */
  | { readonly type: 'nodeStalled'; readonly node: NodeId; readonly stalled: boolean }
  /** It can serve addresses on these networks, as its beats say; a bit for the first link of each. */
  | { readonly type: 'nodeServes'; readonly node: NodeId; readonly networks: number }
  /** This owner serves nobody, and the engine gives its seat to a successor of the standing orders. */
  | { readonly type: 'unfit'; readonly seat: number; readonly why: Unfitness }
  | { readonly type: 'duplicateNode'; readonly node: NodeId }
  /** This node stood still for longer than a heartbeat time-out. */
  | { readonly type: 'gap' }
  /** Local work of a round has ended (rounds/kind.ts). */
  | {
      readonly type: 'worked';
      readonly number: bigint;
      readonly round: number;
      readonly ok: boolean;
      readonly reason: string;
      readonly payload: unknown;
    }
  /** What a peer protocol must not forget is on disk, or could not be written. */
  | { readonly type: 'recorded'; readonly number: bigint; readonly ok: boolean }
  /** The commands of a group run no more: it may be given up. */
  | { readonly type: 'commandsOff'; readonly seat: number }
  /** They have failed too often on this node, and its successor is to have the group. */
  | { readonly type: 'commandsFailed'; readonly seat: number }
  /** The parameters of that version are on disk and in force, or cannot be (P4). */
  | { readonly type: 'parametersKept'; readonly version: bigint; readonly ok: boolean; readonly reason: string }
  | { readonly type: 'command'; readonly id: number; readonly command: Command };

/** What people and programs may ask of the local node; answered by exactly one `reply` effect. */
export type Command =
  | { readonly name: 'offline' }
  | { readonly name: 'online' }
  /** Resign before the process ends: hand the seat over, tell the others, then reply (C8). */
  | { readonly name: 'leave' }
  /** Planned move of the manager role and its addresses to `node`, default the standby. */
  | { readonly name: 'move'; readonly node: NodeId | null }
  /** The same of a resource group; default: its owner, or who comes next in its list. */
  | { readonly name: 'moveGroup'; readonly group: string; readonly node: NodeId | null }
  | { readonly name: 'setStandby'; readonly node: NodeId }
  | { readonly name: 'changeActiveNetwork'; readonly network: string }
  | { readonly name: 'addVirtualAddress'; readonly address: VirtualAddress }
  | { readonly name: 'deleteVirtualAddress'; readonly address: string }
  /** An event of a program's own, for all members in one order (R8). */
  | { readonly name: 'publish'; readonly event: string; readonly facts: Facts }
  /** Starts a peer protocol of this kind; answered when it is decided. */
  | { readonly name: 'propose'; readonly kind: string; readonly body: unknown; readonly timeoutMs: number }
  /** This node will not answer for a while (V2); answered when the machine may stop. */
  | PauseCommand
  /** The pause has ended (V6). */
  | { readonly name: 'resume' }
  /** Ends a peer protocol that nobody can have committed yet. */
  | { readonly name: 'cancel'; readonly number: bigint };

export type Effect =
  | { readonly type: 'announce'; readonly announcement: Announcement }
  /** C14: try a bridged node at its address and message port. */
  | { readonly type: 'contact'; readonly host: string; readonly port: number }
  /** `isQuiet`: that it comes a few ms later is no harm to the receiver. */
  | { readonly type: 'send'; readonly to: NodeId; readonly message: unknown; readonly isQuiet?: true }
  /** Drop queues and session with this node (failed, pruned). */
  | { readonly type: 'closeChannel'; readonly node: NodeId }
  /** Beats: `beat` we send them; `watch` we want verdicts. Null timings: the cluster's. */
  | {
      readonly type: 'setPeer';
      readonly node: NodeId;
      readonly beat: boolean;
      readonly watch: boolean;
      readonly beatTimeoutMs: number | null;
      readonly beatPackets: number | null;
      /** V3: it is away, and may be silent for so long; the interval stays as it is. Null: it is not away. */
      readonly silenceMs: number | null;
    }
  | { readonly type: 'removePeer'; readonly node: NodeId }
  /** Write `epoch` as reserved (fsync), then let the register vote up to it; answered by `reserved`. */
  | { readonly type: 'reserve'; readonly seat: number; readonly epoch: Epoch }
  /** Standing orders: chain[k] may take baseEpoch + 1 + k. Newer ids replace older ones. */
  | {
      readonly type: 'setOrders';
      readonly seat: number;
      readonly ordersId: bigint;
      readonly baseEpoch: Epoch;
      readonly chain: readonly NodeId[];
    }
  /** Candidate at once, under the installed orders. */
  | { readonly type: 'stand'; readonly seat: number }
  /** Stop the commands of a group, since it is given up; answered by `commandsOff`. */
  | { readonly type: 'stopCommands'; readonly seat: number }
  /** Failures of a group's commands on this node are forgotten. */
  | { readonly type: 'forgiveCommands'; readonly seat: number }
  /** Close the addresses, end our epoch, give our vote to `successor` (0: nobody). */
  | { readonly type: 'release'; readonly seat: number; readonly successor: NodeId }
  /** Voting on or off (offline, duplicate id). */
  | { readonly type: 'setVoting'; readonly on: boolean }
  | { readonly type: 'setAddresses'; readonly seat: number; readonly addresses: readonly VirtualAddress[]; readonly activeNetwork: string }
  /** There is no such group any more: its seat is nobody's, and what it has promised stays promised. */
  | { readonly type: 'closeSeat'; readonly seat: number }
  | { readonly type: 'prefer'; readonly network: string }
  | { readonly type: 'publish'; readonly event: ClusterEvent }
  /** Local work of a round of a peer protocol; answered by `worked`. */
  | {
      readonly type: 'work';
      readonly number: bigint;
      readonly kind: string;
      readonly round: number;
      readonly body: unknown;
      readonly proposal: ProposalId;
    }
  /** A committed operation, in the order of the numbers, once. */
  | { readonly type: 'apply'; readonly number: bigint; readonly operation: Operation; readonly proposal: ProposalId }
  /** R2: the cluster has agreed on another default configuration. */
  | { readonly type: 'keepDefault'; readonly held: Held }
  /** Another set of voters counts from now on, and so many of them must agree (safety.md, 'Words'). */
  | { readonly type: 'setVoters'; readonly voterSet: number; readonly voters: readonly NodeId[]; readonly quorum: number }
  /** R5, R6: this configuration is active from now on; null: learnt from another node, not from a protocol. */
  | { readonly type: 'activate'; readonly active: Active; readonly protocol: bigint | null }
  /** A protocol that this node took part in has come to nothing. */
  | { readonly type: 'undone'; readonly number: bigint; readonly kind: string; readonly body: unknown; readonly reason: string }
  /** To be written (fsync) and in force from now on; answered by `parametersKept`. */
  | { readonly type: 'keepParameters'; readonly set: ParameterSet }
  /** To be written (fsync) before it is said; answered by `recorded`. */
  | { readonly type: 'record'; readonly number: bigint; readonly record: RoundRecord }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly error: { readonly code: string; readonly message: string } | null;
      /** Of the protocol that a `propose` has started. */
      readonly number?: bigint;
    };

/** C18. */
export const CLUSTER_EVENTS = [
  'new-client',
  'client-lost',
  'new-manager',
  'manager-lost',
  'new-standby',
  'standby-lost',
  'standby-demoted',
  'managed',
  'unmanaged',
  'network-switched',
  'owner-unfit',
  'quorum-lost',
  'quorum-regained',
  'split-brain',
  'duplicate-node',
  'role-changed',
  'node-pruned',
  'node-offline',
  'protocol-recovered',
  'operations-missed',
  'operations-forgotten',
  'parameters-changed',
  'parameters-not-kept',
  'node-inactive',
  'node-active-again',
  'configuration-edited',
  'reconfigured',
  'reconfiguration-aborted',
  'group-acquired',
  'group-released',
  'group-moving',
  'node-removed',
  'program-event',
] as const;

/** What an event says, by name. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** Characters of names, facts, and characters of a fact that is text, in events of programs. */
export const PROGRAM_EVENT = { nameMax: 64, factsMax: 32, textMax: 300 } as const;

/** C18. Each carries the member id; some a description. `managed` and `unmanaged` are for this node's applications only. */
export type ClusterEvent = {
  readonly event: (typeof CLUSTER_EVENTS)[number];
  /** CLOCK_BOOTTIME of the node where it is published. */
  readonly atMs: number;
  readonly node: NodeId;
  readonly memberId: MemberId | null;
  readonly description: NodeDescription | null;
  /** Extra facts by name: epoch, from/to role, networks, what may be lost, reason. */
  readonly details: Facts;
};
