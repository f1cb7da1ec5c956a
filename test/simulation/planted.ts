// One directed run per planted bug: the faults, at their times, that a broken rule of safety.md turns into two owners (or
// into a seat that nobody gets). The same run without the bug must hold: then it is the bug that was caught.
import type { SimulationOptions } from './options.ts';
import { Recorder } from './recorder.ts';
import { pause } from './second-thread.ts';
import { World, type Outcome } from './world.ts';

export interface PlantedRun {
  readonly bug: string;
  readonly options?: Partial<SimulationOptions>;
  readonly script: (world: World) => void;
}

const at = (world: World, ms: number, run: () => void): void => world.schedule.at(ms * 1e6, run);

/** Cuts a pair off from each other, on all networks. */
function cut(world: World, left: number, right: number): void {
  for (let link = 0; link < world.options.links; link++) {
    world.network.cut(left, right, link);
    world.network.cut(right, left, link);
  }
}

function isolateOwner(world: World, ms: number): void {
  at(world, ms, () => {
    cut(world, 1, 2);
    cut(world, 1, 3);
  });
}

/** `node` hears `from` no more, and is still heard. */
function deafen(world: World, node: number, from: number): void {
  for (let link = 0; link < world.options.links; link++) world.network.cut(from, node, link);
}

const ownerCutFromStandby = (world: World): void => at(world, 5000, () => cut(world, 1, 2));

function mustBeOwned(world: World): void {
  if (world.hosts.every((host) => host.addresses.openEpoch === null)) world.violate('nobody has taken over');
}

function mustBeOwnedBySuccessor(world: World): void {
  if (world.hosts.slice(1).every((host) => host.addresses.openEpoch === null)) world.violate('nobody has replaced the owner');
}

/** Nobody is cut off: whoever changes its role has taken a living node for dead. */
function nobodyIsCondemned(world: World): void {
  at(world, 5000, () => {
    const before = world.hosts.map((host) => host.state?.roleSinceMs);
    at(world, 15_000, () => {
      for (const host of world.hosts) if (host.state?.roleSinceMs !== before[host.id - 1]) world.violate(`${host.id} has changed its role`);
    });
  });
}

/** Its beats, 30 times as seldom; the others keep their time-outs. */
function slowDown(world: World, node: number): void {
  const { intervalUs, timeoutUs } = world.options;
  at(world, 5000, () => world.host(node).drive((engine, now) => engine.setTiming(30 * intervalUs, 30 * timeoutUs, 'last', 0, now)));
  nobodyIsCondemned(world);
}

