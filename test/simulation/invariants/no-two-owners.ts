// X2: at no instant of true time do two running kernels answer for the addresses of a seat, the manager's or a group's (R8), or
// for one address, whatever seats they have it with (R6).
import type { Host } from '../host.ts';
import type { Invariant } from './index.ts';

interface Owner {
  readonly host: Host;
  readonly seat: number;
}

export const noTwoOwners: Invariant = {
  name: 'never two owners at one instant',
  check: (world) => {
    if (world.options.quorum === 'none') return null;
    const owners: Owner[] = [];
    for (const host of world.hosts) for (const seat of host.answering()) owners.push({ host, seat });
    return brokenOf(owners);
  },
};

/** It runs after every event. */
function brokenOf(owners: readonly Owner[]): string | null {
  for (let left = 0; left < owners.length; left++)
    for (let right = left + 1; right < owners.length; right++) {
      const broken = bothOwn(owners[left] as Owner, owners[right] as Owner);
      if (broken !== null) return broken;
    }
  return null;
}

function bothOwn(one: Owner, other: Owner): string | null {
  if (one.seat === other.seat)
    return `${named(one)} and ${named(other)} own ${one.seat === 0 ? 'the seat' : `the seat of group ${one.seat}`}`;
  const { list } = other.host.addressesOf(other.seat);
  const address = one.host.addressesOf(one.seat).list.find((each) => list.includes(each));
  return address === undefined ? null : `nodes ${one.host.id} and ${other.host.id} both answer for ${address}`;
}

const named = ({ host, seat }: Owner): string => `node ${host.id} (epoch ${host.addressesOf(seat).openEpoch})`;
