// X2: at no instant of true time do two running kernels answer for the addresses of a seat, the manager's or a group's (R8), or
// for one address, whatever seats they have it with (R6).
import type { Host } from '../host.ts';
import type { World } from '../world.ts';
import { GROUP_SEATS } from '../protocol-config.ts';
import type { Invariant } from './index.ts';

export const noTwoOwners: Invariant = {
  name: 'never two owners at one instant',
  check: (world) => {
    if (world.options.quorum === 'none') return null;
    if ((world.options.groups ?? 0) === 0) return twoOwnersOf(world, 0);
    for (const seat of [0, ...GROUP_SEATS]) {
      const broken = twoOwnersOf(world, seat);
      if (broken !== null) return broken;
    }
    return twiceAnswered(world);
  },
};

function twiceAnswered(world: World): string | null {
  const owners = new Map<string, number>();
  for (const host of world.hosts) {
    for (const address of answeredBy(host)) {
      const other = owners.get(address);
      if (other !== undefined) return `nodes ${other} and ${host.id} both answer for ${address}`;
      owners.set(address, host.id);
    }
  }
  return null;
}

function twoOwnersOf(world: World, seat: number): string | null {
  const owners = world.hosts.filter((host) => host.answers(seat));
  const named = owners.map((host) => `node ${host.id} (epoch ${host.addressesOf(seat).openEpoch})`).join(' and ');
  return owners.length > 1 ? `${named} own ${seat === 0 ? 'the seat' : `the seat of group ${seat}`}` : null;
}

/** Whatever seats they are on with. */
function answeredBy(host: Host): string[] {
  return host.seats.filter((seat) => host.answers(seat)).flatMap((seat) => host.addressesOf(seat).list);
}
