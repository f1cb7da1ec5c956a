// A node that does not know yet what a change came to has nothing of what the change releases, whatever it learns meanwhile of
// other changes or from its manager: somebody else may have it by now (safety.md: never two owners). And a list of addresses that
// was made in the middle of a change goes on to what the change comes to, lest an address is nobody's when the manager is lost.
import type { NodeState } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import { useGroups } from '../resources/changing.ts';
import { endedOf, instanceOf, listenTo } from '../rounds/instances.ts';
import type { Ended, Opening, ProtocolNumber } from '../rounds/state.ts';
import type { VirtualAddress } from '../types.ts';
import { adopted, groupsBetween, groupsOf, releasedBetween, setAddresses, without } from './layout.ts';
import type { Reconfiguration } from './reconfigure.ts';
import type { Layout } from './state.ts';
import { openChanges, RECONFIGURE } from './under-way.ts';

type Addresses = readonly VirtualAddress[];

const changeOf = ({ body }: Opening): Reconfiguration => body as Reconfiguration;

function withoutReleased(state: NodeState, addresses: Addresses): Addresses {
  const released = openChanges(state).flatMap((opening) => releasedBetween(changeOf(opening).from, changeOf(opening).to));
  return without(addresses, released);
}

/** What is withheld is the rest of the list, for when this node knows what the change came to. */
function withheld({ state }: Turn, addresses: Addresses): Addresses {
  const kept = withoutReleased(state, addresses);
  state.withheld = without(addresses, kept);
  return kept;
}

const wholeList = (state: NodeState): Addresses => [...state.virtualAddresses, ...state.withheld];

/** Of what comes after those changes a member has its manager's list, or will be told. */
export function forgetWithheld({ state }: Turn): void {
  state.withheld = [];
}

/** The manager's list, from one configuration to another. */
export function adopt(turn: Turn, from: Layout, to: Layout): void {
  setAddresses(turn, withheld(turn, adopted(wholeList(turn.state), from, to)));
}

/**
 * A change has ended. The manager's list counts, and may have gone further: only one from the middle of the change goes on by
 * itself, so that who must take over now has the right one.
 */
export function adoptEnd(turn: Turn, { number }: Opening, from: Layout, to: Layout): void {
  const { state } = turn;
  const isWithin = state.role === 'manager' || state.listWithin.includes(number);
  state.listWithin = state.listWithin.filter((each) => each !== number);
  if (isWithin) return adopt(turn, from, to);
  state.withheld = without(state.withheld, releasedBetween(from, to));
  setAddresses(turn, withheld(turn, wholeList(state)));
}

/** This node has done something of the change. */
export function goWithin({ state }: Turn, { number }: Opening): void {
  if (!state.listWithin.includes(number)) state.listWithin = [...state.listWithin, number];
}

/** In the middle of which change is the list of this node? */
export function changeWithin(turn: Turn): ProtocolNumber | null {
  const { configurations, listWithin } = turn.state;
  const isOver = (number: ProtocolNumber): boolean =>
    number <= (configurations?.active.number ?? 0n) || endedOf(turn, number) !== undefined;
  return openChanges(turn.state)[0]?.number ?? listWithin.find((number) => !isOver(number)) ?? null;
}

/** From the manager: members that came in between have its list of that moment. It may be in the middle of a second change. */
export function tellAll(turn: Turn): void {
  turn.tell({ kind: 'virtualAddresses', addresses: turn.state.virtualAddresses, changing: changeWithin(turn) });
}

/** The groups of what runs here. */
export function adoptGroups(turn: Turn, active: Layout): void {
  const open = openChanges(turn.state).at(-1);
  useGroups(turn, open === undefined ? groupsOf(active) : groupsBetween(changeOf(open).from, changeOf(open).to));
}

/** A manager's list. @param changing the change in the middle of which it was made; null: none */
export function takeAddresses(turn: Turn, addresses: Addresses, changing: ProtocolNumber | null): void {
  const { state } = turn;
  state.virtualAddresses = withheld(turn, changing === null ? addresses : wentOn(turn, addresses, changing));
  state.listWithin = changing === null || endedOf(turn, changing) !== undefined ? [] : [changing];
}

/** To what the change came to here. Where nothing is known of it, this node must learn that before it can have the right list. */
function wentOn(turn: Turn, addresses: Addresses, number: ProtocolNumber): Addresses {
  const { configurations } = turn.state;
  const ended = endedOf(turn, number);
  if (ended !== undefined) return endOf(ended, addresses, configurations?.active.layout);
  // It was told of what the change has made, not of the change.
  if ((configurations?.active.number ?? 0n) >= number) return wholeList(turn.state);
  if (instanceOf(turn, number) === undefined) listenTo(turn, [{ number, participants: [] }]);
  return addresses;
}

function endOf({ opening, outcome }: Ended, addresses: Addresses, active: Layout | undefined): Addresses {
  if (opening.kind !== RECONFIGURE) return addresses; // forgotten by all
  const { from, to } = changeOf(opening);
  return outcome.committed ? adopted(addresses, from, to) : adopted(addresses, to, active ?? from);
}

/** A start in the middle of a change. */
export function startReleased(turn: Turn): void {
  const { state } = turn;
  state.virtualAddresses = withheld(turn, state.virtualAddresses);
  state.listWithin = openChanges(state).map(({ number }) => number);
  if (state.configurations !== null) adoptGroups(turn, state.configurations.active.layout);
}
