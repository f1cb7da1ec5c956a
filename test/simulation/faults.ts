// The faults of one run: drawn beforehand in time, carried out as they come, and all healed when the healing
// phase begins. Each is counted, so that a long run can say what it has seen.
import { pauseMachine } from './absence.ts';
import { onOneWire } from './adapters.ts';
import type { Host } from './host.ts';
import type { FaultKind } from './options.ts';
import { mayHappen } from './interruptions.ts';
import { pause } from './second-thread.ts';
import { standStill } from './gap.ts';
import type { World } from './world.ts';

/** So long after the healing began nobody goes off line any more: an event loop's longest lateness, and a handover. */
const LAST_LEAVING_MS = 11_000;

export function injectFaults(world: World, fromMs: number, untilMs: number): void {
  const { random, schedule, options } = world;
  let atMs = fromMs;
  while (options.faults.length > 0) {
    atMs += random.between(1, 2 * options.faultEveryMs);
    if (atMs >= untilMs) break;
    const kind = random.pick(options.faults);
    schedule.at(atMs * 1e6, () => inject(world, kind));
  }
  schedule.at(untilMs * 1e6, () => heal(world));
}

function heal(world: World): void {
  world.healing = true;
  world.network.heal();
  world.adapterBook.heal();
  world.note('heal');
  for (const host of world.hosts) {
    host.disk.failing = false;
    for (const link of host.unplugged) host.plug(link, true);
    host.eventLoopLateUntilNs = 0;
    host.egress.fill(0);
    if (host.paused) host.resume();
    if (!host.running) host.start();
    else callBack(host);
  }
  // Who was told to leave while its event loop was late, or has not yet handed its seat over, goes only after this.
  world.schedule.at(world.schedule.nowNs + LAST_LEAVING_MS * 1e6, () => world.hosts.forEach(callBack));
}

function callBack(host: Host): void {
  if (host.running && host.role() === 'offline') host.command({ name: 'online' });
}

function later(world: World, host: Host | null, lowMs: number, highMs: number, run: () => void): void {
  const boot = host?.boot;
  world.schedule.at(world.schedule.nowNs + world.random.between(lowMs, highMs) * 1e6, () => {
    if (!world.healing && (host === null || host.boot === boot)) run();
  });
}

function inject(world: World, kind: FaultKind): void {
  const host = world.random.pick(world.hosts);
  if (!mayHappen(world, kind, host)) return;
  if (kind === 'offline' || kind === 'leave') world.interruptions.left(host.id);
  world.faultCounts[kind] = (world.faultCounts[kind] ?? 0) + 1;
  world.note(`fault ${kind} ${host.id}`);
  if (!injectIntoNetwork(world, kind, host)) injectIntoHost(world, kind, host);
}

/** Cuts both directions between two nodes, on every network. */
function cut(world: World, left: Host, right: Host): void {
  cutOneWay(world, left, right);
  cutOneWay(world, right, left);
}

function cutOneWay(world: World, from: Host, to: Host): void {
  for (let link = 0; link < world.options.links; link++) world.network.cut(from.id, to.id, link);
}

/** False: not a fault of the network. */
function injectIntoNetwork(world: World, kind: FaultKind, host: Host): boolean {
  const { random, network, options } = world;
  const others = world.hosts.filter((other) => other !== host);
  switch (kind) {
    case 'isolate':
      for (const other of others) cut(world, host, other);
      world.interruptions.cutOff = host.id;
      later(world, null, 100, 4000, () => {
        network.heal();
        world.interruptions.cutOff = null;
      });
      return true;
    case 'mesh': // two that hear each other no more, and everybody else
      cut(world, host, random.pick(others));
      later(world, null, 100, 6000, () => network.heal());
      return true;
    case 'partition': {
      const side = new Set(world.hosts.filter(() => random.chance(500)));
      for (const left of side) for (const right of world.hosts) if (!side.has(right)) cut(world, left, right);
      later(world, null, 100, 6000, () => network.heal());
      return true;
    }
    case 'network-down': {
      const links = onOneWire(options, random.between(0, options.links - 1));
      for (const link of links) network.down(link, true);
      later(world, null, 100, 6000, () => links.forEach((link) => network.down(link, false)));
      return true;
    }
    case 'one-way':
      cutOneWay(world, host, random.pick(others));
      later(world, null, 100, 4000, () => network.heal());
      return true;
    case 'loss':
      network.extraLossPerMille = random.between(50, 400);
      later(world, null, 100, 4000, () => {
        network.extraLossPerMille = 0;
      });
      return true;
    default:
      return false;
  }
}

function injectIntoHost(world: World, kind: FaultKind, host: Host): void {
  const { options } = world;
  switch (kind) {
    case 'crash':
      if (!host.running) return;
      host.crash();
      return later(world, host, 50, 4000, () => host.start());
    case 'pause': // of all but the kernel's clock
      if (!host.running || host.paused) return;
      if (
        !world.options.guarded &&
        (host.owning.size > 0 || host.role() === 'manager' || host.role() === 'standby' || (world.options.groups ?? 0) > 0)
      )
        return;
      pause(world, host);
      return later(world, host, 10, 3000, () => host.resume());
    case 'gap':
      return standStill(world, host, world.random.between(options.timeoutUs / 4000, 5000));
    case 'event-loop-late':
      host.eventLoopLateUntilNs = world.schedule.nowNs + world.random.between(20, 5000) * 1e6;
      return;
    case 'disk-fails':
      host.disk.failing = true;
      return later(world, null, 100, 6000, () => {
        host.disk.failing = false;
      });
    case 'carrier': {
      const link = world.random.between(0, world.options.links - 1);
      host.plug(link, false);
      return later(world, null, 100, 4000, () => host.plug(link, true));
    }
    case 'adapter':
      return world.adapterBook.fail(host);
    case 'egress': {
      if (!host.running || host.paused) return; // it sends nothing
      // up to what is counted of a lease: half of it, and a little less for who takes an address off without a guard
      host.egress.fill(world.random.between(1, world.options.timeoutUs * 400));
      return later(world, null, 100, 4000, () => host.egress.fill(0));
    }
    case 'offline':
      host.command({ name: 'offline' });
      return later(world, host, 500, 4000, () => host.command({ name: 'online' }));
    case 'move':
      return move(world, host);
    case 'kill':
    case 'kill-together': // without a kernel guard nobody would take the addresses off
      if (!host.running || (kind === 'kill-together' && !world.options.guarded)) return;
      host.kill(kind === 'kill');
      return later(world, host, 50, 4000, () => host.start());
    case 'absence': {
      const forMs = world.random.between(500, 8000);
      return pauseMachine(
        world,
        host,
        forMs,
        world.random.between(1, forMs),
        options.undisturbed === true || world.random.chance(800) ? 'move' : 'keep',
      );
    }
    case 'leave':
      host.command({ name: 'leave' });
      return later(world, host, 300, 1500, () => {
        if (host.running) host.crash();
        later(world, null, 100, 2000, () => {
          if (!host.running) host.start();
        });
      });
    default:
  }
}

/** The manager's role, or a group. */
function move({ options, random, hosts }: World, host: Host): void {
  const groups = options.groups ?? 0;
  if (groups === 0 || random.chance(300)) host.command({ name: 'move', node: null });
  else
    host.command({
      name: 'moveGroup',
      group: `group${random.between(1, groups)}`,
      node: random.chance(500) ? null : random.pick(hosts).id,
    });
}
