// What one run is like, drawn from its seed ("swarm testing"): every seed has its own cluster size, timing,
// network quality and mix of faults, so that rare combinations come up.
import type { Operation } from '../../lib/protocol/commit/commit.ts';
import type { QuorumPolicy } from '../../lib/protocol/types.ts';
import type { Mistake } from './mistakes.ts';
import type { AbsenceBug } from './absence.ts';
import { WIRES } from './network-texts.ts';
import { Random } from './prng.ts';

export type FaultKind =
  | 'crash'
  | 'pause'
  | 'isolate'
  | 'partition'
  | 'network-down'
  | 'one-way'
  | 'loss'
  | 'event-loop-late'
  | 'disk-fails'
  | 'offline'
  | 'move'
  | 'leave'
  | 'kill'
  | 'kill-together'
  | 'carrier'
  | 'absence'
  | 'mesh'
  | 'egress'
  | 'gap'
  | 'adapter';

export interface SimulationOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly links: number;
  readonly intervalUs: number;
  readonly timeoutUs: number;
  readonly delayMinNs: number;
  readonly delayMaxNs: number;
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly reorderPerMille: number;
  /** Clock drift of each node, parts per million, -1000 .. 1000. */
  readonly driftPpm: readonly number[];
  readonly faults: readonly FaultKind[];
  /** Mean time between two faults. */
  readonly faultEveryMs: number;
  readonly faultPhaseMs: number;
  readonly healPhaseMs: number;
  /** `witness`: the last node is one. */
  readonly quorum: QuorumPolicy;
  readonly plantedBug: number;
  /** How long the address thread takes to take an address off, us. */
  readonly closeDelayUs: readonly [number, number];
  /** Kernels enforce the leases; without that no owner's machine is paused, since nobody there could take its addresses off. */
  readonly guarded: boolean;
  /** Each node has a second beat thread, which no pause stops. */
  readonly secondThread: boolean;
  /** Owners ask for a lease this many times longer than voters may promise. */
  readonly leaseFactor: number;
  /** `stalled.policy: release`: an owner whose event loop does not turn for so long gives the role up; 0: never. */
  readonly livenessTimeoutMs: number;
  /** With the quorum `disk`: for how long the disk promises. */
  readonly diskLeaseUs?: number;
  /** So many of its I/Os take up to three times as long; default: none. */
  readonly diskSlowPerMille?: number;
  /** Mean time between two operations that programs propose; 0: none. */
  readonly operationEveryMs: number;
  /** Mean time between two edits or changes of the configuration; 0: none, and nodes keep none. */
  readonly reconfigureEveryMs: number;
  /** Default: last. */
  readonly nicPolicy?: 'first' | 'last';
  /** Whoever has a seat must serve on the first network, as where its addresses are bound to it. */
  readonly served?: boolean;
  /** R9: the last link is the adapters that stand by for those of the first, the one of the addresses. */
  readonly adapters?: boolean;
  /** Reconfigurations change networks, too. */
  readonly networksChange?: boolean;
  /** X4: two that hear each other on no network speak through a third. */
  readonly relays: boolean;
  /** Mean time between two changes of communication parameters; default: none. */
  readonly parameterEveryMs?: number;
  /** A rule of the protocols is broken on purpose, to see that it is noticed. */
  readonly mistake?: Mistake;
  /** Planted in what carries the protocol's effects out. */
  readonly absenceBug?: AbsenceBug;
  /** The first so many nodes vote and may manage; default: all. */
  readonly voters?: number;
  /** Programs vote yes, and soon, and their operations have time. */
  readonly undisturbed?: boolean;
  /** Of operations; default: both. */
  readonly forms?: readonly Operation['form'][];
  /** Resource groups, each with a seat of its own; default: none. */
  readonly groups?: number;
}

const ALL_FAULTS: readonly FaultKind[] = [
  'crash',
  'pause',
  'isolate',
  'partition',
  'network-down',
  'one-way',
  'loss',
  'event-loop-late',
  'disk-fails',
  'offline',
  'move',
  'leave',
  'kill',
  'kill-together',
  'carrier',
  'absence',
  'mesh',
  'egress',
  'gap',
];

/** P1-P4: parameters change among all faults. */
export function optionsOfParameters(seed: number, plantedBug = 0): SimulationOptions {
  return { ...optionsOf(seed, plantedBug), parameterEveryMs: 1500, operationEveryMs: 0 };
}

/** R5: networks and adapters come and go. In every second run nothing goes wrong but at the steps: then nobody may be taken for failed. */
export function optionsOfNetworks(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  const nicPolicy = seed % 4 === 2 ? 'first' : 'last';
  const calm = seed % 2 === 0 ? { faults: [], lossPerMille: 0, livenessTimeoutMs: 0 } : {};
  const changes = { networksChange: true, links: WIRES, reconfigureEveryMs: 500 };
  return { ...options, ...calm, ...changes, nicPolicy, operationEveryMs: 200 };
}

/** R9: each node has two adapters on the network of the addresses. In every second run nothing goes wrong but with one of them at a time. */
export function optionsOfAdapters(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  const quiet = { lossPerMille: 0, livenessTimeoutMs: 0, reconfigureEveryMs: 0 } as const;
  const calm = { ...quiet, faults: ['adapter'], faultEveryMs: 500 } as const;
  const among = { faults: [...options.faults, 'adapter', 'adapter'] } as const;
  return { ...options, ...(seed % 2 === 0 ? calm : among), adapters: true, served: true, links: 3 };
}

