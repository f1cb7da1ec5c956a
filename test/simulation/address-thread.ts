// The address thread of a simulated node: orders of the beat thread are carried out a little later, and answered. Behind a kernel
// guard a close is answered twice, as by native/core/address/address_orders.cc: when the guard is closed and all that was sent
// has left, and when the address is off.
import type { SeatAddresses } from './address-model.ts';
import { nameOfBug, type SimulatedLease, type SimulatedOrder } from './engine-port.ts';
import { nameOf } from './event-names.ts';
import type { Host } from './host.ts';

const OPEN_US = [15, 45] as const;
const SILENT_US = [3, 20] as const;

/** One after the other: an order that comes while the thread is at another one waits. */
export function carryOutLater(host: Host, addresses: SeatAddresses, order: SimulatedOrder): void {
  const { options, random } = host.world;
  const inUs = (range: readonly [number, number]): number => random.between(...range);
  const next = (us: number, run: () => void): void => {
    addresses.busyUntilNs = Math.max(host.world.schedule.nowNs, addresses.busyUntilNs) + us * 1000;
    at(host, addresses.busyUntilNs, run);
  };
  if (order.asks) return next(inUs(SILENT_US), () => tell(host, order));
  if (order.prepares) return next(inUs(OPEN_US), () => prepare(addresses, order));
  if (order.open) return next(inUs(OPEN_US), () => carriedOut(host, addresses, order));
  if (!options.guarded) return next(inUs(options.closeDelayUs), () => carriedOut(host, addresses, order));
  next(inUs(SILENT_US), () => {
    addresses.of(order.seat).silence(nameOfBug(options) === 'a late store opens the guard');
    host.egress.onceEmpty(() => answer(host, order, true));
  });
  next(inUs(options.closeDelayUs), () => carriedOut(host, addresses, order));
}

/** The beat thread's own part. */
export function store({ storesLateNs, world: { schedule } }: Host, addresses: SeatAddresses, lease: SimulatedLease): void {
  if (storesLateNs === 0) addresses.lease(lease);
  else schedule.at(schedule.nowNs + storesLateNs, () => addresses.lease(lease));
}

/** What was ordered before is done first, and has its way. */
function prepare(addresses: SeatAddresses, order: SimulatedOrder): void {
  const model = addresses.of(order.seat);
  if (order.open ? model.openEpoch === null : model.isPrepared) addresses.apply(order);
}

function at(host: Host, atNs: number, run: () => void): void {
  const { boot, world } = host;
  world.schedule.at(atNs, () => host.onMachine(() => (host.boot === boot ? run() : undefined)));
}

function carriedOut(host: Host, addresses: SeatAddresses, order: SimulatedOrder): void {
  addresses.apply(order);
  host.world.note(`${host.id} addresses${nameOf(order.seat)} ${order.open ? 'on' : 'off'} epoch ${order.epoch}`);
  if (order.open) answer(host, order);
  else host.egress.onceEmpty(() => answer(host, order));
}

function answer(host: Host, { seat, epoch, open }: SimulatedOrder, isSilent = false): void {
  host.drive((engine, now) => engine.addressDone(seat, epoch, open, false, now, isSilent, false, false));
}

/** Interfaces have a queue where one may fill. */
function tell(host: Host, { seat, epoch, open }: SimulatedOrder): void {
  const isUnqueued = !host.world.options.faults.includes('egress') && host.egress.drainNs === 0;
  host.drive((engine, now) => engine.addressDone(seat, epoch, open, false, now, false, true, isUnqueued));
}