export const plantedRuns: readonly PlantedRun[] = [
  { bug: 'vote twice', script: ownerCutFromStandby },
  { bug: 'ignore a running grant', script: ownerCutFromStandby },
  { bug: 'open before votes', script: ownerCutFromStandby },
  { bug: 'wrong quorum', script: (world) => isolateOwner(world, 5000) },
  {
    bug: 'ignore the epoch', // the old owner comes back to all but its successor, and its lapsed claims are granted again
    options: { nodes: 5, driftPpm: [0, 0, 0, 0, 0] },
    script: (world) => {
      at(world, 5000, () => {
        for (const other of [2, 3, 4, 5]) cut(world, 1, other);
      });
      at(world, 9000, () => {
        world.network.heal();
        cut(world, 1, 2);
      });
    },
  },
  {
    bug: 'skip the reserve', // power fails everywhere; the first owner comes back last
    script: (world) => {
      at(world, 5000, () => world.hosts.forEach((host) => host.crash()));
      at(world, 5100, () => [2, 3].forEach((id) => world.host(id).start()));
      at(world, 12_000, () => world.host(1).start());
    },
  },
  {
    bug: 'skip the quiet time', // a voter restarts inside the lease that it has granted, and is cut off from the owner
    script: (world) => {
      at(world, 5000, () => cut(world, 1, 2));
      at(world, 12_950, () => {
        world.host(3).crash();
        cut(world, 1, 3);
      });
      at(world, 12_970, () => world.host(3).start());
    },
  },
  {
    bug: 'count from arrival', // a slow way to the owner: it counts its lease later than the voters do
    script: (world) => {
      at(world, 3000, () => world.network.slowNs.set(1, 40e6));
      at(world, 5000, () => cut(world, 1, 2));
      at(world, 7000, () => {
        for (let link = 0; link < world.options.links; link++) world.network.cut(1, 3, link);
      });
    },
  },
  { bug: 'count the lease asked for', options: { leaseFactor: 3 }, script: (world) => isolateOwner(world, 5000) },
  {
    bug: 'lateness extends the lease', // the owner's machine was paused for less than a lease, then it is cut off
    script: (world) => {
      at(world, 5000, () => {
        world.host(1).paused = true;
      });
      at(world, 5600, () => world.host(1).resume());
      isolateOwner(world, 8000);
    },
  },
  {
    bug: 'lapsed claims renew for ever', // an owner that is heard but cannot hear must be replaced
    script: (world) => {
      at(world, 5000, () => {
        for (let link = 0; link < world.options.links; link++) {
          world.network.cut(2, 1, link);
          world.network.cut(3, 1, link);
        }
      });
      at(world, 15_000, () => {
        if (world.host(2).addresses.openEpoch === null && world.host(3).addresses.openEpoch === null)
          world.violate('nobody has replaced the deaf owner');
      });
    },
  },
  { bug: 'shrinking voters', script: (world) => isolateOwner(world, 5000) },
  {
    bug: 'two registers', // two successors ask each other at once, over a slow way
    script: (world) => {
      at(world, 3000, () => [2, 3].forEach((id) => world.network.slowNs.set(id, 65e6)));
      isolateOwner(world, 5000);
    },
  },
  {
    // The round trip to a voter is longer than an interval. A deaf owner lapses; the voter grants again for the first beat
    // that says so, and frees for the second, since the standby asks; the owner hears the first answer after that.
    bug: 'grants before lapsed',
    script: (world) => {
      at(world, 3000, () => world.network.slowNs.set(1, 75e6));
      at(world, 5000, () => [2, 3].forEach((id) => deafen(world, 1, id)));
      at(world, 5050, () => [0, 1].forEach((link) => world.network.cut(1, 2, link)));
      at(world, 6015, () => {
        world.network.heal();
        cut(world, 1, 2);
      });
    },
  },
  {
    bug: 'the witness forgets', // cut off from each other, the owner has the witness, which restarts where only the other hears it
    options: { quorum: 'witness' },
    script: (world) => {
      at(world, 5000, () => cut(world, 1, 2));
      at(world, 8990, () => cut(world, 1, 3));
      at(world, 9000, () => world.host(3).crash());
      at(world, 9020, () => world.host(3).start());
    },
  },
  {
    bug: 'the witness is always asked', // then its long promise to a silent owner keeps the successor waiting
    options: { quorum: 'witness' },
    script: (world) => {
      isolateOwner(world, 5000);
      at(world, 6600, () => {
        if (world.host(2).addresses.openEpoch === null) world.violate('the successor waits for longer than a lease');
      });
    },
  },
  {
    bug: 'a waived grant counts', // the owner asked the witness for a moment; then it is cut off from all
    options: { quorum: 'witness' },
    script: (world) => {
      at(world, 5000, () => cut(world, 1, 2));
      at(world, 5850, () => world.network.heal());
      isolateOwner(world, 6100);
    },
  },
  {
    bug: 'release before close', // a planned move, and an address that takes its time to go
    options: { closeDelayUs: [5000, 6000] },
    script: (world) => at(world, 5000, () => world.host(1).command({ name: 'move', node: null })),
  },
  {
    bug: 'a release does not end the epoch',
    script: (world) => at(world, 5000, () => world.host(1).command({ name: 'move', node: null })),
  },
  {
    bug: 'old beats vouch', // one network is a serial line with a full buffer: the dead owner is heard for 4 s more
    script: (world) => {
      at(world, 2000, () => world.network.slowLinkNs.set(1, 4e9));
      at(world, 8000, () => world.host(1).crash());
      at(world, 10_000, () => mustBeOwned(world));
    },
  },
  {
    bug: 'a candidate votes for itself first', // two successors ask each other at once, over a slow way
    script: (world) => {
      at(world, 3000, () => [2, 3].forEach((id) => world.network.slowNs.set(id, 65e6)));
      isolateOwner(world, 5000);
      at(world, 6500, () => mustBeOwned(world));
    },
  },
  { bug: 'an interval changes unasked', script: (world) => slowDown(world, 1) },
  {
    bug: 'a slower interval is not waited for', // of one voter alone, so that the others need no longer leases for it
    options: { voters: 1 },
    script: (world) => slowDown(world, 1),
  },
  {
    bug: 'the notice before the close', // the successor is quicker than a guardian that has to wait for the kernel
    script: (world) => at(world, 5000, () => world.host(1).kill(true)),
  },
  {
    bug: 'a sign of life renews', // the owner is paused but for its second thread: its successor has to take over all the same
    options: { guarded: true, secondThread: true },
    script: (world) => {
      at(world, 5000, () => pause(world, world.host(1)));
      at(world, 6500, () => {
        if (world.host(2).addresses.openEpoch === null) world.violate('the successor waits for an owner that only lives');
      });
    },
  },
  {
    bug: 'the egress queue is not counted', // the owner is silent for the others, and for its clients 300 ms later
    script: (world) => {
      at(world, 4000, () => world.host(1).egress.fill(300e6));
      isolateOwner(world, 5000);
    },
  },
  {
    bug: 'a lapsed owner does not wait for its egress queue', // what it says frees the promises, over another network
    script: (world) => {
      at(world, 4000, () => world.host(1).egress.fill(450e6));
      at(world, 5000, () => [2, 3].forEach((id) => deafen(world, 1, id)));
      at(world, 9000, () => mustBeOwnedBySuccessor(world));
    },
  },
  {
    bug: 'a successor that prepares is open', // while the owner still serves
    options: { guarded: true },
    script: (world) => at(world, 5000, () => world.host(1).command({ name: 'move', node: null })),
  },
  {
    bug: 'a release at once without a closed guard', // whose addresses go a moment later
    options: { guarded: true },
    script: (world) => at(world, 5000, () => world.host(1).command({ name: 'move', node: null })),
  },
  {
    bug: 'a parked request is granted', // to a successor that asked once, and has died since
    options: { nodes: 5, driftPpm: [0, 0, 0, 0, 0] },
    script: (world) => {
      at(world, 5000, () => cut(world, 1, 2));
      at(world, 6900, () => world.host(2).crash());
      at(world, 7000, () => world.host(1).crash());
      at(world, 9500, () => mustBeOwned(world)); // refused for good, its successor would give up, and an election follow
    },
  },
  {
    bug: 'a stale boot of the receiver counts', // an owner is dead, and what it said before goes on and on
    script: (world) => {
      let recorder: Recorder | undefined;
      at(world, 3000, () => (recorder = new Recorder(world, 1)));
      at(world, 8000, () => {
        recorder?.keepBack();
        [2, 3].forEach((id) => world.host(id).crash());
      });
      at(world, 8100, () => [2, 3].forEach((id) => world.host(id).start()));
      at(world, 9000, () => {
        world.host(1).crash();
        recorder?.replay();
      });
      at(world, 17_000, () => mustBeOwned(world));
    },
  },
  {
    // Of an owner that releases the seat, before the kernel has taken the address off; where queues may fill, another thread closes.
    bug: 'a late store opens the guard',
    options: { guarded: true, faults: ['egress'], closeDelayUs: [150_000, 160_000] },
    script: (world) => {
      at(world, 4000, () => (world.host(1).storesLateNs = 120e6));
      at(world, 5000, () => world.host(1).command({ name: 'move', node: null }));
    },
  },
  { bug: 'what the guardian took off is put back', script: (world) => at(world, 5000, () => world.host(1).kill(true)) },
];

/** Three nodes at the default timings on a quiet network; `bug` is its number, 0 for none. */
export function runPlanted(run: PlantedRun, bug: number): Outcome {
  return runDirected({ ...run.options, plantedBug: bug }, run.script);
}

export function runDirected(changes: Partial<SimulationOptions>, script: (world: World) => void): Outcome {
  const options: SimulationOptions = {
    seed: 1,
    nodes: 3,
    links: 2,
    intervalUs: 100_000,
    timeoutUs: 1_000_000,
    delayMinNs: 100_000,
    delayMaxNs: 200_000,
    lossPerMille: 0,
    duplicatePerMille: 0,
    reorderPerMille: 0,
    driftPpm: [0, 0, 0],
    faults: [],
    faultEveryMs: 1000,
    faultPhaseMs: 20_000,
    healPhaseMs: 0,
    quorum: 'majority',
    closeDelayUs: [15, 45],
    leaseFactor: 1,
    guarded: false,
    secondThread: false,
    livenessTimeoutMs: 0,
    operationEveryMs: 0,
    reconfigureEveryMs: 0,
    relays: false,
    plantedBug: 0,
    ...changes,
  };
  return new World(options).run(script);
}
