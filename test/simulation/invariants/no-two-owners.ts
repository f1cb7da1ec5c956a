// X2: at no instant of true time do two running kernels answer for the addresses of a seat, the manager's or a group's (R8).
import type { World } from '../world.ts';
import type { Invariant } from './index.ts';

export const noTwoOwners: Invariant = {
  name: 'never two owners at one instant',
  check: (world) => {
    if (world.options.quorum === 'none') return null;
    for (let seat = 0; seat <= (world.options.groups ?? 0); seat++) {
      const broken = twoOwnersOf(world, seat);
      if (broken !== null) return broken;
    }
    return null;
  },
};

function twoOwnersOf(world: World, seat: number): string | null {
  const owners = world.hosts.filter((host) => host.answers(seat));
  const named = owners.map((host) => `node ${host.id} (epoch ${host.addressesOf(seat).openEpoch})`).join(' and ');
  return owners.length > 1 ? `${named} own ${seat === 0 ? 'the seat' : `the seat of group ${seat}`}` : null;
}
