// All that a node's protocol knows. A value: step() works on a copy and gives it back.
import type { Round } from '../rounds/round.ts';
import type { Boot, Epoch, MemberId, NodeDescription, NodeId, ProtocolConfig, Role, VirtualAddress } from '../types.ts';

/** Another node, as far as it is known. `heard`: announced itself, no member (yet). */
export interface Member {
  node: NodeId;
  boot: Boot;
  memberId: MemberId | null;
  phase: 'heard' | 'incorporating' | 'active' | 'failed' | 'offline';
  role: Role;
  description: NodeDescription;
  sinceMs: number;
  /** Last announcement; -1: none. */
  announcedMs: number;
  announcedEpoch: Epoch;
  manages: { readonly epoch: Epoch; readonly nodes: number; readonly quorate: boolean } | null;
  /** Time-out of an incorporation on the manager's side (C5, 1). */
  deadlineMs: number;
  linksDown: readonly number[];
  /** The engine hears it. */
  alive: boolean;
}

/** Something that people asked for and that is still under way. */
export interface Pending {
  readonly kind: 'leave' | 'offline' | 'move';
  /** null: not asked here, or asked by `from`. */
  readonly id: number;
  readonly from: NodeId | null;
  readonly target: NodeId;
  readonly deadlineMs: number;
  /** The others have been told that we resign. */
  readonly told: boolean;
  /** The successor has heard it, and the release has been given to the engine. */
  readonly released: boolean;
}

export interface NodeState {
  readonly config: ProtocolConfig;
  self: NodeDescription;
  role: Role;
  roleSinceMs: number;
  manager: NodeId | null;
  managerDownMs: number | null;
  /** It has started anew: whatever it says now, it does not know us. */
  managerRestarted: boolean;
  standby: NodeId | null;
  standbyDown: boolean;
  /** Epoch of the manager that this node follows, or its own. */
  epoch: Epoch;
  /** Highest epoch of the manager's seat that was promised, claimed or refused anywhere, as far as heard. */
  promisedEpoch: Epoch;
  /** On disk. */
  reservedEpoch: Epoch;
  /** The engine says that we own the seat (`owned`), that the lease lapsed, or neither. */
  seat: 'none' | 'owned' | 'lapsed';
  seatSinceMs: number;
  members: Map<NodeId, Member>;
  announcesLeft: number;
  announceAtMs: number;
  electionAtMs: number;
  /** Our own candidacy: the epoch and the round of ballots. */
  ballots: { readonly epoch: Epoch; readonly ordersId: bigint; readonly round: Round; readonly standing: boolean } | null;
  /** A ballot or orders that wait for the disk. */
  unwritten: {
    readonly kind: 'ballot' | 'orders' | 'own';
    readonly from: NodeId;
    readonly ordersId: bigint;
    readonly baseEpoch: Epoch;
    readonly chain: readonly NodeId[];
  } | null;
  /** Being incorporated by this manager until then (C5, 4). */
  joining: { readonly manager: NodeId; readonly epoch: Epoch; readonly deadlineMs: number } | null;
  standbyPending: { readonly node: NodeId; readonly deadlineMs: number } | null;
  namedStandby: NodeId | null;
  orders: { readonly ordersId: bigint; readonly chain: readonly NodeId[]; readonly round: Round } | null;
  ordersCount: bigint;
  activeNetwork: string;
  switchedMs: number;
  carrierDown: readonly number[];
  virtualAddresses: readonly VirtualAddress[];
  pending: Pending | null;
  /** Commands that were sent on to the manager: our id, until when we wait. */
  forwarded: Map<number, number>;
  contactAtMs: number;
  votingOff: string | null;
  /** When a failed write is tried again; infinity: none has failed. */
  diskRetryAtMs: number;
  lastNodes: number;
}

export function initial(config: ProtocolConfig, nowMs: number, reservedEpoch: Epoch): NodeState {
  return {
    config,
    self: config.self,
    role: 'unmanaged',
    roleSinceMs: nowMs,
    manager: null,
    managerDownMs: null,
    managerRestarted: false,
    standby: null,
    standbyDown: false,
    epoch: 0n,
    promisedEpoch: reservedEpoch,
    reservedEpoch,
    seat: 'none',
    seatSinceMs: nowMs,
    members: new Map(),
    announcesLeft: config.announceCount,
    announceAtMs: nowMs,
    electionAtMs: nowMs + config.unmanagedPeriodMs,
    ballots: null,
    unwritten: null,
    joining: null,
    standbyPending: null,
    namedStandby: null,
    orders: null,
    ordersCount: 0n,
    activeNetwork: config.networks[0] ?? '',
    switchedMs: Number.NEGATIVE_INFINITY,
    carrierDown: [],
    virtualAddresses: config.virtualAddresses,
    pending: null,
    forwarded: new Map(),
    contactAtMs: nowMs,
    votingOff: null,
    diskRetryAtMs: Number.POSITIVE_INFINITY,
    lastNodes: 1,
  };
}

/** A copy that may be changed without the original noticing. */
export function copyOf(state: NodeState): NodeState {
  const members = new Map<NodeId, Member>();
  for (const [node, member] of state.members) members.set(node, { ...member });
  return { ...state, members, forwarded: new Map(state.forwarded) };
}
