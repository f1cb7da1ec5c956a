// All that a node's protocol knows. A value: step() works on a copy and gives it back.
import type { Round } from '../rounds/round.ts';
import type { Configurations } from '../reconfiguration/state.ts';
import { copyOfRounds, initialRounds, type ProtocolNumber, type RoundsState } from '../rounds/state.ts';
import type { Boot, BridgedNode, Epoch, MemberId, NodeDescription, NodeId, ProtocolConfig, Role, VirtualAddress } from '../types.ts';
import type { Absence, Away } from '../inactivity/absence.ts';
import { type Group, newGroup, newSeat, type SeatMemory } from '../resources/group.ts';
import { NOTHING_SET, type ParameterSet } from '../parameters/settings.ts';
import type { Message } from './messages.ts';
import type { Pending } from './pending.ts';

/** A path that is silent, and since when. */
export interface DownLink {
  readonly link: number;
  readonly sinceMs: number;
}

/** Another node, as far as it is known. `heard`: announced itself, no member (yet). */
export interface Member {
  node: NodeId;
  boot: Boot;
  memberId: MemberId | null;
  phase: 'heard' | 'incorporating' | 'active' | 'failed' | 'offline';
  role: Role;
  description: NodeDescription;
  sinceMs: number;
  /** When it last told of its carrier as a member. */
  describedMs: number;
  /** Last announcement; -1: none. */
  announcedMs: number;
  announcedEpoch: Epoch;
  manages: { readonly epoch: Epoch; readonly nodes: number; readonly quorate: boolean } | null;
  /** When it was first heard to manage in that epoch. */
  managesSinceMs: number;
  /** Time-out of an incorporation on the manager's side (C5, 1). */
  deadlineMs: number;
  /** What it is again if its incorporation is aborted. */
  before: { readonly phase: 'heard' | 'failed' | 'offline'; readonly sinceMs: number } | null;
  linksDown: readonly DownLink[];
  /** The engine hears it; null: it has said nothing about this node yet. */
  alive: boolean | null;
  /** Its beats say that its event loop does not turn. */
  stalled: boolean;
  /** Its beats say that it can serve addresses on these networks, a bit for the first link of each; null: nothing yet. */
  serves: number | null;
  /** It has said that it does not answer for a while. */
  away: Away | null;
  /** The epoch of the manager that it has told that it is about to go, and takes no group; 0: none. */
  retiringEpoch: Epoch;
  /** When it was last asked which configuration it has; while nobody manages. */
  comparedMs: number;
  /** It is back, and gets management back as soon as that can be. */
  regains: boolean;
}

/** Orders or a ballot that wait for the disk. */
export interface Unwritten {
  readonly kind: 'ballot' | 'orders' | 'own';
  readonly from: NodeId;
  readonly ordersId: bigint;
  readonly baseEpoch: Epoch;
  readonly chain: readonly NodeId[];
}

export interface NodeState {
  /** Only its voters change, by agreement. */
  config: ProtocolConfig;
  self: NodeDescription;
  role: Role;
  roleSinceMs: number;
  manager: NodeId | null;
  managerDownMs: number | null;
  /** It has started anew: whatever it says now, it does not know us. */
  managerRestarted: boolean;
  standby: NodeId | null;
  standbyDown: boolean;
  /** Voters that refuse us as the successor, for good. */
  refusals: readonly NodeId[];
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
  unwritten: Unwritten | null;
  /** The orders that this node's register has. */
  installedOrdersId: bigint;
  /** The newest orders that are heard of anywhere: ours must be newer. */
  newestOrdersId: bigint;
  /** Being incorporated by this manager until then (C5, 4). */
  joining: { readonly manager: NodeId; readonly epoch: Epoch; readonly sinceMs: number; readonly deadlineMs: number } | null;
  standbyPending: { readonly node: NodeId; readonly sinceMs: number; readonly deadlineMs: number } | null;
  namedStandby: NodeId | null;
  orders: { readonly ordersId: bigint; readonly baseEpoch: Epoch; readonly chain: readonly NodeId[]; readonly round: Round } | null;
  /** The cluster's beats, as the manager has told. */
  beatTimeoutMs: number;
  beatPackets: number;
  activeNetwork: string;
  switchedMs: number;
  carrierDown: readonly DownLink[];
  virtualAddresses: readonly VirtualAddress[];
  /** Not in that list while this node does not know what the change came to that released them (reconfiguration/in-doubt.ts). */
  withheld: readonly VirtualAddress[];
  /** Changes in the middle of which that list is. */
  listWithin: readonly ProtocolNumber[];
  /** The engine could not put the addresses on. */
  addressesFailed: boolean;
  bridged: readonly BridgedNode[];
  contactAtMs: number;
  pending: Pending | null;
  /** Commands that were sent on to the manager: our id, since when, until when we wait. */
  forwarded: Map<number, { readonly sinceMs: number; readonly deadlineMs: number }>;
  /** When a vote that could not be written is tried again; Infinity: none has failed. */
  diskRetryAtMs: number;
  /** Node ids that two nodes use. */
  duplicates: readonly NodeId[];
  /** This node has said that it does not answer for a while. */
  absence: Absence | null;
  /** The others were told that this node will be away, and not yet that it is back. */
  isMissed: boolean;
  rounds: RoundsState;
  /** When anything else wants to be looked at although nothing happens. */
  dueMs: number;
  /**
   * Until then events of operations need no look at everything: the last one has found nothing to do. Where it has found anything
   * another is needed, since one part of it may give something to do to another that comes before it.
   */
  settledUntilMs: number;
  /** Null: this node keeps none on its disk. */
  configurations: Configurations | null;
  /** By seat, in the order of the configuration. */
  groups: Map<number, Group>;
  /** Of seats that no group has: a group that comes goes on above what they have promised. */
  unusedSeats: ReadonlyMap<number, SeatMemory>;
  /** This node goes, and hands its groups over first: for which commands. */
  leaving: readonly { readonly id: number; readonly kind: 'leave' | 'offline'; readonly sinceMs: number; readonly deadlineMs: number }[];
  /** The epoch of the manager that has been told so. */
  retiringTold: Epoch;
  /** The cluster's communication parameters, as far as they were set (P1). */
  parameters: ParameterSet;
  /** An incorporation that goes on when this node has kept them. */
  assigned: { readonly from: NodeId; readonly message: Extract<Message, { kind: 'assign' }> } | null;
}

