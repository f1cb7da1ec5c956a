// From one list of addresses to the other, and back: only what the change names is touched, so an address that was added to
// the running cluster by hand stays. Each function may be called again without harm: a crash may have come in between.
import { addressesOf } from '../membership/networks.ts';
import type { Turn } from '../membership/turn.ts';
import type { VirtualAddress } from '../types.ts';
import type { Layout } from './state.ts';

type Addresses = readonly VirtualAddress[];

function same(left: VirtualAddress, right: VirtualAddress): boolean {
  return left.address === right.address && left.network === right.network;
}

export function without(addresses: Addresses, others: Addresses): Addresses {
  return addresses.filter((each) => !others.some((other) => same(each, other)));
}

/** Owned only in the one that is left. */
export function releasedBetween(from: Layout, to: Layout): Addresses {
  return without(from.addresses, to.addresses);
}

/** Only those that both have: nothing is owned twice while some are on their way. */
export function release(turn: Turn, from: Layout, to: Layout): void {
  set(turn, without(turn.state.virtualAddresses, releasedBetween(from, to)));
}

export function adopt(turn: Turn, from: Layout, to: Layout): void {
  const kept = without(turn.state.virtualAddresses, releasedBetween(from, to));
  set(turn, [...kept, ...without(without(to.addresses, from.addresses), kept)]);
}

/** From the manager: members that came in between have its list of that moment. */
export function tellAll(turn: Turn): void {
  turn.tell({ kind: 'virtualAddresses', addresses: turn.state.virtualAddresses });
}

function set(turn: Turn, addresses: Addresses): void {
  const { state } = turn;
  const isSame = addresses.length === state.virtualAddresses.length && without(addresses, state.virtualAddresses).length === 0;
  if (isSame) return;
  state.virtualAddresses = addresses;
  addressesOf(turn);
}
