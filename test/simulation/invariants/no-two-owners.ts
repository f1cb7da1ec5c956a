// X2: at no instant of true time do two running kernels answer for the addresses of a seat.
import type { Invariant } from './index.ts';

export const noTwoOwners: Invariant = {
  name: 'never two owners at one instant',
  check: (world) => {
    if (world.options.quorum === 'none') return null;
    const owners = world.hosts.filter((host) => host.answers());
    return owners.length > 1
      ? `${owners.map((host) => `node ${host.id} (epoch ${host.addresses.openEpoch})`).join(' and ')} own the seat`
      : null;
  },
};
