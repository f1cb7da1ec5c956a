// What a guardian does when its daemon has been killed (native/core/guard/guardian_process.cc): the addresses go, and once what
// they had sent before has left, the notices are sent, three times.
import type { SimulatedFrame } from './engine-port.ts';
import { nameOfBug } from './engine-port.ts';
import type { Host } from './host.ts';

/** @param takeOff the addresses of all seats */
export function guardianActs(host: Host, notices: readonly SimulatedFrame[], takeOff: () => void): void {
  const { world } = host;
  const bug = nameOfBug(world.options);
  const actsNs = world.schedule.nowNs + world.random.between(50, 300) * 1000;
  world.schedule.at(actsNs + (bug === 'the notice before the close' ? 8e6 : 0), () => {
    const epochs = host.seats.map((seat) => host.addressesOf(seat).openEpoch);
    takeOff();
    if (bug !== 'what the guardian took off is put back') return;
    epochs.forEach((epoch, index) => (host.addressesOf(host.seats[index] ?? 0).openEpoch = epoch));
  });
  for (const laterNs of [0, 2e6, 8e6])
    world.schedule.at(actsNs + host.egress.toldNs + laterNs, () => notices.forEach((notice) => world.sendFrame(host, notice)));
}