/** Disks of nodes that are full for a while, among crashes: what is durable must be on a majority of them. */
export function optionsOfFullDisks(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  const often = { faultEveryMs: 300, operationEveryMs: 50, reconfigureEveryMs: 0, groups: 0 } as const;
  return { ...options, ...often, faults: ['disk-fails', 'kill', 'crash', 'partition'] };
}

/** V1: machines that stand still without notice, and no other fault. */
export function optionsOfGaps(seed: number, plantedBug = 0): SimulationOptions {
  return { ...optionsOf(seed, plantedBug), faults: ['gap'], guarded: true };
}

/** C8, V5: management and groups move, as planned, while programs agree; nothing is wrong. */
export function optionsOfMoves(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  const quiet = { livenessTimeoutMs: 0, reconfigureEveryMs: 0, lossPerMille: Math.min(options.lossPerMille, 10) } as const;
  const faults: readonly FaultKind[] = seed % 2 === 0 ? ['move', 'move', 'absence'] : ['move'];
  // A channel carries one message after the other here: with longer ways they would wait for each other, not for a move.
  const delays = { delayMinNs: Math.min(options.delayMinNs, 100_000), delayMaxNs: Math.min(options.delayMaxNs, 400_000) } as const;
  const often = { ...delays, faults, faultEveryMs: 300, operationEveryMs: 20 } as const;
  return { ...options, ...quiet, ...often, undisturbed: true };
}

/** Members die or are cut off, one at a time, and come back, while programs agree; two phases would have to wait for a proposer that is dead. */
export function optionsOfRestarts(seed: number, plantedBug = 0): SimulationOptions {
  const faults: readonly FaultKind[] = ['crash', 'kill', 'isolate', 'offline', 'leave'];
  return { ...optionsOfMoves(seed, plantedBug), faults, faultEveryMs: 2000, groups: 0, forms: ['three-phase'] };
}

/** R6, R8: resource groups come, go and change, and addresses move between them, among all faults. */
export function optionsOfGroups(seed: number, plantedBug = 0): SimulationOptions {
  return { ...optionsOf(seed, plantedBug), groups: 3, reconfigureEveryMs: 500, operationEveryMs: 0, parameterEveryMs: 0 };
}

/** X9: two nodes that would rather risk two owners than have none. */
export function optionsOfTwo(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  // Two parts decide each for itself what they are asked: nothing that is agreed on can be judged across them.
  const undecided = { operationEveryMs: 0, reconfigureEveryMs: 0 };
  return { ...options, ...undecided, nodes: 2, driftPpm: options.driftPpm.slice(0, 2), quorum: 'none' };
}

/** X9: two nodes and a shared disk. */
export function optionsOfDisk(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  const diskLeaseUs = Math.max(500_000, 2 * options.timeoutUs);
  return { ...options, nodes: 2, driftPpm: options.driftPpm.slice(0, 2), quorum: 'disk', groups: 0, diskLeaseUs, diskSlowPerMille: 10 };
}

/** X9: two nodes and a witness, which is the third. */
export function optionsOfWitness(seed: number, plantedBug = 0): SimulationOptions {
  const options = optionsOf(seed, plantedBug);
  return { ...options, nodes: 3, driftPpm: options.driftPpm.slice(0, 3), quorum: 'witness' };
}

export function optionsOf(seed: number, plantedBug = 0): SimulationOptions {
  const random = new Random(seed);
  const nodes = random.pick([3, 3, 3, 4, 5]);
  const timing = random.pick([
    { intervalUs: 100_000, timeoutUs: 1_000_000 },
    { intervalUs: 20_000, timeoutUs: 100_000 },
    { intervalUs: 10_000, timeoutUs: 50_000 },
  ]);
  const kinds = ALL_FAULTS.filter(() => random.chance(600));
  const base = random.between(10, 200) * 1000;
  return {
    seed,
    nodes,
    links: 2,
    ...timing,
    delayMinNs: base,
    delayMaxNs: base * random.between(1, 10),
    lossPerMille: random.pick([0, 0, 10, 50, 200]),
    duplicatePerMille: random.pick([0, 0, 20]),
    reorderPerMille: random.pick([0, 10, 100]),
    driftPpm: Array.from({ length: nodes }, () => random.between(-1000, 1000)),
    faults: kinds.length > 0 ? kinds : ['crash'],
    faultEveryMs: random.between(300, 3000),
    faultPhaseMs: 20_000,
    healPhaseMs: 25_000,
    quorum: 'majority',
    plantedBug,
    closeDelayUs: [15, 45],
    leaseFactor: 1,
    guarded: random.chance(600),
    secondThread: seed % 2 === 0,
    livenessTimeoutMs: random.pick([0, 500, 2000]),
    operationEveryMs: random.pick([0, 20, 200, 1000]),
    reconfigureEveryMs: random.pick([0, 300, 1000, 3000]),
    groups: random.pick([0, 1, 3]),
    relays: random.chance(700),
    served: seed % 3 === 0,
  };
}
