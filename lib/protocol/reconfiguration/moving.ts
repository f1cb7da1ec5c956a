// An address that may have been in another seat before has no second owner only if nobody can still take it with that seat. So
// whoever could must take part in the change that gives it away, and then has dropped it, on its disk too, before it is decided
// (safety.md: never two owners; docs/protocol.md, 'Changing the configuration').
import { readyNodes } from '../rounds/positions.ts';
import type { Turn } from '../membership/turn.ts';
import type { VirtualAddress } from '../types.ts';
import { addressesIn, groupsOf, hostOf } from './layout.ts';
import type { Layout } from './state.ts';

/** At the manager: null, or why what the seats have cannot change so. */
export function seatsRefusal(turn: Turn, from: Layout, to: Layout): string | null {
  const { virtualAddresses } = turn.state;
  const byHand = virtualAddresses.filter((each) => !from.addresses.some((other) => hostOf(other) === hostOf(each)));
  const taken = byHand.find((each) => groupsOf(to).some(({ addresses }) => addresses.some((other) => hostOf(other) === hostOf(each))));
  if (taken !== undefined)
    return `${taken.address} was given to the manager by hand; take it away first: \`heartwire address delete ${taken.address}\``;
  if (!needsEveryVoter(from, to)) return null;
  const { self, config } = turn.state;
  const here = new Set([self.node, ...readyNodes(turn).map(({ node }) => node)]);
  const voters = new Set([...from.voters, ...to.voters].filter((node) => node !== config.witness));
  const absent = [...voters].find((node) => !here.has(node));
  return absent === undefined
    ? null
    : `node ${absent} votes and is not here: it could still take addresses where they were; start it, or take its vote first`;
}

/** Only where there is a group may somebody know an address in another seat; who never saw the last one go could, too. */
function needsEveryVoter(from: Layout, to: Layout): boolean {
  if (groupsOf(from).length === 0 && groupsOf(to).length === 0) return false;
  if (groupsOf(to).length === 0) return true;
  const has = (layout: Layout, address: VirtualAddress & { readonly seat: number }): boolean =>
    addressesIn(layout).some(
      (other) => other.seat === address.seat && hostOf(other) === hostOf(address) && sameGroup(from, to, address.seat),
    );
  return addressesIn(to).some((address) => !has(from, address));
}

function sameGroup(from: Layout, to: Layout, seat: number): boolean {
  const nameOf = (layout: Layout): string | undefined => groupsOf(layout).find((group) => group.seat === seat)?.name;
  return nameOf(from) === nameOf(to);
}
