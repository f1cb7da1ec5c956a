// The simulator's door to the native engine that ships (built a second time with this door). One object is
// one node's beat thread without thread, clock and sockets; see native/binding/simulated_engine.cc.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';

export interface SimulatedFrame {
  readonly link: number;
  readonly toNode: number;
  readonly bytes: Uint8Array;
}

export interface SimulatedOrder {
  readonly seat: number;
  readonly open: boolean;
  readonly epoch: bigint;
  /** Where the kernel guard finds the end of the lease. */
  readonly cell: number;
  /** Nothing is done: would a closed guard be all that it takes to be silent? */
  readonly asks: boolean;
  /** Behind the closed guard: put on (`open`), or taken off again where no order to open came. */
  readonly prepares: boolean;
}

export interface SimulatedLease {
  readonly cell: number;
  readonly expiryNs: number;
}

export interface SimulatedEvent {
  readonly kind: string;
  readonly node: number;
  readonly link: number;
  readonly seat: number;
  readonly flag: boolean;
  readonly epoch: bigint;
  readonly atNs: bigint;
  readonly value: bigint;
}

export interface SimulatedOutputs {
  readonly frames: readonly SimulatedFrame[];
  readonly orders: readonly SimulatedOrder[];
  readonly leases: readonly SimulatedLease[];
  /** What the guardian says should this node die; the newest for each peer and link counts. */
  readonly notices: readonly SimulatedFrame[];
  readonly events: readonly SimulatedEvent[];
}

export interface SimulatedDiskIo {
  readonly kind: 'none' | 'read own' | 'read other' | 'write';
  readonly bytes?: Uint8Array;
  readonly dueNs: number;
}

/** All times are numbers of ns (below 2^53) of the node's own clock. */
export interface SimulatedEngine {
  setTiming(intervalUs: number, timeoutUs: number, nicPolicy: 'first' | 'last', answerUs: number, nowNs: number): SimulatedOutputs;
  renewLiveness(untilNs: number, nowNs: number): SimulatedOutputs;
  /** @param standbyFor the network that this one is the standby adapter of; 255: none */
  setLink(link: number, present: boolean, carrier: boolean, network: number, standbyFor: number, nowNs: number): SimulatedOutputs;
  /** The networks whose addresses are on their standby adapter, a bit each. */
  onStandby(): number;
  setLinkOffline(link: number, offline: boolean, nowNs: number): SimulatedOutputs;
  dropLink(link: number, nowNs: number): SimulatedOutputs;
  isHeard(node: number, link: number, sinceNs: number): boolean;
  setPeer(
    node: number,
    beat: boolean,
    watch: boolean,
    intervalUs: number,
    timeoutUs: number,
    answerUs: number,
    nowNs: number,
  ): SimulatedOutputs;
  confirmTiming(node: number, token: number, nowNs: number): SimulatedOutputs;
  removePeer(node: number, nowNs: number): SimulatedOutputs;
  setPeerPath(node: number, link: number, nowNs: number): SimulatedOutputs;
  installPlainSession(peer: number, boot: bigint, nowNs: number): SimulatedOutputs;
  setVoters(setNumber: number, quorum: number, nodes: readonly number[], witness: number | 'disk', nowNs: number): SimulatedOutputs;
  setRegister(
    seat: number,
    voting: boolean,
    promised: bigint,
    reserved: bigint,
    quietUntilNs: number,
    leaseUsMax: number,
    nowNs: number,
  ): SimulatedOutputs;
  setSeat(seat: number, exists: boolean, leaseUs: number, network: number, roundTripUs: number, nowNs: number): SimulatedOutputs;
  setOrders(seat: number, ordersId: bigint, baseEpoch: bigint, chain: readonly number[], nowNs: number): SimulatedOutputs;
  stand(seat: number, nowNs: number): SimulatedOutputs;
  release(seat: number, successor: number, nowNs: number): SimulatedOutputs;
  /** @param told it answers `asks`; `unqueued`: with yes */
  addressDone(
    seat: number,
    epoch: bigint,
    open: boolean,
    failed: boolean,
    nowNs: number,
    silent: boolean,
    told: boolean,
    unqueued: boolean,
  ): SimulatedOutputs;
  /** What stands in the egress queue of a seat's addresses. */
  setEgress(seat: number, drainNs: number, nowNs: number): SimulatedOutputs;
  receive(link: number, bytes: Uint8Array, sourceNode: number, arrivalNs: number, nowNs: number): SimulatedOutputs;
  /** The second beat thread looks at what the first one waits for; when it wants to look again. */
  standIn(nowNs: number): { readonly frames: readonly SimulatedFrame[]; readonly nextNs: number };
  /** With a shared disk: what its thread would do now. */
  nextDiskIo(nowNs: number): SimulatedDiskIo;
  /** How that went; `bytes` is what was read, null what nobody has written. */
  diskDone(ok: boolean, bytes: Uint8Array | null, nowNs: number): SimulatedOutputs;
  tick(deadlineNs: number, nowNs: number): SimulatedOutputs;
  nextDeadlineNs(): number;
}

interface SimulationAddon {
  readonly SimulatedEngine: new (options: {
    readonly relays: boolean;
    clusterId: bigint;
    nodeId: number;
    boot: bigint;
    plantedBug: number;
    /** `stalled.policy: release` after this; 0: never. */
    livenessTimeoutMs: number;
    /** 0: there is no shared disk. */
    diskLeaseUs: number;
    nowNs: number;
  }) => SimulatedEngine;
  /** Names of the planted bugs by number (PlantedBug in native/core/lease/register.h). */
  readonly plantedBugs: readonly string[];
}

function load(): SimulationAddon {
  const require = createRequire(import.meta.url);
  for (const up of ['../../../build/Release/', '../../build/Release/']) {
    const path = fileURLToPath(new URL(`${up}heartwire_simulation.node`, import.meta.url));
    if (existsSync(path)) return require(path) as SimulationAddon;
  }
  throw new Error('heartwire_simulation.node is not built: run `npm run setup`');
}

export const simulation: SimulationAddon = load();

/** Of the planted bug of a run. */
export function nameOfBug({ plantedBug }: { readonly plantedBug: number }): string {
  return simulation.plantedBugs[plantedBug] ?? 'none';
}
