// The voter register of one simulated node, and what it asks for as an owner, as JavaScript sets them; the counterpart of
// lib/runtime/registers.ts.
import { MANAGER_SEAT, type VirtualAddress } from '../../lib/protocol/types.ts';
import { simulation } from './engine-port.ts';
import type { Host } from './host.ts';

/** Whoever stands for a seat need serve on no network. */
const ANY_NETWORK = 255;

export class SimulatedRegister {
  readonly #host: Host;
  #voting = true;
  #diskOk = true;
  readonly #open = new Set<number>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** After any start: silent for the longest lease that was ever promised here. */
  begin(): void {
    this.#voting = true;
    this.#diskOk = true;
    const quietUntilNs = this.#host.localNs() + this.#host.parameters.longestLeaseUs * 1000;
    for (const seat of this.#host.seats) this.#configure(seat, quietUntilNs);
    this.#open.clear();
    this.open(MANAGER_SEAT, []);
  }

  /** The node takes part in a seat from now on. An order that is given after it means these addresses, too (address_thread.cc). */
  open(seat: number, addresses: readonly VirtualAddress[]): void {
    this.#host.addressesOf(seat).list = addresses.map(({ address }) => address);
    if (this.#open.has(seat)) return;
    this.#open.add(seat);
    this.#setSeat(seat, true);
  }

  close(seat: number): void {
    this.#host.addressesOf(seat).list = [];
    this.#open.delete(seat);
    this.#setSeat(seat, false);
  }

  setVoting(on: boolean): void {
    this.#voting = on;
    for (const seat of this.#host.seats) this.#configure(seat, 0);
  }

  reserve(seat: number, epoch: bigint): { readonly epoch: bigint; readonly ok: boolean } {
    const { disk, world } = this.#host;
    const forgetful = simulation.plantedBugs[world.options.plantedBug] === 'skip the reserve';
    const ok = disk.reserve(seat, epoch, forgetful);
    const before = this.#diskOk;
    this.#diskOk = ok;
    for (const each of ok === before ? [seat] : this.#host.seats) this.#configure(each, 0);
    return { epoch, ok };
  }

  /** What is promised and asked for has changed. */
  configureLease(): void {
    for (const seat of this.#host.seats) this.#configure(seat, 0);
    for (const seat of this.#open) this.#setSeat(seat, true);
  }

  #setSeat(seat: number, exists: boolean): void {
    const { parameters, world } = this.#host;
    const network = world.options.served === true ? 0 : ANY_NETWORK;
    this.#host.drive((engine, now) => engine.setSeat(seat, exists, parameters.leaseUs * world.options.leaseFactor, network, 300, now));
  }

  #configure(seat: number, quietUntilNs: number): void {
    const { disk, parameters } = this.#host;
    const reserved = disk.reserved(seat);
    const votes = this.#voting && this.#diskOk;
    this.#host.drive((engine, now) =>
      engine.setRegister(seat, votes, quietUntilNs > 0 ? reserved : 0n, reserved, quietUntilNs, parameters.leaseUs, now),
    );
  }
}