/** Of resource groups. */
const SEATS: readonly number[] = [1, 2, 3, 4, 5, 6, 7];

/** @param reservedOf the highest epoch of a seat that is on disk as reserved */
export function initial(
  config: ProtocolConfig,
  nowMs: number,
  reservedEpoch: Epoch,
  rounds: RoundsState = initialRounds(),
  reservedOf: (seat: number) => Epoch = () => 0n,
  parameters: ParameterSet = NOTHING_SET,
): NodeState {
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
    refusals: [],
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
    installedOrdersId: 0n,
    newestOrdersId: 0n,
    joining: null,
    standbyPending: null,
    namedStandby: null,
    orders: null,
    beatTimeoutMs: config.beatTimeoutMs,
    beatPackets: config.beatPackets,
    activeNetwork: config.networks[0] ?? '',
    switchedMs: Number.NEGATIVE_INFINITY,
    carrierDown: [],
    virtualAddresses: config.virtualAddresses,
    withheld: [],
    listWithin: [],
    addressesFailed: false,
    bridged: config.bridged,
    contactAtMs: nowMs,
    pending: null,
    forwarded: new Map(),
    diskRetryAtMs: Number.POSITIVE_INFINITY,
    duplicates: [],
    absence: null,
    isMissed: false,
    rounds,
    dueMs: nowMs,
    settledUntilMs: nowMs,
    configurations: config.configurations ?? null,
    groups: new Map(config.groups.map((group) => [group.seat, newGroup(group, newSeat(reservedOf(group.seat)))])),
    unusedSeats: new Map(SEATS.map((seat) => [seat, newSeat(reservedOf(seat))])),
    leaving: [],
    retiringTold: 0n,
    parameters,
    assigned: null,
  };
}

/** A copy that may be changed without the original noticing. */
export function copyOf(state: NodeState): NodeState {
  const members = new Map<NodeId, Member>();
  for (const [node, member] of state.members) members.set(node, { ...member });
  const groups = new Map<number, Group>();
  for (const [seat, group] of state.groups) groups.set(seat, { ...group });
  return { ...state, members, groups, forwarded: new Map(state.forwarded), rounds: copyOfRounds(state.rounds) };
}

/** A node of which nothing is known yet but what it says of itself. */
export function newMember(description: NodeDescription, nowMs: number): Member {
  return {
    node: description.node,
    boot: description.boot,
    memberId: description.memberId,
    phase: 'heard',
    role: 'unmanaged',
    description,
    sinceMs: nowMs,
    describedMs: nowMs,
    announcedMs: -1,
    announcedEpoch: 0n,
    manages: null,
    managesSinceMs: nowMs,
    deadlineMs: 0,
    before: null,
    linksDown: [],
    alive: null,
    stalled: false,
    serves: null,
    away: null,
    retiringEpoch: 0n,
    comparedMs: Number.NEGATIVE_INFINITY,
    regains: false,
  };
}
