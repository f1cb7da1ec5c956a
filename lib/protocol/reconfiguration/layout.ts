// What each seat has while a change is under way (R6). Only what the change names is touched, so an address that was added to the
// running cluster by hand stays. Each function may be called again without harm: a crash may have come in between.
//
//   from ──'release'──▶ what both have ──'acquire'──▶ and what is new at all ──decided──▶ to
//
// What moves from one seat to another is nobody's in between: it comes to the other one with the decision, when every voter has
// dropped it, on its disk too. So an abort has nothing to take away from one before another gets it back, and nobody waits for
// one who does not hear.
import { addressesOf } from '../membership/networks.ts';
import type { Turn } from '../membership/turn.ts';
import { useGroups } from '../resources/changing.ts';
import { MANAGER_SEAT, type NodeId, type ResourceGroup, type VirtualAddress } from '../types.ts';
import type { Layout } from './state.ts';

type Addresses = readonly VirtualAddress[];

export interface SeatAddress extends VirtualAddress {
  readonly seat: number;
}

function same(left: VirtualAddress, right: VirtualAddress): boolean {
  return left.address === right.address && left.network === right.network;
}

export function without(addresses: Addresses, others: Addresses): Addresses {
  return addresses.filter((each) => !others.some((other) => same(each, other)));
}

export const groupsOf = ({ groups }: Layout): readonly ResourceGroup[] => groups ?? [];

/** Of all seats. */
export function addressesIn(layout: Layout): SeatAddress[] {
  const of = (seat: number, addresses: Addresses): SeatAddress[] => addresses.map((each) => ({ ...each, seat }));
  return [...of(MANAGER_SEAT, layout.addresses), ...groupsOf(layout).flatMap(({ seat, addresses }) => of(seat, addresses))];
}

/** Its texts have one form (lib/config/protocol-config.ts). */
export const hostOf = ({ address }: VirtualAddress): string => address.split('/')[0] ?? address;

/** In the old one, in another seat. */
export function movedBetween(from: Layout, to: Layout): SeatAddress[] {
  const old = addressesIn(from);
  return addressesIn(to).filter((each) => old.some((other) => hostOf(other) === hostOf(each) && isOther(other, each, from, to)));
}

/** Another group with the same seat is another one. */
function isOther(old: SeatAddress, now: SeatAddress, from: Layout, to: Layout): boolean {
  const nameOf = (layout: Layout, seat: number): string | undefined => groupsOf(layout).find((group) => group.seat === seat)?.name;
  return old.seat !== now.seat || nameOf(from, old.seat) !== nameOf(to, now.seat);
}

/** New at all, for the manager: acquired before it is decided, since nobody else can have it. */
export function acquiredBetween(from: Layout, to: Layout): SeatAddress[] {
  const moved = movedBetween(from, to);
  const fresh = without(to.addresses, from.addresses).filter((each) => !moved.some((other) => hostOf(other) === hostOf(each)));
  return fresh.map((each) => ({ ...each, seat: MANAGER_SEAT }));
}

/** A group that the decision gives something. */
export interface HandedOver extends ResourceGroup {
  /** Its new owner; null: as before, or it is new. */
  readonly node: NodeId | null;
  /** Addresses that come, or that move with it. */
  readonly moving: readonly SeatAddress[];
}

export function groupsHandedOver(from: Layout, to: Layout): HandedOver[] {
  return groupsOf(to).flatMap((group) => {
    const old = counterpart(group, from);
    const [owner = null] = group.holders;
    const node = old !== undefined && old.holders[0] !== owner ? owner : null;
    const moving = without(group.addresses, node === null ? (old?.addresses ?? []) : []).map((each) => ({ ...each, seat: group.seat }));
    return node !== null || old === undefined || moving.length > 0 ? [{ ...group, node, moving }] : [];
  });
}

/** Where they are to be found once it is decided. */
export function handedOver(from: Layout, to: Layout): SeatAddress[] {
  const ofManager = movedBetween(from, to).filter(({ seat }) => seat === MANAGER_SEAT);
  return [...ofManager, ...groupsHandedOver(from, to).flatMap(({ moving }) => moving)];
}

/** Owned only in the one that is left. */
export function releasedBetween(from: Layout, to: Layout): Addresses {
  return without(from.addresses, to.addresses);
}

/** Its seat, in the other configuration, too. */
export function counterpart(group: ResourceGroup, other: Layout): ResourceGroup | undefined {
  return groupsOf(other).find(({ seat, name }) => seat === group.seat && name === group.name);
}

/** As in the old one, with the addresses that both have. One that goes keeps its seat, with nothing on it, until it is decided. */
export function groupsBetween(from: Layout, to: Layout): ResourceGroup[] {
  return groupsOf(from).map((group) => {
    const kept = counterpart(group, to)?.addresses ?? [];
    return { ...group, addresses: group.addresses.filter((each) => kept.some((other) => same(each, other))) };
  });
}

/** Only those that both have: nothing is owned twice while some are on their way. */
export function release(turn: Turn, from: Layout, to: Layout): void {
  setAddresses(turn, without(turn.state.virtualAddresses, releasedBetween(from, to)));
  useGroups(turn, groupsBetween(from, to));
}

/** And what no seat had before. */
export function acquire(turn: Turn, from: Layout, to: Layout): void {
  const moved = movedBetween(from, to).filter(({ seat }) => seat === MANAGER_SEAT);
  setAddresses(turn, adopted(turn.state.virtualAddresses, from, { ...to, addresses: without(to.addresses, moved) }));
}

/** Of the manager's list. */
export function adopted(addresses: Addresses, from: Layout, to: Layout): Addresses {
  const kept = without(addresses, releasedBetween(from, to));
  return [...kept, ...without(without(to.addresses, from.addresses), kept)];
}

/** The manager's. */
export function setAddresses(turn: Turn, addresses: Addresses): void {
  const { state } = turn;
  const isSame = addresses.length === state.virtualAddresses.length && without(addresses, state.virtualAddresses).length === 0;
  if (isSame) return;
  state.virtualAddresses = addresses;
  addressesOf(turn);
}
