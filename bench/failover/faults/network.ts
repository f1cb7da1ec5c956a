// Faults of the network, made in the switch. The program that makes one is started beforehand and gets its order at the
// instant of the fault, so that what is measured is not how long it takes to start a program.
import { setTimeout as pause } from 'node:timers/promises';
import { faultRules } from '../../../lib/demo/faults.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { bridgeName, nodeName, portName, SWITCH } from '../../../lib/demo/topology.ts';
import { EVENT_LOOP_BLOCKED_MS } from '../system.ts';
import type { BenchFault } from '../fault.ts';
import { networkHeldOn } from '../holders.ts';

const BLOCKED_BEFORE_MS = 10_000;
const WAKING_MS = 50;

/** Resolves once it has started and reads. */
async function armed(stage: Stage, command: readonly string[], order: string): Promise<() => void> {
  const program = stage.spawn(SWITCH, command);
  await pause(WAKING_MS);
  return () => {
    program.stdin.end(order);
  };
}

const heal = ({ stage }: { readonly stage: Stage }): Promise<void> => stage.heal();
const fitsAll = (): null => null;

export const silent: BenchFault = {
  name: 'silent',
  detail: 'all switch ports of the owner go down',
  expected: 'moves',
  hits: 'network',
  unfit: fitsAll,
  prepare: ({ stage, owner }) => armed(stage, ['ip', '-batch', '-'], `link set group ${owner} down\n`),
  end: heal,
};

const blackHole: BenchFault = {
  name: 'black hole',
  detail: 'the switch drops everything from and to the owner; its carriers stay',
  expected: 'moves',
  hits: 'network',
  unfit: fitsAll,
  prepare: ({ stage, owner }) => armed(stage, ['nft', '-f', '-'], faultRules(stage.topology, [{ kind: 'black-hole', node: owner }])),
  end: ({ stage }) => stage.setFaults([]),
};

const carrierLost: BenchFault = {
  name: 'carrier lost',
  detail: 'the switch port of the owner on the network of the address goes down',
  expected: 'moves',
  hits: 'network',
  unfit: fitsAll,
  prepare: ({ stage, owner }) => armed(stage, ['ip', '-batch', '-'], `link set ${portName(nodeName(owner), 0)} down\n`),
  end: heal,
};

// The kernel tells of a lost carrier up to 30 ms late. In a whole second a virtual machine may stall for longer than the change takes.
const ADAPTER_EFFECT_MS = 100;

const adapterLost: BenchFault = {
  ...carrierLost,
  name: 'carrier lost, second adapter',
  detail: `the switch port of the adapter that has the address goes down, where each node has a second adapter on that network; the address should stay at its node (gap: begun within ${ADAPTER_EFFECT_MS} ms)`,
  expected: 'stays',
  effectMs: ADAPTER_EFFECT_MS,
  twoAdapters: true,
  prepare: async ({ stage, owner }) => {
    const port = portName(nodeName(owner), (await networkHeldOn(stage, owner)) ?? 0);
    return armed(stage, ['ip', '-batch', '-'], `link set ${port} down\n`);
  },
};

const networkSilent: BenchFault = {
  name: 'one network silent',
  detail: 'the switch of the second network hangs; nothing should happen',
  expected: 'stays',
  hits: 'network',
  unfit: fitsAll,
  prepare: ({ stage }) => armed(stage, ['ip', '-batch', '-'], `link set ${bridgeName(1)} down\n`),
  end: heal,
};

const eventLoopBlocked: BenchFault = {
  ...silent,
  name: 'event loop blocked',
  slow: true,
  detail: `the event loops of all nodes stand still for ${BLOCKED_BEFORE_MS / 1000} s; then, with them still blocked, all switch ports of the owner go down`,
  unfit: (running) => (running.blockEventLoops === null ? 'has no event loop of JavaScript' : null),
  async prepare(scene) {
    scene.running.blockEventLoops?.();
    await pause(BLOCKED_BEFORE_MS);
    return silent.prepare(scene);
  },
  async end(scene) {
    await heal(scene);
    await pause(EVENT_LOOP_BLOCKED_MS - BLOCKED_BEFORE_MS); // what it does when it wakes is part of the run
  },
};

export const networkFaults: readonly BenchFault[] = [silent, blackHole, carrierLost, adapterLost, networkSilent, eventLoopBlocked];
