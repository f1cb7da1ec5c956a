// What a node knows of one resource group: its seat in the engine, who holds it, and, at the manager, what it has ordered. The
// engines decide who owns a seat (registers, leases, standing orders), for a group as for the manager; all that is here
// only sees to it that the right orders stand and that somebody takes a seat that nobody holds.
import type { Round } from '../rounds/round.ts';
import type { Epoch, NodeId, ResourceGroup } from '../types.ts';

export interface GroupOrders {
  readonly from: NodeId;
  readonly ordersId: bigint;
  readonly baseEpoch: Epoch;
  readonly chain: readonly NodeId[];
}

/** A planned move, at the manager: by people, or by itself (fail back, a holder that cannot serve). */
export interface GroupMove {
  /** Of the command, asked at node `from` (null: here). Null: the manager's own decision. */
  readonly id: number | null;
  readonly from: NodeId | null;
  readonly target: NodeId;
  /** Orders that name the target first; then the holder gives the group up, and the target takes it. */
  readonly stage: 'preparing' | 'releasing';
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

/** What a seat must not forget, whatever group has it. */
export interface SeatMemory {
  promisedEpoch: Epoch;
  reservedEpoch: Epoch;
  installed: GroupOrders | null;
  newestOrdersId: bigint;
}

export interface Group {
  config: ResourceGroup;
  /** The newest holder that was heard of; null: it has given it up, or nobody has ever been heard. */
  holder: NodeId | null;
  /** Its epoch. */
  epoch: Epoch;
  /** It has said that no majority renews its lease. */
  lapsed: boolean;
  /** Highest epoch of this seat that was promised, claimed or refused anywhere, as far as heard. */
  promisedEpoch: Epoch;
  /** What the engine here says. `releasing`: given up, and not off yet. */
  owns: 'none' | 'owned' | 'lapsed' | 'releasing';
  /** Highest epoch with which our asks or claims were refused. */
  refusedEpoch: Epoch;
  addressesFailed: boolean;
  /** Whom it is given up to, once its commands are stopped. */
  releasesTo: NodeId;
  /** Nodes where its commands have failed. */
  failedAt: readonly NodeId[];
  /** On disk. */
  reservedEpoch: Epoch;
  installed: GroupOrders | null;
  newestOrdersId: bigint;
  /** Orders that wait for the disk. */
  unwritten: GroupOrders | null;
  diskRetryAtMs: number;
  /** What every active member was told of our part last. */
  told: ReadonlyMap<NodeId, string>;
  /** Who could not be told, and when that is tried again. */
  untold: ReadonlyMap<NodeId, number>;
  /** The manager's. */
  orders: {
    readonly ordersId: bigint;
    readonly baseEpoch: Epoch;
    readonly chain: readonly NodeId[];
    readonly round: Round;
    /** Who has not installed them was asked last then. */
    readonly askedMs: number;
  } | null;
  vacantSinceMs: number | null;
  /** Nobody is told to stand again before. */
  standAtMs: number;
  ownerHealthySinceMs: number | null;
  move: GroupMove | null;
  /** The manager moves it by itself no earlier. */
  moveAtMs: number;
  /** A change gives it to this owner: until then the manager brings it there, and back. */
  handTo: { readonly node: NodeId; readonly untilMs: number } | null;
}

export function newSeat(reservedEpoch: Epoch): SeatMemory {
  return { promisedEpoch: reservedEpoch, reservedEpoch, installed: null, newestOrdersId: 0n };
}

export function newGroup(config: ResourceGroup, { promisedEpoch, reservedEpoch, installed, newestOrdersId }: SeatMemory): Group {
  return {
    config,
    holder: null,
    epoch: 0n,
    lapsed: false,
    promisedEpoch,
    owns: 'none',
    refusedEpoch: 0n,
    addressesFailed: false,
    releasesTo: 0,
    failedAt: [],
    reservedEpoch,
    installed,
    newestOrdersId,
    unwritten: null,
    diskRetryAtMs: Number.POSITIVE_INFINITY,
    told: new Map(),
    untold: new Map(),
    orders: null,
    vacantSinceMs: null,
    standAtMs: 0,
    ownerHealthySinceMs: null,
    move: null,
    moveAtMs: 0,
    handTo: null,
  };
}

export function newestId(group: Group): bigint {
  return group.installed?.ordersId ?? 0n;
}

export function raiseGroupPromised(group: Group, epoch: Epoch): void {
  if (epoch > group.promisedEpoch) group.promisedEpoch = epoch;
}
